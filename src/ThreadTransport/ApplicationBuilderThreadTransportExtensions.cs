using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using ThreadTransport;
using ThreadTransport.Internal.Hosting;
using ThreadTransport.Internal.Listening;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Puts HTTP requests on dedicated threads.</summary>
public static class ApplicationBuilderThreadTransportExtensions
{
    /// <summary>
    /// Runs the rest of the HTTP pipeline on a dedicated thread, so that blocking there costs nobody else: on HTTP/1.x over the
    /// thread transport on the connection's own thread, whatever has hopped to the pool before (TLS, routing, other middleware);
    /// on HTTP/2 and HTTP/3, and on endpoints of other transports, on a thread that is borrowed for each request. Reads of
    /// the request's body end on that thread too, so that an endpoint with a parameter from the body, or a gRPC method, starts there.
    /// Put it after middleware that awaits, and
    /// before what may block. Does nothing where <see cref="ThreadTransportOptions.Enabled"/> is off.
    /// </summary>
    /// <param name="app">The pipeline.</param>
    /// <returns>The same <paramref name="app"/>.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="app"/> is null.</exception>
    /// <exception cref="InvalidOperationException"><c>UseThreadTransport</c> has not been called on the application's host.</exception>
    public static IApplicationBuilder UseConnectionThread(this IApplicationBuilder app)
    {
        ArgumentNullException.ThrowIfNull(app);
        var factory = app.ApplicationServices.GetServices<IConnectionListenerFactory>().OfType<ThreadTransportFactory>().FirstOrDefault()
            ?? throw new InvalidOperationException(
                "app.UseConnectionThread() needs the thread transport. Call builder.WebHost.UseThreadTransport() where the host is built.");
        return factory.Services.Options.Enabled
            ? app.Use(next => new ConnectionThreadMiddleware(next, factory.Services).InvokeAsync)
            : app;
    }
}
