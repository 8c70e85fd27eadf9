using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Options;

namespace ThreadTransport.Internal.Hosting;

/// <summary>Puts <c>app.UseConnectionThread()</c> before everything else where the options ask for it.</summary>
internal sealed class RequestThreadFilter(IOptions<ThreadTransportOptions> options) : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        if (options.Value is { Enabled: true, UseConnectionThread: true })
        {
            app.UseConnectionThread();
        }

        next(app);
    };
}
