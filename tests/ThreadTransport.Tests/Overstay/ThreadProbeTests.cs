using System.IO.Pipes;
using Support;
using ThreadTransport.Internal.Native;
using ThreadTransport.Internal.Overstay;
using ThreadTransport.Internal.Threads;

namespace ThreadTransport.Tests.Overstay;

/// <summary>What the kernel says of threads, and what that means.</summary>
public sealed class ThreadProbeTests
{
    [Theory]
    [InlineData(OverstayTick.OverstayTicks, false, true)]
    [InlineData(OverstayTick.OverstayTicks, true, false)]
    [InlineData(ThreadProbe.LongTicks - 1, true, false)]
    [InlineData(ThreadProbe.LongTicks, true, true)]
    public async Task IsAway_WaitsForAFutex_AfterACollectionOnlyIfForLong(int ticks, bool afterCollection, bool isAway)
    {
        Assert.SkipUnless(Futex.IsSupported, "Without a futex nobody is held back.");
        var native = new NativeLock();

        await TestAsync(native.Wait, native.Open, ticks, afterCollection, isAway);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task IsAway_WaitsForData_AlsoAfterACollection(bool afterCollection)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux tells.");
        using var writing = new AnonymousPipeServerStream(PipeDirection.Out);
        using var reading = new AnonymousPipeClientStream(PipeDirection.In, writing.ClientSafePipeHandle);

        await TestAsync(() => reading.ReadByte(), () => writing.WriteByte(1), OverstayTick.OverstayTicks, afterCollection, isAway: true);
    }

    /// <summary>Has a thread wait, and asks whether it is away.</summary>
    private static async Task TestAsync(Action wait, Action end, int ticks, bool afterCollection, bool isAway)
    {
        var began = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        var ended = TestTimeout.OnOwnThreadAsync(() =>
        {
            began.SetResult(Libc.GetThreadId());
            wait();
        });
        var kernelId = await began.Task.Bounded();
        var probe = new ThreadProbe();
        try
        {
            // It may wait for something else on its way.
            await TestTimeout.EventuallyAsync(
                () => ThreadProbe.IsWaiting(kernelId) == true && probe.IsAway(kernelId, stay: 1, ticks, afterCollection) == isAway,
                $"the thread waits and {(isAway ? "is" : "is not")} away");
        }
        finally
        {
            end();
        }

        await ended.Bounded();
    }
}
