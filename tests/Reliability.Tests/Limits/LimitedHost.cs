using System.Globalization;
using System.Text.RegularExpressions;
using Support;
using Support.Processes;

namespace Reliability.Tests.Limits;

/// <summary>The echo host as a child process that a limit of the system binds, and what happens to it at that limit.</summary>
internal static partial class LimitedHost
{
    /// <param name="transport">Which transport.</param>
    /// <param name="wrapper">A program that sets limits and becomes the one that its arguments name; none for no limits.</param>
    /// <param name="arguments">For the host.</param>
    public static Task<EchoProcess> StartAsync(string transport, string[] wrapper, params IEnumerable<string> arguments)
    {
        string[] verbosity = arguments.Contains("--verbosity") ? [] : ["--verbosity", "information"];
        var host = EchoProcess.Command(["--transport", transport, "--port", "0", .. verbosity, .. arguments]);
        return EchoProcess.StartAsync(
            wrapper is [var program, .. var own]
                ? new ChildCommand(program, [.. own, host.FileName, .. host.Arguments]) { WorkingDirectory = host.WorkingDirectory }
                : host);
    }

    /// <summary>How many connections it says it has room for, and what it says sets that.</summary>
    public static async Task<(int Connections, string Limit)> RoomAsync(this EchoProcess server)
    {
        var room = Match.Empty;
        await TestTimeout.EventuallyAsync(() => (room = Room().Match(server.Error)).Success, "the server says for how many it has room");
        return (int.Parse(room.Groups[1].Value, CultureInfo.InvariantCulture), room.Groups[2].Value);
    }

    /// <summary>So many clients, each of which has been served.</summary>
    public static async Task<List<TestClient>> ServeAsync(this EchoProcess server, int count)
    {
        var clients = new List<TestClient>(count);
        for (var i = 0; i < count; i++)
        {
            var client = await server.ConnectAsync();
            clients.Add(client);
            await client.AssertEchoesAsync("hello");
        }

        return clients;
    }

    /// <summary>
    /// Fills the server, has more clients wait, and sees that those it admitted are served all the time, the others as soon as there is
    /// room, and that it ends as it should.
    /// </summary>
    /// <param name="server">The server.</param>
    /// <param name="room">For so many connections.</param>
    /// <param name="limit">What it says sets that.</param>
    public static async Task FillAndRecoverAsync(this EchoProcess server, int room, string limit)
    {
        const int Late = 5;
        var served = await server.ServeAsync(room);
        var late = await Task.WhenAll(Enumerable.Range(0, Late).Select(_ => server.ConnectAsync()));
        foreach (var client in late)
        {
            await client.SendAsync("late");
        }

        await server.LogsAsync($"Full with {room} connections, set by {limit}.");
        foreach (var client in served)
        {
            await client.AssertEchoesAsync("still");
        }

        Assert.All(late, client => Assert.Equal(0, client.Socket.Available));
        foreach (var client in served.Take(Late))
        {
            client.Dispose();
        }

        foreach (var client in late)
        {
            Assert.Equal("late", await client.ReceiveTextAsync(4));
        }

        foreach (var client in served.Skip(Late).Concat(late))
        {
            await client.AssertEchoesAsync("at last");
            client.Dispose();
        }

        foreach (var client in await server.ServeAsync(room))
        {
            client.Dispose();
        }

        await server.EndsWellAsync();
    }

    public static Task LogsAsync(this EchoProcess server, string words) => TestTimeout.EventuallyAsync(
        () => server.Error.Contains(words, StringComparison.Ordinal), $"the server logs \"{words}\"");

    /// <summary>Stops it, and sees that it was never worse off than full.</summary>
    public static async Task<ChildExit> EndsWellAsync(this EchoProcess server)
    {
        var exit = await server.StopAsync();
        Assert.Equal(0, exit.Code);
        Assert.DoesNotContain("No thread for", exit.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", exit.Error, StringComparison.Ordinal);
        Assert.Contains("Now: 0", exit.OutputLines);
        return exit;
    }

    [GeneratedRegex(@"Room for (\d+) connections, set by (.*?)\.( For twice as many: .*)?\n")]
    private static partial Regex Room();
}
