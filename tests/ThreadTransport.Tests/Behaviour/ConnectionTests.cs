using Microsoft.AspNetCore.Connections.Features;
using Support;

namespace ThreadTransport.Tests.Behaviour;

/// <summary>What a fresh connection shows of itself.</summary>
[Trait("Promise", "P7")]
public sealed class ConnectionTests
{
    [Theory, EveryTransport]
    [Trait("Contract", "C1")]
    public async Task Features_FreshConnection_AreThoseOfSockets(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, _) = await harness.ConnectAsync();

        var features = connection.Features.Select(feature => feature.Key).ToHashSet();

        Type[] stock =
        [
            typeof(IConnectionIdFeature), typeof(IConnectionTransportFeature), typeof(IConnectionItemsFeature),
            typeof(IMemoryPoolFeature), typeof(IConnectionLifetimeFeature), typeof(IConnectionSocketFeature),
        ];
        Assert.Superset(stock.ToHashSet(), features);

        // What a transport adds of its own may only be its own.
        Assert.All(features.Except(stock), type => Assert.StartsWith("ThreadTransport", type.FullName, StringComparison.Ordinal));
    }

    [Theory, EveryTransport]
    [Trait("Contract", "C1")]
    public async Task Features_FreshConnection_AgreeWithTheContext(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync();

        Assert.Equal(connection.ConnectionId, connection.Features.Get<IConnectionIdFeature>()!.ConnectionId);
        Assert.Same(connection.Transport, connection.Features.Get<IConnectionTransportFeature>()!.Transport);
        Assert.Same(connection.Items, connection.Features.Get<IConnectionItemsFeature>()!.Items);
        Assert.Equal(connection.ConnectionClosed, connection.Features.Get<IConnectionLifetimeFeature>()!.ConnectionClosed);
        Assert.NotNull(connection.Features.Get<IMemoryPoolFeature>()!.MemoryPool);
        Assert.Equal(
            client.Socket.LocalEndPoint,
            connection.Features.Get<IConnectionSocketFeature>()!.Socket.RemoteEndPoint);
    }

    [Theory, EveryTransport]
    [Trait("Contract", "C2")]
    public async Task Features_SetAndChanged_AreKept(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, _) = await harness.ConnectAsync();

        connection.Features.Set<IFeature>(new Feature());
        Assert.NotNull(connection.Features.Get<IFeature>());
        connection.Features.Set<IFeature>(null);
        Assert.Null(connection.Features.Get<IFeature>());
        connection.Features.Set<IConnectionSocketFeature>(null);
        Assert.Null(connection.Features.Get<IConnectionSocketFeature>());
    }

    [Theory, EveryTransport]
    [Trait("Contract", "C3")]
    public async Task ConnectionId_FreshConnections_IsStableAndUniqueWithThirteenCharacters(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (first, _) = await harness.ConnectAsync();
        var (second, _) = await harness.ConnectAsync();

        Assert.Equal(13, first.ConnectionId.Length);
        Assert.All(first.ConnectionId, c => Assert.True(char.IsAsciiDigit(c) || c is >= 'A' and <= 'V'));
        Assert.Equal(first.ConnectionId, first.ConnectionId);
        Assert.NotEqual(first.ConnectionId, second.ConnectionId);
    }

    [Theory, EveryTransport]
    [Trait("Contract", "C3")]
    public async Task Properties_Set_GiveWhatWasSet(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, _) = await harness.ConnectAsync();
        var items = new Dictionary<object, object?>();
        using var closed = new CancellationTokenSource();

        connection.Items["key"] = "value";
        Assert.Equal("value", connection.Items["key"]);
        connection.Items = items;
        connection.ConnectionId = "mine";
        connection.ConnectionClosed = closed.Token;

        Assert.Same(items, connection.Items);
        Assert.Equal("mine", connection.Features.Get<IConnectionIdFeature>()!.ConnectionId);
        Assert.Equal(closed.Token, connection.ConnectionClosed);
    }

    [Theory, EveryTransport]
    [Trait("Contract", "C3")]
    public async Task EndPoints_AfterTheClientLeft_AreStillThere(ITransport transport)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync();
        var remote = client.Socket.LocalEndPoint;

        client.Reset();
        await connection.ConnectionClosed.CancelledAsync();
        await connection.DisposeAsync().Bounded();

        Assert.Equal(remote, connection.RemoteEndPoint);
        Assert.Equal(harness.EndPoint, connection.LocalEndPoint);
    }

    private interface IFeature;

    private sealed class Feature : IFeature;
}
