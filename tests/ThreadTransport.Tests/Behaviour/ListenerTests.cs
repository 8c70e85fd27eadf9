using System.Net;
using Support;

namespace ThreadTransport.Tests.Behaviour;

public sealed class ListenerTests
{
    [Theory, EveryTransport]
    [Trait("Contract", "L4")]
    public async Task BindAsync_PortZero_GivesTheRealPort(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport, new IPEndPoint(IPAddress.Loopback, 0));

        var bound = Assert.IsType<IPEndPoint>(harness.EndPoint);
        Assert.Equal(IPAddress.Loopback, bound.Address);
        Assert.NotEqual(0, bound.Port);
        var (connection, client) = await harness.ConnectAsync();
        await client.SendAsync("hello");
        var result = await connection.Transport.Input.ReadAtLeastAsync(5).Bounded();
        Assert.Equal(5, result.Buffer.Length);
        Assert.True(harness.Memory.Rented > 0);
    }
}
