using Microsoft.AspNetCore.Http;
using ThreadTransport.Internal.Connections;
using ThreadTransport.Internal.Threads;

namespace ThreadTransport.Internal.Hosting;

/// <summary>Goes on with a request on a dedicated thread. Called on whichever thread the request has got to.</summary>
internal sealed class ConnectionThreadMiddleware(RequestDelegate next, TransportServices services)
{
    public Task InvokeAsync(HttpContext context)
    {
        var thread = context.Features.Get<IConnectionThreadFeature>();
        if (thread is null || (thread is not BorrowedSwitch && !IsAloneOnItsConnection(context.Request.Protocol)))
        {
            services.Start();
            thread = new BorrowedSwitch(services.BorrowedByRequests, services.Options.StackSize);
            context.Features.Set(thread);
        }

        ThreadBoundBody.Bind(context, thread);
        return thread.IsCurrent ? next(context) : ReturnAndInvokeAsync(thread, context);
    }

    /// <summary>Later versions serve many requests at once, which may not wait for one another.</summary>
    private static bool IsAloneOnItsConnection(string protocol) => HttpProtocol.IsHttp11(protocol) || HttpProtocol.IsHttp10(protocol);

    private async Task ReturnAndInvokeAsync(IConnectionThreadFeature thread, HttpContext context)
    {
        await thread.ReturnAsync();
        await next(context);
    }
}
