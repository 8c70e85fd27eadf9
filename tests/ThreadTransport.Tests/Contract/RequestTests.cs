using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Support;

namespace ThreadTransport.Tests.Contract;

/// <summary>Requests that arrive, and clients that leave before, between and during them.</summary>
public sealed class RequestTests
{
    /// <summary>More than 2 GiB takes too long for every day; the variable asks for it.</summary>
    private static readonly long _largeUpload =
        Environment.GetEnvironmentVariable("THREADTRANSPORT_UPLOAD_BYTES") is { Length: > 0 } bytes
            ? long.Parse(bytes, CultureInfo.InvariantCulture)
            : 300 * 1024 * 1024;

    [Theory, EveryTransport]
    [Trait("Contract", "1")]
    public async Task Upload_TenMegabytes_EveryByteIsInItsPlace(ITransport transport)
        => await UploadAsync(transport, 10 * 1024 * 1024, static (bytes, offset) => Pattern.Check(bytes, offset));

    [Theory, EveryTransport]
    [Trait("Contract", "1")]
    public async Task Upload_Large_ArrivesWhole(ITransport transport) => await UploadAsync(transport, _largeUpload, static (_, _) => { });

    [Theory, EveryTransport]
    [Trait("Contract", "2")]
    public Task Connection_OverIPv4_TellsTheClientsAddressAndPort(ITransport transport) =>
        AssertAddressesAsync(transport, IPAddress.Loopback);

    [Theory, EveryTransport]
    [Trait("Contract", "3")]
    public Task Connection_OverIPv6_TellsTheClientsAddressAndPort(ITransport transport)
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6, "No IPv6 here.");
        return AssertAddressesAsync(transport, IPAddress.IPv6Loopback);
    }

    [Theory, EveryTransport]
    [Trait("Contract", "4")]
    public async Task ConnectionClose_Requested_EndsTheConnectionAndTheServerStops(ITransport transport)
    {
        await using var harness = await KestrelHarness.StartHttpAsync(transport, http => http.Response.WriteAsync("hello"));
        var client = await harness.ConnectAsync();

        await client.SendAsync("GET / HTTP/1.1\r\nHost: s\r\nConnection: close\r\n\r\n");

        Assert.Contains("hello", System.Text.Encoding.ASCII.GetString(await client.ReceiveToEndAsync()), StringComparison.Ordinal);
        await harness.StopAsync();
    }

    [Theory, EveryTransport]
    [Trait("Contract", "5")]
    public async Task Request_ThatWaitsForAnotherConnections_IsAnsweredWhenThatHasCome(ITransport transport)
    {
        var second = new Signal();
        var requests = 0;
        await using var harness = await KestrelHarness.StartHttpAsync(transport, async _ =>
        {
            if (Interlocked.Increment(ref requests) == 1)
            {
                await second.WaitAsync();
            }
            else
            {
                second.Set();
            }
        });
        var clients = new[] { await harness.ConnectAsync(), await harness.ConnectAsync() };

        foreach (var client in clients)
        {
            await client.SendAsync(Requests.Get);
        }

        foreach (var client in clients)
        {
            Assert.StartsWith("HTTP/1.1 200", await client.ReceiveEmptyAnswerAsync(), StringComparison.Ordinal);
        }

        await harness.StopAsync();
    }

    [Theory, EveryTransport]
    [Trait("Contract", "6")]
    public async Task Fin_BeforeAnyRequest_IsLoggedAndAnsweredWithFin(ITransport transport)
    {
        await using var harness = await KestrelHarness.StartHttpAsync(transport, _ => Task.CompletedTask);
        var client = await harness.ConnectAsync();
        await harness.Log.WaitForKestrelEventAsync(KestrelLog.ConnectionStart);

        client.ShutdownSend();

        await harness.Log.WaitForTransportEventAsync(TransportEvent.ReadFin);
        Assert.Empty(await client.ReceiveToEndAsync());
        await harness.StopAsync();
        Assert.Empty(harness.Log.Above(LogLevel.Debug));
    }

    [Theory, EveryTransport]
    [Trait("Contract", "7")]
    public async Task Rst_BeforeAnyRequest_IsLogged(ITransport transport)
    {
        await using var harness = await KestrelHarness.StartHttpAsync(transport, _ => Task.CompletedTask);
        var client = await harness.ConnectAsync();
        await harness.Log.WaitForKestrelEventAsync(KestrelLog.ConnectionStart);

        client.Reset();

        await harness.Log.WaitForTransportEventAsync(TransportEvent.Reset);
        await harness.StopAsync();
        Assert.Empty(harness.Log.Above(LogLevel.Debug));
    }

    [Theory, EveryTransport]
    [Trait("Contract", "8")]
    public async Task Fin_BetweenRequests_IsLoggedAndAnsweredWithFin(ITransport transport)
    {
        await using var harness = await KestrelHarness.StartHttpAsync(transport, _ => Task.CompletedTask);
        var client = await harness.ConnectAsync();
        await client.SendAsync(Requests.Get);
        await client.ReceiveEmptyAnswerAsync();

        client.ShutdownSend();

        await harness.Log.WaitForTransportEventAsync(TransportEvent.ReadFin);
        Assert.Empty(await client.ReceiveToEndAsync());
        await harness.StopAsync();
        Assert.Empty(harness.Log.Above(LogLevel.Debug));
    }

    [Theory, EveryTransport]
    [Trait("Contract", "9")]
    public async Task Rst_BetweenRequests_IsLogged(ITransport transport)
    {
        await using var harness = await KestrelHarness.StartHttpAsync(transport, _ => Task.CompletedTask);
        var client = await harness.ConnectAsync();
        await client.SendAsync(Requests.Get);
        await client.ReceiveEmptyAnswerAsync();

        client.Reset();

        await harness.Log.WaitForTransportEventAsync(TransportEvent.Reset);
        await harness.StopAsync();
        Assert.Empty(harness.Log.Above(LogLevel.Debug));
    }

    [Theory, EveryTransport("fin", "rst")]
    [Trait("Contract", "10")]
    public async Task Client_LeavesWhileTheHandlerAwaits_IsLoggedAtOnce(ITransport transport, string end)
    {
        var inside = new Signal();
        var leave = new Signal();
        await using var harness = await KestrelHarness.StartHttpAsync(transport, async _ =>
        {
            inside.Set();
            await leave.WaitAsync();
        });
        var client = await harness.ConnectAsync();
        await client.SendAsync(Requests.Get);
        await inside.WaitAsync();

        End(client, end);

        await harness.Log.WaitForTransportEventAsync(end == "fin" ? TransportEvent.ReadFin : TransportEvent.Reset);
        leave.Set();
        await harness.StopAsync();
        Assert.Empty(harness.Log.Above(LogLevel.Debug));
    }

    [Theory, EveryTransport("fin", "rst")]
    [Trait("Contract", "10"), Trait("Contract", "12")]
    public async Task Client_LeavesWhileTheHandlerBlocks_FiresRequestAbortedAndConnectionClosed(ITransport transport, string end)
    {
        var inside = new Signal();
        var seen = new Signal();
        await using var harness = await KestrelHarness.StartHttpAsync(transport, http =>
        {
            var (aborted, closed) = (new Signal(), new Signal());
            http.RequestAborted.Register(aborted.Set);
            http.Features.Get<IConnectionLifetimeFeature>()!.ConnectionClosed.Register(closed.Set);
            inside.Set();
            aborted.Block();
            closed.Block();
            seen.Set();
            return Task.CompletedTask;
        });
        var client = await harness.ConnectAsync();
        await client.SendAsync(Requests.Get);
        await inside.WaitAsync();

        End(client, end);

        await seen.WaitAsync();
        await harness.StopAsync();
        Assert.Empty(harness.Log.Above(LogLevel.Debug));
    }

    [Theory, EveryTransport("fin", "rst")]
    [Trait("Contract", "10")]
    public async Task Client_LeavesWhileARawHandlerBlocks_FiresConnectionClosed(ITransport transport, string end)
    {
        var inside = new Signal();
        var seen = new Signal();
        await using var harness = await KestrelHarness.StartAsync(transport, async connection =>
        {
            var result = await connection.Transport.Input.ReadAsync();
            var closed = new Signal();
            connection.ConnectionClosed.Register(closed.Set);
            inside.Set();
            closed.Block();
            connection.Transport.Input.AdvanceTo(result.Buffer.End);
            seen.Set();
        });
        var client = await harness.ConnectAsync();
        await client.SendAsync("x");
        await inside.WaitAsync();

        End(client, end);

        await seen.WaitAsync();
        Assert.Empty(harness.Log.Complaints);
    }

    [Theory, EveryTransport]
    [Trait("Contract", "11")]
    public async Task BodyRead_AfterARst_ThrowsConnectionResetException(ITransport transport)
    {
        var inside = new Signal();
        var reset = new Signal();
        var read = new Attempt();
        await using var harness = await KestrelHarness.StartHttpAsync(transport, async http =>
        {
            inside.Set();
            await reset.WaitAsync();
            await read.RunAsync(() => http.Request.Body.ReadExactlyAsync(new byte[1]).AsTask());
        });
        var client = await harness.ConnectAsync();
        await client.SendAsync(Requests.Post(1));
        await inside.WaitAsync();

        client.Reset();
        await harness.Log.WaitForTransportEventAsync(TransportEvent.Reset);
        reset.Set();

        await Assert.ThrowsAsync<ConnectionResetException>(() => read.Outcome);
        await harness.StopAsync();
    }

    [Theory, EveryTransport]
    [Trait("Contract", "12")]
    public async Task Fin_WhileTheHandlerAwaits_FiresRequestAbortedAndIsNoError(ITransport transport)
    {
        var inside = new Signal();
        var aborted = new Signal();
        KestrelHarness? started = null;
        using var metrics = new ConnectionMetrics(() => started!.EndPoint);
        await using var harness = started = await KestrelHarness.StartHttpAsync(transport, async http =>
        {
            http.RequestAborted.Register(aborted.Set);
            inside.Set();
            await aborted.WaitAsync();
        });
        var client = await harness.ConnectAsync();
        await client.SendAsync(Requests.Get);
        await inside.WaitAsync();

        client.ShutdownSend();

        await aborted.WaitAsync();
        await harness.StopAsync();
        Assert.Null(await metrics.WaitForErrorAsync());
    }

    [Theory, EveryTransport]
    [Trait("Contract", "13")]
    public async Task Abort_OfTheRequest_FiresTheSameTokenAndNotInsideTheCall(ITransport transport)
    {
        var outcome = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        var fired = new Signal();
        await using var harness = await KestrelHarness.StartHttpAsync(transport, async http =>
        {
            var returned = new Signal();
            var token = http.RequestAborted;
            token.Register(() =>
            {
                // Would never end inside the call.
                returned.Block();
                fired.Set();
            });
            http.Abort();
            returned.Set();
            outcome.SetResult(token == http.RequestAborted);
            await fired.WaitAsync();
        });
        var client = await harness.ConnectAsync();
        await client.SendAsync(Requests.Get);

        Assert.True(await outcome.Task.Bounded());
        await fired.WaitAsync();
    }

    [Theory, EveryTransport(false, true)]
    [Trait("Contract", "14")]
    public async Task Abort_OfTheRequest_EndsWithRstOrFinAsTold(ITransport transport, bool fin)
    {
        await using var harness = await KestrelHarness.StartHttpAsync(
            transport,
            http =>
            {
                http.Abort();
                return Task.CompletedTask;
            },
            settings => settings.FinOnError = fin);
        var client = await harness.ConnectAsync();

        await client.SendAsync(Requests.Get);

        Assert.Empty(fin ? await client.ReceiveToEndAsync() : await client.ReceiveToResetAsync());
        await harness.Log.WaitForTransportEventAsync(fin ? TransportEvent.WriteFin : TransportEvent.WriteRst);
    }

    [Theory, EveryTransport(Servers.Plain, Servers.PassThrough)]
    [Trait("Contract", "15")]
    public async Task ConnectionClosed_ClientsFin_Fires(ITransport transport, string middleware)
    {
        var inside = new Signal();
        var closed = new Signal();
        await using var harness = await Servers.StartAsync(transport, middleware, http =>
        {
            http.Features.Get<IConnectionLifetimeFeature>()!.ConnectionClosed.Register(closed.Set);
            inside.Set();
            return Task.CompletedTask;
        });
        var client = await harness.ConnectAsync();
        await client.SendAsync(Requests.Get);
        await inside.WaitAsync();

        client.ShutdownSend();

        await closed.WaitAsync();
        await harness.StopAsync();
    }

    [Theory, EveryTransport(Servers.Plain, Servers.PassThrough)]
    [Trait("Contract", "16")]
    public async Task ConnectionClosed_ServersFin_Fires(ITransport transport, string middleware)
    {
        var closed = new Signal();
        await using var harness = await Servers.StartAsync(transport, middleware, http =>
        {
            http.Features.Get<IConnectionLifetimeFeature>()!.ConnectionClosed.Register(closed.Set);
            return Task.CompletedTask;
        });
        var client = await harness.ConnectAsync();

        await client.SendAsync("GET / HTTP/1.1\r\nHost: s\r\nConnection: close\r\n\r\n");

        await closed.WaitAsync();
        Assert.NotEmpty(await client.ReceiveToEndAsync());
        await harness.StopAsync();
    }

    [Theory, EveryTransport(Servers.Plain, Servers.PassThrough)]
    [Trait("Contract", "17")]
    public async Task ConnectionClosed_ServersAbort_Fires(ITransport transport, string middleware)
    {
        var closed = new Signal();
        await using var harness = await Servers.StartAsync(transport, middleware, http =>
        {
            http.Features.Get<IConnectionLifetimeFeature>()!.ConnectionClosed.Register(closed.Set);
            http.Abort();
            return Task.CompletedTask;
        });
        var client = await harness.ConnectAsync();

        await client.SendAsync(Requests.Get);

        await closed.WaitAsync();
        await client.ReceiveToAnyEndAsync();
        await harness.StopAsync();
    }

    [Theory, EveryTransport(Servers.Plain, Servers.PassThrough)]
    [Trait("Contract", "18")]
    public async Task Abort_WhileTheBodyIsRead_CancelsTheReadAndThatRequestsTokenOnly(ITransport transport, string middleware)
    {
        var requests = 0;
        var read = new Attempt();
        var aborted = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var harness = await Servers.StartAsync(transport, middleware, async http =>
        {
            var request = Interlocked.Increment(ref requests);
            http.RequestAborted.Register(() => aborted.TrySetResult(request));
            if (request == 1)
            {
                http.Response.ContentLength = 5;
                await http.Response.WriteAsync("World");
                return;
            }

            var copy = http.Request.Body.CopyToAsync(Stream.Null);
            http.Abort();
            await read.RunAsync(() => copy);
        });
        var client = await harness.ConnectAsync();
        await client.SendAsync(Requests.Post(5, "Hello"));
        await client.ReceiveUntilAsync("World");

        await client.SendAsync(Requests.Post(5));

        await Assert.ThrowsAsync<TaskCanceledException>(() => read.Outcome);
        Assert.Equal(2, await aborted.Task.Bounded());
        await client.ReceiveToAnyEndAsync();
        await harness.StopAsync();
        Assert.Equal(1, harness.Log.CountKestrelEvents(KestrelLog.ApplicationAborted));
    }

    [Theory, EveryTransport("rst", "fin", "rst " + Servers.PassThrough, "fin " + Servers.PassThrough)]
    [Trait("Contract", "19")]
    public async Task Abort_AfterAnEndThatNobodySaw_IsLoggedOnce(ITransport transport, string way)
    {
        const int Limit = 4096;
        var fin = way.StartsWith("fin", StringComparison.Ordinal);
        var left = new Signal();
        var done = new Signal();
        var ended = fin ? TransportEvent.WriteFin : TransportEvent.WriteRst;
        KestrelHarness? started = null;
        await using var harness = started = await Servers.StartAsync(
            transport,
            way,
            async http =>
            {
                await left.WaitAsync();
                http.Abort();
                await started!.Log.WaitForTransportEventAsync(ended);
                done.Set();
            },
            settings =>
            {
                settings.MaxReadBufferSize = Limit;
                settings.FinOnError = fin;
            });
        var client = await harness.ConnectAsync();
        await client.SendAsync(Requests.Post(8 * Limit));
        await client.SendAsync(Pattern.At(0, 8 * Limit));
        await harness.Log.WaitForTransportEventAsync(TransportEvent.Pause);
        client.Dispose();

        left.Set();

        await done.WaitAsync();
        await harness.StopAsync();
        Assert.Equal(
            1,
            harness.Log.CountTransportEvents(TransportEvent.WriteFin) + harness.Log.CountTransportEvents(TransportEvent.WriteRst));
        Assert.Equal(1, harness.Log.CountKestrelEvents(KestrelLog.ConnectionStop));
        Assert.Equal(0, harness.Memory.Outstanding);
    }

    [Theory, EveryTransport(Servers.Plain, Servers.PassThrough)]
    [Trait("Contract", "20")]
    public async Task Rst_WhileTheBodyIsCopied_ThrowsAnIOException(ITransport transport, string middleware)
    {
        var inside = new Signal();
        var read = new Attempt();
        await using var harness = await Servers.StartAsync(transport, middleware, async http =>
        {
            inside.Set();
            await read.RunAsync(() => http.Request.Body.CopyToAsync(Stream.Null));
        });
        var client = await harness.ConnectAsync();
        await client.SendAsync(Requests.Post(100_000));
        await client.SendAsync(Pattern.At(0, 4096));
        await inside.WaitAsync();

        client.Reset();

        await Assert.ThrowsAnyAsync<IOException>(() => read.Outcome);
        await harness.StopAsync();
        Assert.Equal(1, harness.Log.CountKestrelEvents(KestrelLog.ConnectionStop));
    }

    private static void End(TestClient client, string end)
    {
        if (end == "fin")
        {
            client.ShutdownSend();
        }
        else
        {
            client.Reset();
        }
    }

    private static async Task UploadAsync(ITransport transport, long size, Action<ReadOnlySpan<byte>, long> check)
    {
        const int Chunk = 1024 * 1024;
        await using var harness = await KestrelHarness.StartHttpAsync(
            transport,
            async http =>
            {
                var total = 0L;
                var buffer = new byte[Chunk];
                while (await http.Request.Body.ReadAsync(buffer) is var received and > 0)
                {
                    check(buffer.AsSpan(0, received), total);
                    total += received;
                }

                await http.Response.WriteAsync($"{total} bytes");
            },
            configureListen: listen =>
            {
                listen.KestrelServerOptions.Limits.MaxRequestBodySize = size;
                listen.KestrelServerOptions.Limits.MinRequestBodyDataRate = null;
            });
        var client = await harness.ConnectAsync();

        await client.SendAsync(Requests.Post(size));
        for (var offset = 0L; offset < size; offset += Chunk)
        {
            await client.SendAsync(Pattern.At(offset, (int)Math.Min(Chunk, size - offset)));
        }

        Assert.Contains($"{size} bytes", await client.ReceiveUntilAsync("\r\n0\r\n\r\n"), StringComparison.Ordinal);
        await harness.StopAsync();
    }

    private static async Task AssertAddressesAsync(ITransport transport, IPAddress address)
    {
        await using var harness = await KestrelHarness.StartHttpAsync(
            transport,
            http => http.Response.WriteAsync(
                $"{http.Connection.RemoteIpAddress} {http.Connection.RemotePort} "
                + $"{http.Connection.LocalIpAddress} {http.Connection.LocalPort}."),
            endPoint: new IPEndPoint(address, 0));
        var client = await harness.ConnectAsync();
        var (here, there) = ((IPEndPoint)client.Socket.LocalEndPoint!, (IPEndPoint)harness.EndPoint);

        await client.SendAsync(Requests.Get);

        var answer = await client.ReceiveUntilAsync("\r\n0\r\n\r\n");
        Assert.Contains($"\r\n{here.Address} {here.Port} {there.Address} {there.Port}.\r\n", answer, StringComparison.Ordinal);
    }
}
