using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using ThreadTransport.Internal.Connections;

namespace ThreadTransport.Internal.Hosting;

/// <summary>
/// A pipeline in which each middleware's <c>next</c> leads back to the request's thread first, wherever the middleware has hopped
/// to. So even what the framework puts before the application, such as routing, whose first requests wait for it together, can't
/// leave the endpoint on the pool.
/// </summary>
internal sealed class ThreadBoundApplicationBuilder(IApplicationBuilder inner, TransportServices services) : IApplicationBuilder
{
    public IServiceProvider ApplicationServices
    {
        get => inner.ApplicationServices;
        set => inner.ApplicationServices = value;
    }

    public IFeatureCollection ServerFeatures => inner.ServerFeatures;

    public IDictionary<string, object?> Properties => inner.Properties;

    public IApplicationBuilder Use(Func<RequestDelegate, RequestDelegate> middleware)
    {
        inner.Use(next => middleware(new ConnectionThreadMiddleware(next, services).InvokeAsync));
        return this;
    }

    public IApplicationBuilder New() => new ThreadBoundApplicationBuilder(inner.New(), services);

    public RequestDelegate Build() => inner.Build();
}
