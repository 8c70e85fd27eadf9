using Compare.Load;
using Compare.Servers;

namespace Compare.Scenarios;

/// <summary>Small answers at once: what threads must not lose where nothing blocks.</summary>
internal static class HttpScenarios
{
    private const string Text = "Hello, World!";
    private const string Json = """{"message":"Hello, World!"}""";

    public static Scenario Http { get; } = new(
        "http", "plaintext and JSON over HTTP/1.1, keep-alive, with and without TLS", settings =>
        [
            .. (settings.Connections is { } only ? [only] : (int[])[64, 512]).SelectMany(connections => new[]
            {
                Create("plaintext", "/plaintext", Text, connections, isEncrypted: false) with { IsQuick = connections == 64 },
                Create("JSON", "/json", Json, connections, isEncrypted: false),
                Create("plaintext over TLS", "/plaintext", Text, connections, isEncrypted: true),
            }),
        ]);

    private static Case Create(string words, string path, string expect, int connections, bool isEncrypted) => new(
        $"{words}, {EchoScenarios.Connections(connections)}",
        isEncrypted ? ServerRole.SecureWeb : ServerRole.Web,
        new SteadyLoad(connections, (context, count) => Clients.Http(context, count, path, expect, isEncrypted)));
}
