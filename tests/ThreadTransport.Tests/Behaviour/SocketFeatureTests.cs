using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections.Features;
using Support;

namespace ThreadTransport.Tests.Behaviour;

/// <summary>An application that reaches for the socket itself does not harm its connection.</summary>
[Trait("Promise", "P7")]
public sealed class SocketFeatureTests
{
    [Theory, EveryTransport("non-blocking", "receive time-out", "asynchronous")]
    [Trait("Trap", "20")]
    public async Task Socket_TouchedByTheApplication_GoesOnReceiving(ITransport transport, string touch)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync();
        var socket = connection.Features.Get<IConnectionSocketFeature>()!.Socket;
        switch (touch)
        {
            case "non-blocking":
                socket.Blocking = false;
                break;
            case "receive time-out":
                socket.ReceiveTimeout = 1;
                break;
            default:
                await socket.SendAsync("a"u8.ToArray()).Bounded();
                await client.ReceiveExactlyAsync(1);
                break;
        }

        var echo = Applications.EchoAsync(connection);
        for (var i = 0; i < 20; i++)
        {
            await client.SendAsync(Pattern.At(i, 100));
            Pattern.Check(await client.ReceiveExactlyAsync(100), i);
        }

        client.ShutdownSend();
        await echo.Bounded();
    }

    [Theory, EveryTransport]
    [Trait("Contract", "C13")]
    public async Task Answer_WithUnreadInputBehind_ArrivesWhole(ITransport transport)
    {
        const int Size = 20_000;
        using var path = new TemporarySocketPath();
        foreach (EndPoint endPoint in new EndPoint[] { new IPEndPoint(IPAddress.Loopback, 0), new UnixDomainSocketEndPoint(path.Path) })
        {
            await using var harness = await TransportHarness.BindAsync(transport, endPoint);
            var (connection, client) = await harness.ConnectAsync();
            await client.SendAsync(Pattern.Create(Size));

            // All of it has left the kernel: over bytes that it still holds, Kestrel's own transport ends with a reset.
            var result = await connection.Transport.Input.ReadAtLeastAsync(Size).Bounded();
            connection.Transport.Input.AdvanceTo(result.Buffer.Start, result.Buffer.GetPosition(1));

            await connection.Transport.Output.WriteAsync("bye"u8.ToArray()).Bounded();
            await connection.DisposeAsync().Bounded();

            Assert.Equal("bye"u8.ToArray(), await client.ReceiveToEndAsync());
        }
    }

    [Theory, EveryThreadTransport]
    [Trait("Contract", "C13")]
    public async Task Answer_WithInputBehindThatTheKernelHolds_ArrivesWhole(ITransport transport)
    {
        const int Limit = 64 * 1024;
        const int Rest = 20_000;
        using var path = new TemporarySocketPath();
        foreach (EndPoint endPoint in new EndPoint[] { new IPEndPoint(IPAddress.Loopback, 0), new UnixDomainSocketEndPoint(path.Path) })
        {
            await using var harness = await TransportHarness.BindAsync(transport, endPoint, s => s.MaxReadBufferSize = Limit);
            var (connection, client) = await harness.ConnectAsync();
            var socket = connection.Features.Get<IConnectionSocketFeature>()!.Socket;

            // Receiving pauses over the first part, and leaves the second to the kernel.
            await client.SendAsync(Pattern.Create(Limit));
            await harness.Log.WaitForTransportEventAsync(TransportEvent.Pause, connection.ConnectionId);
            await client.SendAsync(Pattern.Create(Rest));
            await TestTimeout.EventuallyAsync(() => socket.Available == Rest, "the rest has arrived");

            await connection.Transport.Output.WriteAsync("bye"u8.ToArray()).Bounded();
            await connection.DisposeAsync().Bounded();

            Assert.Equal("bye"u8.ToArray(), await client.ReceiveToEndAsync());
        }
    }
}
