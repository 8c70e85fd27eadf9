using KestrelAsyncEcho.Statistics;

namespace KestrelAsyncEcho.Tests;

public class ConnectionCountsTests
{
    [Fact]
    public void Counts_OpenedAndClosedInTurn_TellNowPeakAndTotal()
    {
        var counts = new ConnectionCounts();
        counts.Opened();
        counts.Opened();
        counts.Closed();
        counts.Opened();
        counts.Closed();

        Assert.Equal((1, 2, 3L), (counts.Now, counts.Peak, counts.Total));
    }

    [Fact]
    public void Counts_FromManyThreads_LoseNothing()
    {
        const int threads = 8;
        const int rounds = 20_000;
        var counts = new ConnectionCounts();

        Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, _ =>
        {
            for (var i = 0; i < rounds; i++)
            {
                counts.Opened();
                counts.Closed();
            }
        });

        Assert.Equal((0, (long)threads * rounds), (counts.Now, counts.Total));
        Assert.InRange(counts.Peak, 1, threads);
    }

    [Fact]
    public void Peak_RaisedFromManyThreads_IsTheHighest()
    {
        var peak = 0;
        Parallel.For(0, 100_000, value => InterlockedMax.Raise(ref peak, value));

        Assert.Equal(99_999, peak);
    }

    [Fact]
    public void ProcessStatus_OfThisProcess_CountsItsThreads()
    {
        using var status = new ProcessStatus();
        using var end = new ManualResetEventSlim();
        var before = status.Threads();
        var threads = Enumerable.Range(0, 50).Select(_ => new Thread(end.Wait) { IsBackground = true }).ToList();
        threads.ForEach(thread => thread.Start());

        Assert.InRange(status.Threads(), 50, before + 500);
        Assert.InRange(status.PeakResidentKilobytes(), 1000, long.MaxValue);
        end.Set();
        threads.ForEach(thread => thread.Join());
    }
}
