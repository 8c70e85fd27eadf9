using System.Diagnostics;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Support;

namespace ThreadTransport.Tests.Behaviour;

/// <summary>Who is idle is aborted in time, and who only takes its time is not.</summary>
public sealed class IdleTimeoutTests
{
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(2);

    /// <summary>Long enough for a connection that is wrongly taken for idle to be gone.</summary>
    private static readonly TimeSpan _long = TimeSpan.FromSeconds(4.5);

    [Fact]
    public Task Connection_OnWhichNothingMoves_IsAborted() => InBothFormsAsync(async split =>
    {
        var ended = new TaskCompletionSource<Exception>();
        await using var harness = await StartAsync(split, async connection =>
        {
            try
            {
                await Applications.EchoAsync(connection);
            }
            catch (Exception exception)
            {
                await connection.ConnectionClosed.CancelledAsync();
                ended.SetResult(exception);
            }
        });
        using var client = await harness.ConnectAsync();
        await client.SendAsync("x");
        await client.ReceiveExactlyAsync(1);
        var idleSince = Stopwatch.GetTimestamp();

        await client.ReceiveToResetAsync();

        // The upper bound is for a machine that has other things to do.
        Assert.InRange(Stopwatch.GetElapsedTime(idleSince), _timeout - TimeSpan.FromMilliseconds(1), _timeout * 10);
        var reason = Assert.IsType<ConnectionAbortedException>(await ended.Task.Bounded());
        Assert.Contains("ThreadTransport:IdleTimeout", reason.Message, StringComparison.Ordinal);
    });

    [Fact]
    public Task Connection_ThatNeverSaysAnything_IsAborted() => InBothFormsAsync(async split =>
    {
        await using var harness = await StartAsync(split, connection => connection.Transport.Input.ReadAsync().AsTask());
        using var client = await harness.ConnectAsync();

        await client.ReceiveToResetAsync();
    });

    [Fact]
    public Task Connection_WhosePeerTakesNothing_IsAborted() => InBothFormsAsync(async split =>
    {
        var flushed = new TaskCompletionSource<FlushResult>();
        await using var harness = await StartAsync(split, async connection =>
        {
            flushed.SetResult(await Flood.Start(connection.Transport.Output));
        });
        using var client = await harness.ConnectAsync(receiveBufferSize: 4096);

        Assert.True((await flushed.Task.Bounded()).IsCompleted);
        await client.ReceiveToResetAsync();
    });

    [Fact]
    public Task Connection_WhosePeerTakesALittleNowAndThen_Stays() => InBothFormsAsync(async split =>
    {
        await using var harness = await StartAsync(split, async connection =>
        {
            // One piece of memory, which a single asynchronous send would take whole.
            connection.Transport.Output.GetMemory(Flood.Size);
            connection.Transport.Output.Advance(Flood.Size);
            await connection.Transport.Output.FlushAsync();
        });
        using var client = await harness.ConnectAsync(receiveBufferSize: 4096);

        var began = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(began) < _long)
        {
            await client.ReceiveExactlyAsync(256 * 1024);
            await Task.Delay(50);
        }
    });

    [Fact]
    public Task Connection_OnWhichBytesArriveNowAndThen_Stays() => InBothFormsAsync(async split =>
    {
        await using var harness = await StartAsync(
            split, connection => connection.Transport.Input.CopyToAsync(Stream.Null, connection.ConnectionClosed));
        using var client = await harness.ConnectAsync();

        var began = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(began) < _long)
        {
            await client.SendAsync("x");
            await Task.Delay(100);
        }

        client.ShutdownSend();
        await client.ReceiveToEndAsync();
    });

    [Fact]
    public Task Connection_ThatOnlySends_Stays() => InBothFormsAsync(async split =>
    {
        await using var harness = await StartAsync(split, async connection =>
        {
            var read = connection.Transport.Input.ReadAsync().AsTask();
            while (!read.IsCompleted)
            {
                await connection.Transport.Output.WriteAsync(new byte[1]);
                await Task.WhenAny(read, Task.Delay(100));
            }
        });
        using var client = await harness.ConnectAsync();

        var began = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(began) < _long)
        {
            await client.ReceiveExactlyAsync(1);
        }
    });

    [Theory, InlineData(false), InlineData(true)]
    public Task Connection_WhoseApplicationTakesItsTime_Stays(bool blocks) => InBothFormsAsync(async split =>
    {
        await using var harness = await StartAsync(split, async connection =>
        {
            var read = await connection.Transport.Input.ReadAsync();
            connection.Transport.Input.AdvanceTo(read.Buffer.End);
            if (blocks)
            {
                Thread.Sleep(_long);
            }
            else
            {
                await Task.Delay(_long);
            }

            await connection.Transport.Output.WriteAsync(new byte[1]);
        });
        using var client = await harness.ConnectAsync();

        await client.SendAsync("x");

        await client.ReceiveExactlyAsync(1);
    });

    [Fact]
    public async Task Watch_WithoutATimeout_DoesNotRun()
    {
        await using var harness = await TransportHarness.BindAsync(Transports.ThreadsWith(_ => { }));

        Assert.Null(((Internal.Listening.ThreadTransportFactory)harness.Factory).Services.IdleWatch);
    }

    /// <summary>At once, for each takes seconds.</summary>
    private static Task InBothFormsAsync(Func<bool, Task> testSplitAsync) => Task.WhenAll(testSplitAsync(false), testSplitAsync(true));

    private static Task<KestrelHarness> StartAsync(bool split, ConnectionDelegate application) => KestrelHarness.StartAsync(
        Transports.ThreadsWith(options =>
        {
            options.IdleTimeout = _timeout;
            options.SplitAtStart = split;
        }),
        application);
}
