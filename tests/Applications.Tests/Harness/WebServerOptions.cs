using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Applications.Tests.Harness;

/// <summary>What a test changes of its server.</summary>
internal sealed record WebServerOptions
{
    public Listening Listening { get; init; } = Listening.Http1;

    /// <summary>Instead of a free port on loopback.</summary>
    public EndPoint? EndPoint { get; init; }

    public Action<WebApplicationBuilder>? Builder { get; init; }

    public Action<KestrelServerOptions>? Kestrel { get; init; }

    public Action<ListenOptions>? BeforeTls { get; init; }

    public Action<HttpsConnectionAdapterOptions>? Https { get; init; }

    public Action<ListenOptions>? AfterTls { get; init; }
}
