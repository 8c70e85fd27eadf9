using PipeClient.Judgement;
using PipeClient.Load.Outcome;

namespace PipeClient.Tests;

public sealed class ExitCodeTests
{
    private static readonly LoadResult _good = Results.Of(failures: 0, milliseconds: [1, 2, 3]);
    private static readonly LoadResult _failed = Results.Of(failures: 3, milliseconds: [1, 2, 3]);
    private static readonly LoadResult _notConnected = _good with { Total = 8, Failures = [Results.Failed(FailureReason.Refused, 2)] };
    private static readonly LoadResult _wrong = _notConnected with { Failures = [Results.Failed(FailureReason.WrongEcho, 1)] };

    [Fact]
    public void Of_GoodResult_IsOk() => Assert.Equal(ExitCode.Ok, Of(_good, "p50<1s", "errors==0"));

    [Fact]
    public void Of_GoodResultAndAFailedAssertion_IsAssertionFailed() =>
        Assert.Equal(ExitCode.AssertionFailed, Of(_good, "p50<1s", "p50<1us"));

    [Fact]
    public void Of_Failures_IsFailures() => Assert.Equal(ExitCode.Failures, Of(_failed, "p50<1s"));

    [Fact]
    public void Of_FailuresThatAnAssertionAllows_IsOk() => Assert.Equal(ExitCode.Ok, Of(_failed, "errors<=3"));

    [Fact]
    public void Of_MoreFailuresThanAnAssertionAllows_IsAssertionFailed() =>
        Assert.Equal(ExitCode.AssertionFailed, Of(_failed, "errors<3"));

    [Fact]
    public void Of_ConnectionsNotOpened_IsNotConnectedWhateverIsAssertedOfTimes() =>
        Assert.Equal(ExitCode.NotConnected, Of(_notConnected, "p50<1us"));

    [Fact]
    public void Of_ConnectionsNotOpenedThatAnAssertionAllows_IsOk() => Assert.Equal(ExitCode.Ok, Of(_notConnected, "error-rate<=20%"));

    [Fact]
    public void Of_WrongEcho_IsGraverThanAllButAnInterruption()
    {
        Assert.Equal(ExitCode.WrongEcho, Of(_wrong, "errors<=1", "p50<1us"));
        Assert.Equal(ExitCode.Interrupted, Of(_wrong with { Interrupted = true }, "p50<1us"));
    }

    [Fact]
    public void Of_AbortedRun_DoesNotBlameItForConnectsThatNobodyTried()
    {
        var cutShort = _failed with { Total = 5 };
        Assert.Equal(ExitCode.Failures, ExitCode.Of(cutShort, [], aborted: true));
        Assert.Equal(ExitCode.NotConnected, ExitCode.Of(_notConnected, [], aborted: true));
    }

    private static int Of(LoadResult result, params string[] assertions) =>
        Verdict.Of(result, assertions.Select(Parse), aborted: false).ExitCode;

    private static Assertion Parse(string text) =>
        Assertion.TryParse(text, out var assertion, out var why) ? assertion : throw new ArgumentException(why);
}
