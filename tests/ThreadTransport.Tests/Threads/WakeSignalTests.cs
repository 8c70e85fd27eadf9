using System.Diagnostics;
using Support;
using ThreadTransport.Internal.Threads;

namespace ThreadTransport.Tests.Threads;

/// <summary>One set ends one wait, the present one or the next, and none is lost.</summary>
public sealed class WakeSignalTests
{
    [Fact]
    public void Wait_AfterASet_IsOverAtOnce_AndOnlyOnce()
    {
        var signal = new WakeSignal();
        signal.Set();
        signal.Set();

        Assert.True(signal.Wait(TestTimeout.Default));
        Assert.False(signal.Wait(TimeSpan.FromMilliseconds(1)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Sets_OfTwoThreadsThatAnswerOneAnother_AreNeverLost(bool looksFirst)
    {
        const int Turns = 100_000;
        var (there, back) = (new WakeSignal(looksFirst), new WakeSignal(looksFirst));
        var (isOver, isLost) = (false, false);
        var other = TestTimeout.OnOwnThreadAsync(() =>
        {
            while (there.Wait(TestTimeout.Default) && !isOver)
            {
                back.Set();
            }
        });

        await TestTimeout.OnOwnThreadAsync(() =>
        {
            // Fewer on a machine where each of them takes a turn in a queue.
            var began = Stopwatch.GetTimestamp();
            for (var i = 0; i < Turns && !isLost && Stopwatch.GetElapsedTime(began) < TestTimeout.Default / 3; i++)
            {
                there.Set();
                isLost = !back.Wait(TestTimeout.Default / 2);
            }

            isOver = true;
            there.Set();
        });

        await other.Bounded();
        Assert.False(isLost);
    }

    [Fact]
    public async Task Sets_ThatMeetTheEndOfAWait_AreNotLost()
    {
        const int Waits = 2_000;
        var signal = new WakeSignal();
        var (ended, set) = (0, 0);
        using var waits = new SemaphoreSlim(0);
        var waiter = TestTimeout.OnOwnThreadAsync(() =>
        {
            for (var i = 0; i < Waits; i++)
            {
                waits.Release();

                // As long as it takes the other to set it, now and then.
                if (signal.Wait(TimeSpan.FromMicroseconds(50)) || signal.Wait(TestTimeout.Default))
                {
                    ended++;
                }
            }
        });

        for (; set < Waits && await waits.WaitAsync(TestTimeout.Default); set++)
        {
            signal.Set();
        }

        await waiter;
        Assert.Equal(Waits, ended);
    }
}
