using Microsoft.AspNetCore.Connections;

namespace Support;

/// <summary>Connection handlers that several suites serve.</summary>
public static class Applications
{
    /// <summary>Sends back what comes, until the client ends its stream or the connection ends.</summary>
    public static async Task EchoAsync(ConnectionContext connection)
    {
        var (input, output) = (connection.Transport.Input, connection.Transport.Output);
        while (true)
        {
            var result = await input.ReadAsync();
            foreach (var segment in result.Buffer)
            {
                await output.WriteAsync(segment);
            }

            input.AdvanceTo(result.Buffer.End);
            if (result.IsCompleted || result.IsCanceled)
            {
                return;
            }
        }
    }
}
