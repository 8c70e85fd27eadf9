using Microsoft.AspNetCore.Http;

namespace Applications.Tests.Clients;

/// <summary>What the foreign clients ask.</summary>
internal static class ClientApplication
{
    public static Task<WebServer> StartAsync(ITransport transport, Listening listening)
        => WebServer.StartAsync(transport, AnswerAsync, listening);

    public static async Task AnswerAsync(HttpContext http)
    {
        switch (http.Request.Path.Value)
        {
            case "/echo":
                await http.Request.Body.CopyToAsync(http.Response.Body);
                break;
            case "/trailer":
                await http.Request.Body.CopyToAsync(Stream.Null);
                http.Response.AppendTrailer("answer", $"{http.Request.GetTrailer("question")}, yes");
                await http.Response.WriteAsync("see below\n");
                break;
            case "/certificate":
                await http.Response.WriteAsync($"{http.Connection.ClientCertificate?.Subject ?? "none"}\n");
                break;
            default:
                await http.Response.WriteAsync($"{http.Request.Method} {http.Request.Path} {http.Request.Protocol}\n");
                break;
        }
    }
}
