using System.Net;
using System.Net.Sockets;
using CsCheck;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Support;
using ThreadTransport.Internal.Listening;

namespace Randomised.Tests.Sequences;

/// <summary>Many sequences over one listener, and the check that they have left nothing behind.</summary>
internal sealed class Batch(Form form)
{
    /// <summary>Small, as the pipes' limits are, so that little is enough for back-pressure.</summary>
    private const int BufferSize = 16 * 1024;

    private int _running;

    /// <param name="sequences">How many.</param>
    /// <param name="atOnce">How many of them at the same time. Where it is one, its pool blocks are counted after each.</param>
    /// <param name="report">Is told how many there were.</param>
    public async Task RunAsync(int sequences, int atOnce, Action<string> report)
    {
        var sockets = ProcessCounts.Sockets;
        var unobserved = new List<Exception>();
        void OnUnobserved(object? sender, UnobservedTaskExceptionEventArgs e) => unobserved.Add(e.Exception);
        TaskScheduler.UnobservedTaskException += OnUnobserved;
        var harness = await TransportHarness.BindAsync(form.Transport, null, settings =>
        {
            settings.MaxReadBufferSize = BufferSize;
            settings.MaxWriteBufferSize = BufferSize;
            settings.CreateBoundListenSocket = BindWithSmallBuffers;
        });
        var factory = harness.Factory as ThreadTransportFactory;
        var permits = factory?.Admission.Free;
        await using (harness)
        {
            await using var connector = new Connector(harness);
            await SequenceGenerator.Sequences.SampleAsync(
                async sequence =>
                {
                    Interlocked.Increment(ref _running);
                    await SequenceRun.RunAsync(sequence, connector, harness.Log, form);
                    Assert.True(atOnce > 1 || harness.Memory.Outstanding == 0, $"{harness.Memory.Outstanding} pool blocks are left over.");
                    Interlocked.Decrement(ref _running);
                },
                report,
                iter: sequences,
                threads: atOnce);

            // It does not wait for the last ones.
            await TestTimeout.EventuallyAsync(() => Volatile.Read(ref _running) == 0, "the last sequences have ended well");
            Assert.Empty(harness.Log.Complaints);
            if (factory is not null)
            {
                await TestTimeout.EventuallyAsync(() => factory.Admission.Free == permits, "all permits are back");
                await TestTimeout.EventuallyAsync(() => factory.Services.Stays.Rented == 0, "all slots are back");
                Assert.Equal(0, factory.Services.Poller?.Registered ?? 0);
            }
        }

        await TestTimeout.EventuallyAsync(() => (factory?.Services.Threads.Alive ?? 0) == 0, "all threads have ended");
        await TestTimeout.EventuallyAsync(() => ProcessCounts.Sockets <= sockets, "all sockets are closed");
        GC.Collect();
        GC.WaitForPendingFinalizers();
        TaskScheduler.UnobservedTaskException -= OnUnobserved;
        Assert.Empty(unobserved);
    }

    /// <summary>What is accepted inherits them.</summary>
    private static Socket BindWithSmallBuffers(EndPoint endPoint)
    {
        var socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endPoint);
        socket.SendBufferSize = BufferSize;
        socket.ReceiveBufferSize = BufferSize;
        return socket;
    }
}
