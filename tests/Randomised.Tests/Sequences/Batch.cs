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
    private Exception? _failure;

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
        await harness.UseAsync(_ => new Connector(harness).UseAsync(async connector =>
        {
            try
            {
                await SequenceGenerator.Sequences.SampleAsync(
                    sequence => RunOneAsync(sequence, connector, harness, countsBlocks: atOnce == 1),
                    report,
                    iter: sequences,
                    threads: atOnce);
            }
            catch (CsCheckException)
            {
                // Ended under them, their connections would leave blocks of their own.
                await LastOnesAsync().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                throw;
            }

            await LastOnesAsync();
            if (_failure is not null)
            {
                throw _failure;
            }

            Assert.Empty(harness.Log.Complaints);
            if (factory is not null)
            {
                await TestTimeout.EventuallyAsync(() => factory.Admission.Free == permits, "all permits are back");
                await TestTimeout.EventuallyAsync(() => factory.Services.Stays.Rented == 0, "all slots are back");
                Assert.Equal(0, factory.Services.Poller?.Registered ?? 0);
            }
        }));

        await TestTimeout.EventuallyAsync(() => (factory?.Services.Threads.Alive ?? 0) == 0, "all threads have ended");
        await TestTimeout.EventuallyAsync(() => ProcessCounts.Sockets <= sockets, "all sockets are closed");
        GC.Collect();
        GC.WaitForPendingFinalizers();
        TaskScheduler.UnobservedTaskException -= OnUnobserved;
        Assert.Empty(unobserved);
    }

    private async Task RunOneAsync(Sequence sequence, Connector connector, TransportHarness harness, bool countsBlocks)
    {
        Interlocked.Increment(ref _running);
        try
        {
            // One that has failed before may have left some, or even its connection.
            var before = harness.Memory.Outstanding;
            await SequenceRun.RunAsync(sequence, connector, harness.Log, form);
            var left = harness.Memory.Outstanding - before;
            Assert.True(!countsBlocks || left <= 0 || harness.Owned > 0, $"{left} pool blocks are left over.");
        }
        catch (Exception exception)
        {
            Interlocked.CompareExchange(ref _failure, new InvalidOperationException($"{sequence}", exception), null);
            throw;
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }
    }

    /// <summary>CsCheck does not wait for the last ones, and does not tell how they have ended.</summary>
    private Task LastOnesAsync()
        => TestTimeout.EventuallyAsync(() => Volatile.Read(ref _running) == 0, "the last sequences have ended");

    /// <summary>What is accepted inherits them.</summary>
    private static Socket BindWithSmallBuffers(EndPoint endPoint)
    {
        var socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endPoint);
        socket.SendBufferSize = BufferSize;
        socket.ReceiveBufferSize = BufferSize;
        return socket;
    }
}
