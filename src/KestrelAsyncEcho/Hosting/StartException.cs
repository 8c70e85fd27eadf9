namespace KestrelAsyncEcho.Hosting;

/// <summary>The settings are well-formed, but this machine does not allow what they ask for. The message is one line.</summary>
internal sealed class StartException(string message, Exception inner) : Exception(message, inner);
