using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;

namespace ThreadTransport.Internal.Listening;

/// <summary>Binds endpoints to thread listeners. Runs on the thread that starts the server or reloads its configuration.</summary>
internal sealed class ThreadTransportFactory(IOptions<ThreadTransportOptions> options) : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    private readonly ThreadTransportOptions _options = options.Value;

    public bool CanBind(EndPoint endpoint) => _options.CanBind?.Invoke(endpoint) ?? true;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
        => throw new NotSupportedException(endpoint.ToString());
}
