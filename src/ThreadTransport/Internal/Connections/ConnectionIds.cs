namespace ThreadTransport.Internal.Connections;

/// <summary>Ids that no other connection of this process has: 13 characters, in the order in which they were made.</summary>
internal static class ConnectionIds
{
    private const string Digits = "0123456789ABCDEFGHIJKLMNOPQRSTUV";

    // Starts from the clock, so that the ids of two runs of a program hardly ever meet in a log.
    private static long _last = DateTime.UtcNow.Ticks;

    public static string Next() => string.Create(13, Interlocked.Increment(ref _last), static (id, number) =>
    {
        for (var i = id.Length - 1; i >= 0; i--)
        {
            id[i] = Digits[(int)(number & 31)];
            number >>>= 5;
        }
    });
}
