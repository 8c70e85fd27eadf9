using Support;
using ThreadTransport.Internal.Connections;
using ThreadTransport.Internal.Native;

namespace ThreadTransport.Tests.Threads;

/// <summary>Who waits at a gate goes on when it is opened, however many do, and at the latest when the time is over.</summary>
public class HoldGateTests
{
    private const string Why = "Without a futex, and on other systems than Linux, nobody is held back.";

    /// <summary>Whoever opens it wakes a few, and each of these some more.</summary>
    [Fact]
    public async Task LetGo_WithMoreHeldThanAreWokenAtOnce_LetsAllGo()
    {
        Assert.SkipUnless(Futex.IsSupported, Why);
        var gate = new HoldGate(TimeSpan.FromMinutes(10));
        for (var time = 1; time <= 3; time++)
        {
            var hold = 0L;
            await TestTimeout.EventuallyAsync(() => gate.TryClose(out hold), "the rest to be over");
            var held = Enumerable.Range(0, 100).Select(_ => TestTimeout.OnOwnThreadAsync(() => Assert.True(gate.Pass()))).ToList();
            await TestTimeout.EventuallyAsync(() => gate.Held == time * held.Count, "all to be held");

            gate.LetGo(hold, TimeSpan.Zero);

            await Task.WhenAll(held).Bounded();
        }
    }

    [Fact]
    public async Task Pass_WhereNobodyOpens_EndsWithTheTime()
    {
        Assert.SkipUnless(Futex.IsSupported, Why);
        var gate = new HoldGate(TimeSpan.FromMilliseconds(20));
        Assert.True(gate.TryClose(out _));

        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => TestTimeout.OnOwnThreadAsync(() => gate.Pass()))).Bounded();

        Assert.False(gate.IsClosed);
    }
}
