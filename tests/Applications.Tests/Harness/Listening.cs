namespace Applications.Tests.Harness;

/// <summary>What a test's server listens for.</summary>
public enum Listening
{
    /// <summary>HTTP/1.1 without TLS.</summary>
    Http1,

    /// <summary>HTTP/2 without TLS: the client has to know.</summary>
    Http2,

    /// <summary>HTTP/1.1 and HTTP/2 over TLS, chosen by ALPN.</summary>
    Tls,
}
