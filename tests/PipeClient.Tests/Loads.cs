using PipeClient.Load;
using PipeClient.Load.Messages;
using PipeClient.Load.Outcome;

namespace PipeClient.Tests;

/// <summary>Runs loads for tests; every run is bounded.</summary>
internal static class Loads
{
    /// <summary>Far more than any test needs, so that only a run that is stuck meets it.</summary>
    public static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    public static LoadOptions Options(Target target, int connections, int size) => new()
    {
        Targets = [target],
        Connections = connections,
        Content = new RandomContent(size, size, seed: 1234),
    };

    public static Task<LoadResult> RunAsync(LoadOptions options, ILoadObserver? observer = null) =>
        RunUntilAsync(options, observer, CancellationToken.None);

    public static Task<LoadResult> RunUntilAsync(LoadOptions options, ILoadObserver? observer, CancellationToken interrupt) =>
        new LoadRun(options, observer ?? new Observer()).RunAsync(interrupt).Bounded();

    public static Task<T> Bounded<T>(this Task<T> task) => task.WaitAsync(Bound, TestContext.Current.CancellationToken);

    public static Task Bounded(this Task task) => task.WaitAsync(Bound, TestContext.Current.CancellationToken);

    /// <summary>Asserts that so many messages came back, and that nothing failed.</summary>
    public static void AssertMessages(LoadResult result, long messages)
    {
        Assert.Empty(result.Failures);
        Assert.Equal(messages, result.Messages);
        Assert.Equal(messages, result.Latencies.Message.Count);
        Assert.Equal(0, result.Concurrent);
        Assert.Equal(ExitCode.Ok, ExitCode.Of(result));
    }

    /// <summary>Asserts that nothing failed and everything is closed.</summary>
    public static void AssertGood(LoadResult result, int connections, int rounds)
    {
        Assert.Empty(result.Failures);
        Assert.Equal(connections, result.Total);
        Assert.Equal(connections, result.MaxConcurrent);
        Assert.Equal(0, result.Concurrent);
        Assert.Equal(rounds, result.Rounds.Count);
        Assert.All(result.Rounds, round => Assert.Equal(connections, round.Echoes));
        Assert.Equal(ExitCode.Ok, ExitCode.Of(result));
    }

    /// <summary>Asserts that so many connections failed, all for one reason, and returns the first failure.</summary>
    public static Failure AssertFailed(LoadResult result, FailureReason reason, int count)
    {
        var failure = Assert.Single(result.Failures);
        Assert.Equal(reason, failure.Reason);
        Assert.Equal(count, failure.Count);
        Assert.Equal(0, result.Concurrent);
        return failure.First;
    }
}
