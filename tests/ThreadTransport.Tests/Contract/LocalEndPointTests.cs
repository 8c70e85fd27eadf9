using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Support;

namespace ThreadTransport.Tests.Contract;

/// <summary>End points that are no addresses: Unix domain sockets and sockets that somebody else has opened.</summary>
public sealed class LocalEndPointTests
{
    [Theory, EveryTransport]
    [Trait("Contract", "38")]
    public async Task UnixDomainSocket_RawEcho_ReadsWithTheTokenAndEndsAtTheFin(ITransport transport)
    {
        using var path = new TemporarySocketPath();
        var done = new Attempt();
        await using var harness = await KestrelHarness.StartAsync(
            transport,
            connection => done.RunAsync(async () =>
            {
                var token = connection.Features.Get<IConnectionLifetimeNotificationFeature>()!.ConnectionClosedRequested;
                while (true)
                {
                    var result = await connection.Transport.Input.ReadAsync(token);
                    if (result.IsCompleted)
                    {
                        return;
                    }

                    foreach (var segment in result.Buffer)
                    {
                        await connection.Transport.Output.WriteAsync(segment);
                    }

                    connection.Transport.Input.AdvanceTo(result.Buffer.End);
                }
            }),
            endPoint: path.EndPoint);
        var client = await harness.ConnectAsync();

        await client.SendAsync(Pattern.At(0, 10_000));
        Pattern.Check(await client.ReceiveExactlyAsync(10_000), 0);
        client.ShutdownSend();

        await done.Outcome;
        Assert.Empty(await client.ReceiveToEndAsync());
        await harness.StopAsync();
    }

    [Theory, EveryTransport]
    [Trait("Contract", "40")]
    public async Task Handle_BoundButNotListening_ServesHttp(ITransport transport)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        await using var harness = await KestrelHarness.StartHttpAsync(
            transport,
            http => http.Response.WriteAsync("hello"),
            endPoint: new FileHandleEndPoint((ulong)socket.Handle, FileHandleType.Auto));
        using var client = TestHttp.CreateClient(socket.LocalEndPoint!);

        Assert.Equal("hello", await client.GetStringAsync(new Uri("http://server/")).Bounded());
    }
}
