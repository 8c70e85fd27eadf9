using System.Diagnostics;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Primitives;
using Support;

namespace ThreadTransport.Tests.Contract;

/// <summary>Kestrel's smallest rate of a response: it cuts off clients that are slower, and no others.</summary>
public sealed class DataRateTests
{
    private const int Megabyte = 1024 * 1024;

    /// <summary>Every byte that the kernel takes gives a client this part of a second more, and it takes megabytes.</summary>
    private const int UnreachableRate = 200 * Megabyte;

    /// <summary>Many times slower than the clients that are to be left alone.</summary>
    private const int EasyRate = 256 * 1024;

    private static readonly bool[] _eitherWay = [false, true];

    /// <summary>The shortest grace that Kestrel takes; its clock ticks once a second.</summary>
    private static readonly TimeSpan _grace = TimeSpan.FromSeconds(1.1);

    // Together, for all that they do is wait.
    [Theory, EveryTransport]
    [Trait("Contract", "28"), Trait("Contract", "29"), Trait("Contract", "30")]
    public Task Response_ThatNobodyReads_IsAborted(ITransport transport)
        => Task.WhenAll(_eitherWay.Select(fin => Task.WhenAll(
            AssertUnreadResponseIsAbortedAsync(transport, fin, https: false),
            AssertUnreadResponseIsAbortedAsync(transport, fin, https: true),
            AssertUnreadEchoIsAbortedAsync(transport, fin))));

    [Theory, EveryTransport]
    [Trait("Contract", "31"), Trait("Contract", "32"), Trait("Contract", "33")]
    public Task Response_ToAClientThatReadsFastEnough_ArrivesWhole(ITransport transport)
        => Task.WhenAll(AssertSlowChunksArriveAsync(transport), AssertSlowHeadersArriveAsync(transport), AssertSlowLastResponseArrivesAsync(transport));

    private static async Task AssertUnreadEchoIsAbortedAsync(ITransport transport, bool fin)
    {
        const int Size = 64 * Megabyte;
        var aborted = new Signal();
        var copied = new Attempt();
        await using var harness = await StartAsync(
            transport,
            async http =>
            {
                http.RequestAborted.Register(aborted.Set);
                await copied.RunAsync(() => http.Request.Body.CopyToAsync(http.Response.Body));
                await aborted.WaitAsync();
            },
            UnreachableRate,
            fin);
        var client = await harness.ConnectAsync(receiveBufferSize: 64 * 1024);
        await client.SendAsync(Requests.Post(Size));
        var send = SendAsync();

        await harness.Log.WaitForKestrelEventAsync("ResponseMinimumDataRateNotSatisfied");
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => copied.Outcome);
        await AssertAbortedAsync(harness, aborted, fin);
        await send;

        async Task SendAsync()
        {
            try
            {
                for (var offset = 0; offset < Size; offset += Megabyte)
                {
                    await client.SendAsync(Pattern.At(offset, Megabyte));
                }

                throw new InvalidOperationException("The server has taken all of it.");
            }
            catch (SocketException)
            {
                // Ended by the server.
            }
        }
    }

    private static async Task AssertUnreadResponseIsAbortedAsync(ITransport transport, bool fin, bool https)
    {
        const int Chunk = 1024;
        var aborted = new Signal();
        var written = new Attempt();
        await using var harness = await StartAsync(
            transport,
            async http =>
            {
                http.RequestAborted.Register(aborted.Set);
                await written.RunAsync(() => WriteAsync(http));
                await aborted.WaitAsync();
            },
            UnreachableRate,
            fin,
            listen =>
            {
                if (https)
                {
                    listen.UseHttps(Certificates.SelfSigned);
                }
            });
        var client = await harness.ConnectAsync(receiveBufferSize: 64 * 1024);
        await using Stream stream = https
            ? new SslStream(new NetworkStream(client.Socket), leaveInnerStreamOpen: false, (_, shown, _, _) => Certificates.SelfSigned.Equals(shown))
            : new NetworkStream(client.Socket);
        if (stream is SslStream ssl)
        {
            await ssl.AuthenticateAsClientAsync("server").Bounded();
        }

        await stream.WriteAsync(Encoding.ASCII.GetBytes(Requests.Get)).Bounded();

        await harness.Log.WaitForKestrelEventAsync("ResponseMinimumDataRateNotSatisfied");
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => written.Outcome);
        await AssertAbortedAsync(harness, aborted, fin);
        if (fin)
        {
            await client.ReceiveToEndAsync();
        }
        else
        {
            await client.ReceiveToResetAsync();
        }

        static async Task WriteAsync(HttpContext http)
        {
            while (true)
            {
                await http.Response.Body.WriteAsync(Pattern.At(0, Chunk), http.RequestAborted);
            }
        }
    }

    private static async Task AssertAbortedAsync(KestrelHarness harness, Signal aborted, bool fin)
    {
        await aborted.WaitAsync();
        await harness.Log.WaitForKestrelEventAsync(KestrelLog.ConnectionStop);
        Assert.Equal(fin ? 1 : 0, harness.Log.CountTransportEvents(TransportEvent.WriteFin));
        Assert.Equal(fin ? 0 : 1, harness.Log.CountTransportEvents(TransportEvent.WriteRst));
    }

    private static Task AssertSlowChunksArriveAsync(ITransport transport)
        => AssertArrivesSlowlyAsync(transport, 2 * 8 * Megabyte, requests: 1, async http =>
        {
            for (var i = 0; i < 2; i++)
            {
                await http.Response.Body.WriteAsync(Pattern.Create(8 * Megabyte), http.RequestAborted);
            }
        });

    private static Task AssertSlowHeadersArriveAsync(ITransport transport)
    {
        var values = new StringValues([.. Enumerable.Repeat(new string('a', Megabyte), 5)]);
        return AssertArrivesSlowlyAsync(transport, 3 * 5 * Megabyte, requests: 3, http =>
        {
            http.Response.Headers["X-Large"] = values;
            http.Response.ContentLength = 0;
            return http.Response.Body.FlushAsync();
        });
    }

    /// <summary>All of it is written at once, so that most is sent when the request is over and the connection is disposed of.</summary>
    private static Task AssertSlowLastResponseArrivesAsync(ITransport transport)
        => AssertArrivesSlowlyAsync(
            transport,
            32 * Megabyte,
            requests: 1,
            http => http.Response.Body.WriteAsync(Pattern.Create(32 * Megabyte)).AsTask(),
            bufferAll: true);

    private static async Task AssertArrivesSlowlyAsync(
        ITransport transport,
        int size,
        int requests,
        RequestDelegate application,
        bool bufferAll = false)
    {
        // Longer than the grace.
        var rate = size / 2.5;
        await using var harness = await StartAsync(transport, application, EasyRate, fin: false, configure: settings =>
        {
            if (bufferAll)
            {
                settings.MaxWriteBufferSize = null;
            }
        });
        var client = await harness.ConnectAsync(receiveBufferSize: 64 * 1024);
        for (var i = 1; i < requests; i++)
        {
            await client.SendAsync(Requests.Get);
        }

        await client.SendAsync("GET / HTTP/1.1\r\nHost: s\r\nConnection: close\r\n\r\n");

        var buffer = new byte[64 * 1024];
        var total = 0L;
        var clock = Stopwatch.StartNew();
        while (await client.Socket.ReceiveAsync(buffer).Bounded() is var received and > 0)
        {
            total += received;
            var early = TimeSpan.FromSeconds(total / rate) - clock.Elapsed;
            if (early > TimeSpan.FromMilliseconds(20))
            {
                await Task.Delay(early);
            }
        }

        Assert.True(total >= size, $"{total} of {size} bytes have come.");
        await harness.StopAsync();
        Assert.DoesNotContain(harness.Log.Events, e => e.Id.Name == "ResponseMinimumDataRateNotSatisfied");
        Assert.Equal(1, harness.Log.CountKestrelEvents(KestrelLog.ConnectionStop));
        Assert.Equal([TransportEvent.WriteFin], harness.Log.Events.Where(e => e.IsTransport).Select(e => e.Id.Id));
    }

    private static Task<KestrelHarness> StartAsync(
        ITransport transport,
        RequestDelegate application,
        double bytesPerSecond,
        bool fin,
        Action<ListenOptions>? configureListen = null,
        Action<TransportSettings>? configure = null)
        => KestrelHarness.StartHttpAsync(
            transport,
            application,
            settings =>
            {
                settings.FinOnError = fin;
                configure?.Invoke(settings);
            },
            configureListen: listen =>
            {
                var limits = listen.KestrelServerOptions.Limits;
                limits.MinResponseDataRate = new MinDataRate(bytesPerSecond, _grace);
                limits.MaxRequestBodySize = null;
                limits.MinRequestBodyDataRate = null;
                configureListen?.Invoke(listen);
            });
}
