using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Support.Processes;

namespace Applications.Tests.Clients;

/// <summary>A page in headless Chromium that fetches, opens a WebSocket, listens to events, and posts what it has seen.</summary>
public sealed class BrowserTests
{
    private const string Program = "chromium";

    private const string Page = """
        <!doctype html>
        <title>test</title>
        <script type="module">
        const seen = {};
        try {
            const response = await fetch("/fetch", { method: "POST", body: "x".repeat(300000) });
            seen.fetch = await response.text();
            seen.socket = await new Promise((resolve, reject) => {
                const socket = new WebSocket(location.origin.replace("http", "ws") + "/socket");
                socket.onopen = () => socket.send("question");
                socket.onmessage = message => { resolve(message.data); socket.close(); };
                socket.onerror = () => reject(new Error("the socket failed"));
            });
            seen.events = await new Promise((resolve, reject) => {
                const all = [];
                const events = new EventSource("/events");
                events.onmessage = message => {
                    all.push(message.data);
                    if (all.length == 3) { events.close(); resolve(all.join(" ")); }
                };
                events.onerror = () => reject(new Error("the events failed"));
            });
        } catch (error) {
            seen.error = String(error);
        }
        await fetch("/seen", { method: "POST", body: JSON.stringify(seen) });
        </script>
        """;

    [Theory, EveryServingTransport(Listening.Http1, Listening.Tls)]
    public async Task Page_FetchSocketAndEvents_AllWork(ITransport transport, Listening listening)
    {
        ClientProgram.SkipUnlessInstalled(Program);
        using var profile = new TemporaryFolder();
        var posted = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await WebServer.StartAsync(
            transport,
            app =>
            {
                app.UseWebSockets();
                app.Run(http => AnswerAsync(http, posted));
            },
            new WebServerOptions { Listening = listening });
        await using var browser = ChildProcess.Start(new ChildCommand(
            Program,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--ignore-certificate-errors",
            $"--user-data-dir={profile.Path}",
            $"{server.Address}"));

        var seen = JsonDocument.Parse(await posted.Task.Bounded()).RootElement;

        var protocol = listening == Listening.Http1 ? "HTTP/1.1" : "HTTP/2";
        Assert.False(seen.TryGetProperty("error", out var error), $"{error}");
        Assert.Equal($"300000 bytes over {protocol}", seen.GetProperty("fetch").GetString());
        Assert.Equal($"answer over {protocol}", seen.GetProperty("socket").GetString());
        Assert.Equal("1 2 3", seen.GetProperty("events").GetString());
    }

    private static async Task AnswerAsync(HttpContext http, TaskCompletionSource<string> posted)
    {
        switch (http.Request.Path.Value)
        {
            case "/":
                http.Response.ContentType = "text/html";
                await http.Response.WriteAsync(Page);
                break;
            case "/fetch":
                using (var body = new MemoryStream())
                {
                    await http.Request.Body.CopyToAsync(body);
                    await http.Response.WriteAsync($"{body.Length} bytes over {http.Request.Protocol}");
                }

                break;
            case "/socket":
                using (var socket = await http.WebSockets.AcceptWebSocketAsync())
                {
                    await socket.ReceiveAsync(new byte[100], default);
                    var answer = Encoding.UTF8.GetBytes($"answer over {http.Request.Protocol}");
                    await socket.SendAsync(answer, WebSocketMessageType.Text, endOfMessage: true, default);
                    await socket.ReceiveAsync(new byte[100], default);
                }

                break;
            case "/events":
                http.Response.ContentType = "text/event-stream";
                for (var i = 1; i <= 3; i++)
                {
                    await http.Response.WriteAsync($"data: {i}\n\n");
                    await http.Response.Body.FlushAsync();
                }

                await http.RequestAborted.CancelledAsync();
                break;
            case "/seen":
                using (var reader = new StreamReader(http.Request.Body))
                {
                    posted.TrySetResult(await reader.ReadToEndAsync());
                }

                break;
            default:
                http.Response.StatusCode = StatusCodes.Status404NotFound;
                break;
        }
    }
}
