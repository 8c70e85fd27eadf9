namespace Faults;

/// <summary>The transports that a server can be put on.</summary>
internal static class Place
{
    public const string Threads = "threads";
    public const string Sockets = "sockets";

    public static readonly string[] All = [Threads, Sockets];
}
