using Microsoft.AspNetCore.Connections;

namespace KestrelAsyncEcho.Statistics;

internal static class ConnectionStatisticsExtensions
{
    /// <summary>Counts the connections that pass, whatever transport they come from.</summary>
    public static IConnectionBuilder UseStatistics(this IConnectionBuilder builder, ConnectionCounts counts, ThreadPeak threads)
        => builder.Use(next => async connection =>
        {
            counts.Opened();
            threads.SampleIfDue();
            try
            {
                await next(connection);
            }
            finally
            {
                counts.Closed();
            }
        });
}
