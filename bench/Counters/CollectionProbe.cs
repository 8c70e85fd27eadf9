using System.Globalization;
using System.Text;

namespace Compare.Counters;

/// <summary>Collects generation 0 some times over, to see how long a collection stops a server that has so many threads.</summary>
internal static class CollectionProbe
{
    private const int Times = 6;

    /// <returns>A line with the pause of each, in milliseconds.</returns>
    public static byte[] Run()
    {
        var pauses = new double[Times];
        for (var i = 0; i < Times; i++)
        {
            var before = GC.GetTotalPauseDuration();
            GC.Collect(0, GCCollectionMode.Forced, blocking: true);
            pauses[i] = (GC.GetTotalPauseDuration() - before).TotalMilliseconds;
        }

        return Encoding.ASCII.GetBytes(
            $"[{string.Join(',', pauses.Select(pause => pause.ToString("F3", CultureInfo.InvariantCulture)))}]\n");
    }
}
