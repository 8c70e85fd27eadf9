using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace ThreadTransport.Internal.Connections;

/// <summary>What the connection says of itself: the features that Kestrel's Sockets transport sets, and the one of its thread.</summary>
internal sealed partial class ThreadConnection :
    IConnectionIdFeature,
    IConnectionTransportFeature,
    IConnectionItemsFeature,
    IMemoryPoolFeature,
    IConnectionLifetimeFeature,
    IConnectionSocketFeature,
    IConnectionThreadFeature
{
    /// <summary>As many as these seven, and the five that Kestrel adds.</summary>
    private const int ExpectedFeatures = 12;

    private string? _connectionId;
    private IDictionary<object, object?>? _items;

    public override IFeatureCollection Features { get; }

    public override IDuplexPipe Transport { get; set; }

    public override CancellationToken ConnectionClosed { get; set; }

    /// <summary>Made when it is first asked for. Names the connection's thread as well.</summary>
    public override string ConnectionId
    {
        get => _connectionId ?? Interlocked.CompareExchange(ref _connectionId, ConnectionIds.Next(), null) ?? _connectionId;
        set => _connectionId = value;
    }

    public override IDictionary<object, object?> Items
    {
        get => _items ??= new ConnectionItems();
        set => _items = value;
    }

    public MemoryPool<byte> MemoryPool { get; }

    public Socket Socket => _socket;

    bool IConnectionThreadFeature.IsCurrent => _turns.IsDedicated;

    string IConnectionThreadFeature.ThreadName => ConnectionId;

    int IConnectionThreadFeature.StackSize => _services.Options.StackSize;

    ConnectionThreadAwaitable IConnectionThreadFeature.ReturnAsync() => new(_turns);

    void IConnectionLifetimeFeature.Abort() =>
        Abort(new ConnectionAbortedException("The application aborted the connection through its IConnectionLifetimeFeature."));

    private FeatureCollection CreateFeatures()
    {
        var features = new FeatureCollection(ExpectedFeatures);
        features.Set<IConnectionIdFeature>(this);
        features.Set<IConnectionTransportFeature>(this);
        features.Set<IConnectionItemsFeature>(this);
        features.Set<IMemoryPoolFeature>(this);
        features.Set<IConnectionLifetimeFeature>(this);
        features.Set<IConnectionSocketFeature>(this);
        features.Set<IConnectionThreadFeature>(this);
        return features;
    }
}
