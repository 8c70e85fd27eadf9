using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace KestrelAsyncEcho.Hosting;

/// <summary>The endpoints given to Kestrel, which knows their real ports once it has bound them.</summary>
internal sealed class BoundAddresses
{
    private readonly List<ListenOptions> _endpoints = [];

    public void Add(ListenOptions endpoint) => _endpoints.Add(endpoint);

    /// <summary>One line for each address. Programs wait for them; a change here is a change of interface.</summary>
    public void Write(TextWriter output)
    {
        foreach (var endpoint in _endpoints)
        {
            output.WriteLine($"Listening on {(endpoint.SocketPath is { } path ? $"unix:{path}" : endpoint.IPEndPoint)}");
        }

        output.Flush();
    }
}
