using System.Net;
using PipeClient.Load;

namespace PipeClient.Limits;

/// <summary>What is known of a target's addresses without asking a resolver.</summary>
internal static class TargetAddresses
{
    /// <summary>None for a Unix socket, and for a name that is yet to be resolved.</summary>
    public static IReadOnlyList<IPAddress> Known(Target target) =>
        target.IsUnix ? []
        : IPAddress.TryParse(target.Host, out var literal) ? [literal]
        : target.Host == "localhost" ? [IPAddress.Loopback, IPAddress.IPv6Loopback]
        : [];

    /// <summary>Whether its server is on this machine, for all one knows.</summary>
    public static bool IsHere(Target target) => target.IsUnix || Known(target).Any(IPAddress.IsLoopback);
}
