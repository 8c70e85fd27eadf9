using ThreadTransport.Internal.Threads;

namespace ThreadTransport.Tests.Threads;

[Trait("Promise", "P8")]
public sealed class BackOffTests
{
    private readonly Clock _clock = new();
    private readonly BackOff _backOff;

    public BackOffTests() => _backOff = new BackOff(_clock);

    [Fact]
    public void BackOff_WithoutAFailure_IsNoPause() => Assert.Equal(TimeSpan.Zero, _backOff.Remaining);

    [Fact]
    public void Failures_OneAfterTheOther_PauseTwiceAsLongUpToASecond()
    {
        foreach (var pause in (int[])[100, 200, 400, 800, 1000, 1000])
        {
            _backOff.OnFailed();
            Assert.Equal(TimeSpan.FromMilliseconds(pause), _backOff.Remaining);
            _clock.Now += TimeSpan.FromMilliseconds(pause - 1);
            Assert.Equal(TimeSpan.FromMilliseconds(1), _backOff.Remaining);
            _clock.Now += TimeSpan.FromMilliseconds(1);
            Assert.Equal(TimeSpan.Zero, _backOff.Remaining);
        }
    }

    [Fact]
    public void Failures_InThePause_DoNotMakeItLonger()
    {
        _backOff.OnFailed();
        _clock.Now += TimeSpan.FromMilliseconds(60);
        _backOff.OnFailed();

        Assert.Equal(TimeSpan.FromMilliseconds(40), _backOff.Remaining);
    }

    [Fact]
    public void Success_EndsThePause_AndTheNextIsAsShortAsTheFirst()
    {
        _backOff.OnFailed();
        _clock.Now += TimeSpan.FromMilliseconds(100);
        _backOff.OnFailed();

        _backOff.OnSucceeded();
        Assert.Equal(TimeSpan.Zero, _backOff.Remaining);

        _backOff.OnFailed();
        Assert.Equal(TimeSpan.FromMilliseconds(100), _backOff.Remaining);
    }
}
