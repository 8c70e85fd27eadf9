using System.Collections.Concurrent;
using PipeClient.Tests.Servers;

namespace PipeClient.Tests;

[Collection(nameof(Alone))]
public sealed class UnobservedExceptionTests
{
    private static readonly TimeSpan _short = TimeSpan.FromMilliseconds(200);

    [Fact]
    public async Task Failures_OfEveryKind_LeaveNoUnobservedException()
    {
        var unobserved = new ConcurrentQueue<Exception>();
        void Note(object? sender, UnobservedTaskExceptionEventArgs e) => unobserved.Enqueue(e.Exception);
        CollectGarbage();
        TaskScheduler.UnobservedTaskException += Note;
        try
        {
            await FailInManyWaysAsync();
            CollectGarbage();
        }
        finally
        {
            TaskScheduler.UnobservedTaskException -= Note;
        }

        Assert.Empty(unobserved);
    }

    private static async Task FailInManyWaysAsync()
    {
        var (holder, closed) = TestServer.HoldClosedPort();
        using (holder)
        {
            await Loads.RunAsync(Loads.Options(closed, 10, 5));
        }

        await using var full = TestServer.StartWithoutAccepting(backlog: 1);
        await Loads.RunAsync(Loads.Options(full.Target, 10, 5) with { ConnectTimeout = _short, EchoTimeout = _short });
        await using var silent = TestServer.Start(Behaviour.NeverReplyAsync);
        await Loads.RunAsync(Loads.Options(silent.Target, 10, 10 << 20) with { EchoTimeout = _short });
        await using var resetting = TestServer.Start(Behaviour.ResetAfter(100_000));
        await Loads.RunAsync(Loads.Options(resetting.Target, 10, 10 << 20));
        await using var closing = TestServer.Start(Behaviour.ReplyAndClose(5, 1));
        await Loads.RunAsync(Loads.Options(closing.Target, 10, 5));
    }

    private static void CollectGarbage()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
    }
}
