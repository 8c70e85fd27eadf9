namespace Blocking;

/// <summary>Something that the user is told in one line.</summary>
internal sealed class BlockingException(string message) : Exception(message);
