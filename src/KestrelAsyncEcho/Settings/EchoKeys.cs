namespace KestrelAsyncEcho.Settings;

/// <summary>The configuration keys that are the host's own.</summary>
internal static class EchoKeys
{
    public const string Section = "Echo";
    public const string Transport = "Echo:Transport";
    public const string Host = "Echo:Host";
    public const string Port = "Echo:Port";
    public const string UnixSocket = "Echo:UnixSocket";
    public const string ShutdownTimeout = "Echo:ShutdownTimeout";

    public const string Kestrel = "Kestrel";

    public const string Logging = "Logging";
    public const string LogLevels = "Logging:LogLevel";
    public const string Verbosity = "Logging:LogLevel:Default";
}
