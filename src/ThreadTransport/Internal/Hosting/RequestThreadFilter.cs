using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Options;
using ThreadTransport.Internal.Listening;

namespace ThreadTransport.Internal.Hosting;

/// <summary>Puts <c>app.UseConnectionThread()</c> before everything else, and between, where the options ask for it.</summary>
internal sealed class RequestThreadFilter(IOptions<ThreadTransportOptions> options, IEnumerable<IConnectionListenerFactory> factories)
    : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        if (options.Value is { Enabled: true, UseConnectionThread: true })
        {
            app.UseConnectionThread();
            app = new ThreadBoundApplicationBuilder(app, factories.OfType<ThreadTransportFactory>().First().Services);
        }

        next(app);
    };
}
