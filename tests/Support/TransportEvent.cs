namespace Support;

/// <summary>The log events of a connection, by the ids that Kestrel's Sockets transport gives them.</summary>
public static class TransportEvent
{
    public const string Category = "Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets";

    public const int Pause = 4;
    public const int Resume = 5;
    public const int ReadFin = 6;
    public const int WriteFin = 7;
    public const int WriteRst = 8;
    public const int Error = 14;
    public const int Reset = 19;
}
