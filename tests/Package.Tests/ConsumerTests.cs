using Support;
using Support.Processes;

namespace Package.Tests;

/// <summary>What a new application gets of the package, with a line and without one.</summary>
[Collection(nameof(Packed))]
public sealed class ConsumerTests(Consumers consumers) : IClassFixture<Consumers>
{
    private static readonly (string Name, string Value) _startup = ("ASPNETCORE_HOSTINGSTARTUPASSEMBLIES", "ThreadTransport");
    private static readonly (string Name, string Value) _disabled = ("ThreadTransport__Enabled", "false");

    [Fact]
    public async Task UseThreadTransport_Called_ServesOnTheConnectionsThread()
        => Assert.Equal("its own", await AskAsync(consumers.Command("Calls")));

    [Fact]
    public async Task UseThreadTransport_CalledAndDisabled_ServesOnThePool()
        => Assert.Equal("pool", await AskAsync(consumers.Command("Calls", _disabled)));

    [Fact]
    public async Task HostingStartup_NamedInTheEnvironment_ServesOnTheConnectionsThread()
        => Assert.Equal("its own", await AskAsync(consumers.Command("References", _startup)));

    [Fact]
    public async Task HostingStartup_NamedAndDisabled_ServesOnThePool()
        => Assert.Equal("pool", await AskAsync(consumers.Command("References", _startup, _disabled)));

    [Fact]
    public async Task Package_OnlyReferenced_ChangesNothing()
        => Assert.Equal("pool", await AskAsync(consumers.Command("References")));

    /// <summary>
    /// Where it serves the second request of a connection: the first may be served where the connection is set up. Of a server that has
    /// served others: while its code is compiled, a handler takes so long that it counts as one that stays away.
    /// </summary>
    private static async Task<string> AskAsync(ChildCommand command)
    {
        const string listening = "      Now listening on: ";
        await using var child = ChildProcess.Start(command);
        var url = new Uri((await child.WaitForLineAsync(listening))[listening.Length..]);
        for (var i = 0; i < 10; i++)
        {
            using var other = new HttpClient();
            await other.GetStringAsync(url).Bounded();
            await other.GetStringAsync(url).Bounded();
        }

        using var client = new HttpClient();
        await client.GetStringAsync(url).Bounded();
        return await client.GetStringAsync(url).Bounded();
    }
}
