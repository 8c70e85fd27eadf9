using System.Globalization;

namespace Compare.Load;

/// <summary>A line that the client writes the moment it happens: all connected (round 0), or the end of a round.</summary>
/// <param name="Round">Which round has ended; 0 before the first.</param>
/// <param name="Text">What the client says of it.</param>
internal sealed record LoadMoment(int Round, string Text)
{
    private const string ConnectedPrefix = "connected: ";
    private const string RoundPrefix = "round ";

    public bool IsConnected => Round == 0;

    /// <returns>Null for any other line.</returns>
    public static LoadMoment? Parse(string line)
    {
        if (line.StartsWith(ConnectedPrefix, StringComparison.Ordinal))
        {
            return new LoadMoment(0, line[ConnectedPrefix.Length..]);
        }

        var colon = line.IndexOf(": ", StringComparison.Ordinal);
        return colon > 0 && line.StartsWith(RoundPrefix, StringComparison.Ordinal)
            && int.TryParse(line.AsSpan()[RoundPrefix.Length..colon], NumberStyles.None, CultureInfo.InvariantCulture, out var round)
            && round > 0
                ? new LoadMoment(round, line[(colon + 2)..])
                : null;
    }
}
