using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Connections;
using Support;
using ThreadTransport.Internal.Listening;
using ThreadTransport.Internal.Native;
using ThreadTransport.Internal.Threads;

namespace ThreadTransport.Tests.Threads;

/// <summary>What connections' threads ask of the scheduler, and that it is all that changes about them.</summary>
public sealed partial class TimeSliceTests
{
    internal const string Why = "Before Linux 6.12, or where the system forbids it, a thread has no slice of its own.";

    private static readonly TimeSpan _length = TimeSpan.FromMicroseconds(300);

    [Fact]
    public async Task Ask_OnAThread_GivesItTheSliceAndNothingElse()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), Why);
        var slice = new TimeSlice(_length);
        await TestTimeout.OnOwnThreadAsync(() =>
        {
            MakeNiceBatch();
            Assert.Equal(("5", "3"), NicenessAndPolicy());

            slice.Ask();

            Assert.SkipUnless(slice.IsKept, Why);
            Assert.Equal(_length, Scheduler.Slice);
            Assert.Equal(("5", "3"), NicenessAndPolicy());
        });
    }

    [Fact]
    public async Task Ask_OfAPolicyWithoutSlices_LeavesIt()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), Why);
        const int Idle = 5;
        var slice = new TimeSlice(_length);
        await TestTimeout.OnOwnThreadAsync(() =>
        {
            SetPolicy(Idle);

            slice.Ask();

            Assert.False(slice.IsKept);
            Assert.Equal("5", NicenessAndPolicy().Policy);
        });
    }

    [Fact]
    public async Task Ask_ForNone_ChangesNothing()
    {
        var slice = new TimeSlice(TimeSpan.Zero);
        await TestTimeout.OnOwnThreadAsync(() =>
        {
            var before = Scheduler.Slice;

            slice.Ask();

            Assert.False(slice.IsKept);
            Assert.Equal(before, Scheduler.Slice);
        });
    }

    [Fact]
    public async Task Ask_ForMoreThanTheKernelAllows_IsNoSliceOfTheThreads()
    {
        var slice = new TimeSlice(TimeSpan.FromSeconds(1));
        await TestTimeout.OnOwnThreadAsync(() =>
        {
            Assert.SkipUnless(Scheduler.Slice > TimeSpan.Zero, Why);

            slice.Ask();

            // Cut by the kernel, which the thread finds out by asking back.
            Assert.NotEqual(TimeSpan.FromSeconds(1), Scheduler.Slice);
            Assert.False(slice.IsKept);
        });
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ConnectionThread_FromTheThirdReceiveOn_HasTheSlice(bool yields)
    {
        await using var harness = await TransportHarness.BindAsync(Transports.ThreadsWith(o =>
        {
            o.TimeSlice = _length;
            o.YieldBeforeReceive = yields;
        }));
        var pace = ((ThreadTransportFactory)harness.Factory).Services.YieldPace;
        var ofOthers = TimeSpan.Zero;
        await TestTimeout.OnOwnThreadAsync(() => ofOthers = Scheduler.Slice);
        for (var i = 0; i < 2; i++)
        {
            // The second one has the thread of the first, and with that its slice.
            var (connection, client) = await harness.ConnectAsync();
            var slices = ReadSlicesAsync(connection, messages: 3);
            for (var message = 0; message < 3; message++)
            {
                await client.SendAsync("x");
                await client.ReceiveExactlyAsync(1);
            }

            var seen = await slices.Bounded();
            Assert.SkipUnless(!yields || pace!.Slice.IsKept, Why);
            Assert.Equal(yields, seen[^1] == _length);
            Assert.All(i == 0 ? seen[..^1] : [], slice => Assert.Equal(ofOthers, slice));
            await connection.DisposeAsync().Bounded();
        }
    }

    private static async Task<List<TimeSpan>> ReadSlicesAsync(ConnectionContext connection, int messages)
    {
        var slices = new List<TimeSpan>();
        while (slices.Count < messages)
        {
            var result = await connection.Transport.Input.ReadAsync();
            slices.Add(Scheduler.Slice);
            connection.Transport.Input.AdvanceTo(result.Buffer.End);
            await connection.Transport.Output.WriteAsync("x"u8.ToArray());
        }

        return slices;
    }

    /// <returns>The 19th and the 41st field, by proc_pid_stat(5); the name is the second and may have spaces.</returns>
    private static (string Niceness, string Policy) NicenessAndPolicy()
    {
        var stat = File.ReadAllText($"/proc/self/task/{Libc.GetThreadId()}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return (fields[16], fields[38]);
    }

    /// <summary>Niceness 5 and SCHED_BATCH, for the calling thread alone, which any thread may give itself.</summary>
    private static void MakeNiceBatch()
    {
        const int Batch = 3;
        SetPolicy(Batch);
        Assert.Equal(0, setpriority(which: 0, Libc.GetThreadId(), niceness: 5));
    }

    private static unsafe void SetPolicy(int policy)
    {
        var priority = 0;
        Assert.Equal(0, sched_setscheduler(thread: 0, policy, &priority));
    }

    [LibraryImport("libc")]
    private static partial int setpriority(int which, int who, int niceness);

    [LibraryImport("libc")]
    private static unsafe partial int sched_setscheduler(int thread, int policy, int* priority);
}
