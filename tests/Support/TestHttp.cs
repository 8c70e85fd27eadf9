using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace Support;

/// <summary>HTTP clients for a server that a test started, whatever kind of endpoint it listens on.</summary>
public static class TestHttp
{
    /// <param name="endPoint">Where every request goes, whatever host its address names.</param>
    /// <param name="trusted">The one certificate that the server may show.</param>
    public static HttpClient CreateClient(EndPoint endPoint, X509Certificate2? trusted = null) => new(new SocketsHttpHandler
    {
        UseProxy = false,
        SslOptions = { RemoteCertificateValidationCallback = (_, shown, _, _) => trusted?.Equals(shown) == true },
        ConnectCallback = async (_, cancellation) =>
        {
            var protocol = endPoint is IPEndPoint ? ProtocolType.Tcp : ProtocolType.Unspecified;
            var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, protocol);
            await socket.ConnectAsync(endPoint, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        },
    });
}
