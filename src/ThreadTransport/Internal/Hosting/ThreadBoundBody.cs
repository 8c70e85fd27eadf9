using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace ThreadTransport.Internal.Hosting;

/// <summary>
/// A request's body whose reads end on the request's thread. Over TLS and on HTTP/2 and HTTP/3 they end on the pool, and frameworks
/// read the body before they call the application: an action with a JSON parameter, or a gRPC method, would be on the pool from its
/// first line.
/// </summary>
#pragma warning disable CA1001 // The stream holds nothing; the one below it is the server's.
internal sealed class ThreadBoundBody : IRequestBodyPipeFeature
#pragma warning restore CA1001
{
    private readonly HttpContext _context;
    private readonly ThreadBoundReader _reader;
    private readonly ThreadBoundStream _stream;
    private RequestBodyPipeFeature? _replaced;

    private ThreadBoundBody(HttpContext context, IConnectionThreadFeature thread)
    {
        _context = context;
        _reader = new ThreadBoundReader(context.Request.BodyReader, thread);
        _stream = new ThreadBoundStream(context.Request.Body, thread);
    }

    /// <summary>Of whatever the body is: middleware may have put another stream in its place meanwhile.</summary>
    public PipeReader Reader => ReferenceEquals(_context.Request.Body, _stream)
        ? _reader
        : (_replaced ??= new RequestBodyPipeFeature(_context)).Reader;

    /// <summary>Once for each request that may have a body.</summary>
    public static void Bind(HttpContext context, IConnectionThreadFeature thread)
    {
        if (context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false }
            || context.Features.Get<IRequestBodyPipeFeature>() is ThreadBoundBody)
        {
            return;
        }

        var body = new ThreadBoundBody(context, thread);
        context.Request.Body = body._stream;
        context.Features.Set<IRequestBodyPipeFeature>(body);
    }
}
