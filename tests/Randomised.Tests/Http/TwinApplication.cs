using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Randomised.Tests.Http;

/// <summary>
/// Answers by nothing but the request, in every way in which applications treat bodies and connections. What it writes depends on
/// what arrived, not on how it was cut.
/// </summary>
internal static class TwinApplication
{
    private const int BlockSize = 64;

    /// <summary>Upgraded connections have no limits of Kestrel's.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(1.5);

    public static Task RunAsync(HttpContext context) => context.Request.Path.Value switch
    {
        "/echo" => EchoAsync(context, ReadBodyAsync),
        "/blocking" => EchoAsync(context, http => Task.FromResult(ReadBodyBlocking(http))),
        "/stream" => StreamAsync(context),
        "/ignore" => context.Response.WriteAsync("ignored"),
        "/early" => AnswerEarlyAsync(context),
        "/throw" => throw new InvalidDataException("The handler failed."),
        "/abort" => AbortAsync(context),
        "/close" => CloseAsync(context),
        "/short" => PromiseTooMuchAsync(context),
        "/empty" => Task.CompletedTask,
        "/upgrade" => UpgradeAsync(context),
        _ => NotFoundAsync(context),
    };

    private static async Task EchoAsync(HttpContext context, Func<HttpContext, Task<byte[]>> readBody)
    {
        var body = await readBody(context);
        var request = context.Request;
        var text = new StringBuilder()
            .AppendLine(CultureInfo.InvariantCulture, $"{request.Method} {request.Path}{request.QueryString} {request.Protocol}");
        foreach (var (name, values) in request.Headers.OrderBy(header => header.Key, StringComparer.OrdinalIgnoreCase))
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"{name}={values}");
        }

        if (request.CheckTrailersAvailable())
        {
            foreach (var (name, values) in context.Features.Get<IHttpRequestTrailersFeature>()!.Trailers)
            {
                text.AppendLine(CultureInfo.InvariantCulture, $"trailer {name}={values}");
            }
        }

        await context.Response.WriteAsync(text.ToString(), Encoding.Latin1);
        await context.Response.Body.WriteAsync(body);
    }

    private static async Task<byte[]> ReadBodyAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        return body.ToArray();
    }

    private static byte[] ReadBodyBlocking(HttpContext context)
    {
        using var body = new MemoryStream();
        context.Request.Body.CopyTo(body);
        return body.ToArray();
    }

    /// <summary>
    /// Writes each block as soon as it is full, while the next one is still to come. Not of a chunked body: Kestrel reads those
    /// ahead, and whether a wrong chunk is found before or after the answer has begun would be a matter of time.
    /// </summary>
    private static async Task StreamAsync(HttpContext context)
    {
        var body = context.Request.ContentLength is null ? new MemoryStream(await ReadBodyAsync(context)) : context.Request.Body;
        var block = new byte[BlockSize];
        int count;
        do
        {
            count = await body.ReadAtLeastAsync(block, block.Length, throwOnEndOfStream: false);
            await context.Response.Body.WriteAsync(block.AsMemory(0, count));
            await context.Response.Body.FlushAsync();
        }
        while (count == block.Length);
    }

    private static async Task AnswerEarlyAsync(HttpContext context)
    {
        await context.Response.WriteAsync("early");
        await context.Response.Body.FlushAsync();
        await context.Response.Body.WriteAsync(await ReadBodyAsync(context));
    }

    private static Task AbortAsync(HttpContext context)
    {
        context.Abort();
        return Task.CompletedTask;
    }

    private static Task CloseAsync(HttpContext context)
    {
        context.Response.Headers.Connection = "close";
        return context.Response.WriteAsync("closing");
    }

    private static Task PromiseTooMuchAsync(HttpContext context)
    {
        context.Response.ContentLength = 100;
        return context.Response.WriteAsync("less than that");
    }

    private static async Task UpgradeAsync(HttpContext context)
    {
        var upgrade = context.Features.Get<IHttpUpgradeFeature>();
        if (upgrade is null or { IsUpgradableRequest: false })
        {
            context.Response.StatusCode = StatusCodes.Status426UpgradeRequired;
            return;
        }

        context.Response.Headers.Upgrade = context.Request.Headers.Upgrade;
        await using var stream = await upgrade.UpgradeAsync();
        using var patience = new CancellationTokenSource(_patience);
        var block = new byte[BlockSize];
        try
        {
            int count;
            do
            {
                count = await stream.ReadAtLeastAsync(block, block.Length, throwOnEndOfStream: false, patience.Token);
                await stream.WriteAsync(block.AsMemory(0, count));
            }
            while (count == block.Length);
        }
        catch (OperationCanceledException)
        {
            // The client waits for the end.
        }
    }

    private static Task NotFoundAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }
}
