namespace KestrelAsyncEcho.Statistics;

internal static class InterlockedMax
{
    /// <summary>Raises <paramref name="peak"/> to <paramref name="value"/>, whoever else is raising it.</summary>
    public static void Raise(ref int peak, int value)
    {
        var seen = Volatile.Read(ref peak);
        while (value > seen)
        {
            var before = Interlocked.CompareExchange(ref peak, value, seen);
            if (before == seen)
            {
                return;
            }

            seen = before;
        }
    }
}
