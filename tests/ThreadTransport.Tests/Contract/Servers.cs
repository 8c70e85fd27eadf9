using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Support;

namespace ThreadTransport.Tests.Contract;

/// <summary>HTTP servers with and without something between the transport and Kestrel.</summary>
internal static class Servers
{
    public const string Plain = "plain";
    public const string PassThrough = "pass-through";

    /// <param name="transport">The transport under test.</param>
    /// <param name="middleware">Says whether a pass-through stands between, by its last word.</param>
    /// <param name="application">What answers.</param>
    /// <param name="configure">The transport's settings.</param>
    /// <param name="limits">Kestrel's own.</param>
    public static Task<KestrelHarness> StartAsync(
        ITransport transport,
        string middleware,
        RequestDelegate application,
        Action<TransportSettings>? configure = null,
        Action<KestrelServerLimits>? limits = null)
        => KestrelHarness.StartHttpAsync(transport, application, configure, configureListen: listen =>
        {
            limits?.Invoke(listen.KestrelServerOptions.Limits);
            if (middleware.EndsWith(PassThrough, StringComparison.Ordinal))
            {
                listen.UsePassThrough();
            }
        });
}
