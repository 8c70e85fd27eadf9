using System.Net;

namespace Blocking;

/// <summary>One HTTP/2 connection, by the framework's client; its requests share it.</summary>
internal sealed class HttpClientConnection(int port) : IConnection
{
    private readonly Uri _address = new($"http://127.0.0.1:{port}{SleepServer.Path}");

    private readonly HttpClient _client = new(new SocketsHttpHandler { MaxConnectionsPerServer = 1, UseProxy = false, UseCookies = false })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    public async Task<string?> RequestAsync(CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, _address)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        using var response = await _client.SendAsync(request, cancellationToken);
        var body = await response.Content.ReadAsStringAsync(cancellationToken);
        return response.IsSuccessStatusCode && body == "ok" ? null : $"answered {(int)response.StatusCode} \"{body}\"";
    }

    public void Dispose() => _client.Dispose();
}
