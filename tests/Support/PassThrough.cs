using System.IO.Pipelines;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Support;

/// <summary>Connection middleware that only puts itself between: Kestrel gets other pipes than the transport's, as with TLS.</summary>
public static class PassThrough
{
    public static void UsePassThrough(this ListenOptions listen) => listen.Use(next => async connection =>
    {
        var transport = connection.Transport;
        var input = PipeReader.Create(transport.Input.AsStream(leaveOpen: true));
        var output = PipeWriter.Create(transport.Output.AsStream(leaveOpen: true));
        connection.Transport = new Pipes(input, output);
        try
        {
            await next(connection);
        }
        finally
        {
            connection.Transport = transport;
            await output.CompleteAsync();
            await input.CompleteAsync();
        }
    });

    private sealed class Pipes(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input => input;

        public PipeWriter Output => output;
    }
}
