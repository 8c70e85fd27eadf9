using System.Numerics;
using Support;
using ThreadTransport.Internal.Listening;
using ThreadTransport.Internal.Native;

namespace ThreadTransport.Tests.Threads;

/// <summary>Waking one of ten thousand threads must not mean to search among all of them.</summary>
public sealed class FutexSlotsTests
{
    private const string Why = "Before Linux 6.16, or if it is built so, the whole system shares its lists.";

    [Fact]
    public async Task Transport_ThatIsBound_HasAListForEachConnection()
    {
        Assert.SkipUnless(Futex.Slots > 0, Why);
        await using var harness = await TransportHarness.BindAsync(Transports.ThreadsWith(_ => { }));

        var connections = ((ThreadTransportFactory)harness.Factory).Admission.Max;
        Assert.InRange(Futex.Slots, (int)BitOperations.RoundUpToPowerOf2((uint)Math.Min(connections, 16_384)), int.MaxValue);
    }

    [Fact]
    public void EnsureSlots_OfFewerThanThereAre_LeavesThem()
    {
        Assert.SkipUnless(Futex.Slots > 0, Why);
        Futex.EnsureSlots(64);
        var present = Futex.Slots;

        Futex.EnsureSlots(32);

        Assert.InRange(Futex.Slots, Math.Max(present, 64), int.MaxValue);
    }
}
