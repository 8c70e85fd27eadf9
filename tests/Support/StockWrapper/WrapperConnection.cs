using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;

namespace Support.StockWrapper;

/// <summary>A stock connection whose reader posts to a thread. The thread ends once the connection is disposed of.</summary>
internal sealed class WrapperConnection : ConnectionContext
{
    private readonly ConnectionContext _stock;
    private readonly ParkedThread _thread;

    public WrapperConnection(ConnectionContext stock)
    {
        _stock = stock;
        _thread = new ParkedThread($"wrapper {stock.ConnectionId}");
        stock.Transport = new Pipes(new PostingReader(stock.Transport.Input, _thread), stock.Transport.Output);
    }

    public override string ConnectionId { get => _stock.ConnectionId; set => _stock.ConnectionId = value; }

    public override IFeatureCollection Features => _stock.Features;

    public override IDictionary<object, object?> Items { get => _stock.Items; set => _stock.Items = value; }

    public override IDuplexPipe Transport { get => _stock.Transport; set => _stock.Transport = value; }

    public override CancellationToken ConnectionClosed { get => _stock.ConnectionClosed; set => _stock.ConnectionClosed = value; }

    public override EndPoint? LocalEndPoint { get => _stock.LocalEndPoint; set => _stock.LocalEndPoint = value; }

    public override EndPoint? RemoteEndPoint { get => _stock.RemoteEndPoint; set => _stock.RemoteEndPoint = value; }

    public override void Abort() => _stock.Abort();

    public override void Abort(ConnectionAbortedException abortReason) => _stock.Abort(abortReason);

    public override async ValueTask DisposeAsync()
    {
        await _stock.DisposeAsync();
        _thread.End();
        await base.DisposeAsync();
    }

    private sealed class Pipes(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input => input;

        public PipeWriter Output => output;
    }
}
