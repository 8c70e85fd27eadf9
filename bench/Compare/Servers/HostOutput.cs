using System.Net;

namespace Compare.Servers;

/// <summary>What the servers of this repository write.</summary>
internal static class HostOutput
{
    private const string Listening = "Listening on ";

    /// <summary>The address in the line that says that the server is ready, or null in any other line.</summary>
    public static IPEndPoint? ParseListening(string line) =>
        line.StartsWith(Listening, StringComparison.Ordinal)
        && IPEndPoint.TryParse(line.AsSpan(Listening.Length), out var address) && address.Port > 0
            ? address
            : null;
}
