namespace KestrelAsyncEcho.Settings;

internal enum TransportKind
{
    Threads,
    Sockets,
}

/// <summary>The section <c>Echo</c>, checked.</summary>
internal sealed record EchoSettings(TransportKind Transport, string Host, int Port, string? UnixSocket, TimeSpan ShutdownTimeout)
{
    /// <summary>Where it listens, as a message names it.</summary>
    public string Address => UnixSocket ?? (Host.Contains(':') && !Host.StartsWith('[') ? $"[{Host}]:{Port}" : $"{Host}:{Port}");
}
