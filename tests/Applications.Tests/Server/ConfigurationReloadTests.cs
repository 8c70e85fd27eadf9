using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;

namespace Applications.Tests.Server;

/// <summary>Endpoints that come and go with the configuration, while the server runs.</summary>
public sealed class ConfigurationReloadTests
{
    private static readonly string[] _names = ["Stays", "Goes", "Comes"];

    [Theory, EveryTransport]
    [Trait("Contract", "L16")]
    public async Task Reload_OneEndpointChanged_TheOthersAreLeftAlone(ITransport transport)
    {
        var configuration = new Settings();
        var endpoints = new Dictionary<string, ListenOptions>();
        configuration.Change(("Stays", "http://127.0.0.1:0"), ("Goes", "http://127.0.0.1:0"));
        await using var server = await WebServer.StartAsync(
            transport,
            http => http.Response.WriteAsync(http.Connection.Id),
            new WebServerOptions
            {
                Kestrel = kestrel =>
                {
                    var loader = kestrel.Configure(configuration.Root.GetSection("Kestrel"), reloadOnChange: true);
                    foreach (var name in _names)
                    {
                        loader.Endpoint(name, endpoint =>
                        {
                            lock (endpoints)
                            {
                                endpoints[name] = endpoint.ListenOptions;
                            }
                        });
                    }
                },
            });
        using var client = new HttpClient();
        var stays = await client.GetStringAsync(Address("Stays")).Bounded();
        using var gone = await TestClient.ConnectAsync(endpoints["Goes"].EndPoint);

        configuration.Change(("Stays", "http://127.0.0.1:0"), ("Comes", "http://127.0.0.1:0"));

        // An idle connection to the endpoint that went is ended, and nobody listens there any more.
        Assert.Empty(await gone.ReceiveToEndAsync());
        await Assert.ThrowsAnyAsync<SocketException>(() => TestClient.ConnectAsync(endpoints["Goes"].EndPoint));
        await TestTimeout.UntilAsync(async () => await TryGetAsync("Comes"), "the new endpoint serves");

        // The same connection as before.
        Assert.Equal(stays, await client.GetStringAsync(Address("Stays")).Bounded());

        async Task<bool> TryGetAsync(string name)
        {
            lock (endpoints)
            {
                if (!endpoints.TryGetValue(name, out var listen) || ((IPEndPoint)listen.EndPoint).Port == 0)
                {
                    return false;
                }
            }

            await client.GetStringAsync(Address(name));
            return true;
        }

        Uri Address(string name)
        {
            lock (endpoints)
            {
                return new Uri($"http://{endpoints[name].EndPoint}/");
            }
        }
    }

    /// <summary>A configuration that the test changes.</summary>
    private sealed class Settings : ConfigurationProvider, IConfigurationSource
    {
        public Settings() => Root = new ConfigurationBuilder().Add(this).Build();

        public IConfigurationRoot Root { get; }

        public IConfigurationProvider Build(IConfigurationBuilder builder) => this;

        public void Change(params (string Name, string Url)[] endpoints)
        {
            Data = endpoints.ToDictionary(
                endpoint => $"Kestrel:Endpoints:{endpoint.Name}:Url",
                string? (endpoint) => endpoint.Url,
                StringComparer.OrdinalIgnoreCase);
            OnReload();
        }
    }
}
