using System.Globalization;
using Support;
using Support.Processes;

namespace Reliability.Tests.Limits;

/// <summary>
/// At the size that the limits of an ordinary machine have. They take minutes, all of a machine with 8 GB of free memory and 20,000
/// descriptors for a process, and so run only where <c>THREADTRANSPORT_FULL_SIZE=1</c> says so.
/// </summary>
[Trait("Promise", "P8"), Trait("Size", "Full")]
public sealed class FullSizeTests
{
    private const int TenThousand = 10_000;

    private static readonly TimeSpan _bound = TimeSpan.FromMinutes(3);

    public static TheoryData<string> Transports => EchoProcess.Transports;

    /// <summary>17,000 clients want in, and the memory maps are enough for fewer threads.</summary>
    [Fact]
    public async Task MemoryMaps_AtTheirUsualNumber_AreNotUsedUpBySeventeenThousandClients()
    {
        SkipUnlessWanted();
        const int Each = 8500;
        await using var server = await LimitedHost.StartAsync(EchoProcess.Threads, [], "--shutdown-timeout", "30");
        var (room, limit) = await server.RoomAsync();
        Assert.SkipUnless(limit == "vm.max_map_count" && room < 2 * Each, $"Another limit is lower here: {limit}, {room} connections.");

        // The second half gets in as far as there is room, and the rest of it when the first has left.
        await using var first = ChildProcess.Start(Client(server, Each, "--rounds", "1", "--hold", "20s"));
        await first.WaitForLineAsync("round 1");
        await using var second = ChildProcess.Start(Client(server, Each, "--connect-timeout", "120s", "--echo-timeout", "120s"));
        await server.LogsAsync($"Full with {room} connections, set by {limit}.");
        var threads = Threads(server);
        var maps = File.ReadLines($"/proc/{server.Id}/maps").Count();

        Assert.Equal(0, (await first.WaitForExitAsync(_bound)).Code);
        Assert.Equal(0, (await second.WaitForExitAsync(_bound)).Code);
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"room for {room}; full with {threads} threads and {maps} maps\n{first.Output}\n{second.Output}\n{server.Error}");
        TestContext.Current.TestOutputHelper.WriteLine((await server.EndsWellAsync()).Output);
    }

    [Theory, MemberData(nameof(Transports))]
    public async Task TenThousandPeers_ThatNeverRead_StayWithinTheBudget(string transport)
    {
        SkipUnlessWanted();
        await using var server = await LimitedHost.StartAsync(transport, [], "--shutdown-timeout", "5");
        var clients = new List<TestClient>();
        for (var i = 0; i < TenThousand; i++)
        {
            clients.Add(await server.ConnectAsync(receiveBufferSize: 4096));
        }

        // More than the way to the client and back holds, less than the server takes in.
        var block = new byte[192 * 1024];
        await Parallel.ForEachAsync(clients, async (client, _) => await client.SendAsync(block));
        using var other = await server.ConnectAsync();
        await other.AssertEchoesAsync("hello");

        var exit = await EndAsync(server);
        clients.ForEach(client => client.Dispose());
        TestContext.Current.TestOutputHelper!.WriteLine(exit.Output);
    }

    [Theory, MemberData(nameof(Transports))]
    public async Task Stop_WhichCancelsTenThousandReads_StaysWithinTheBudget(string transport)
    {
        SkipUnlessWanted();
        await using var server = await LimitedHost.StartAsync(transport, []);
        var clients = await server.ServeAsync(TenThousand);
        var threads = Threads(server);

        var exit = await EndAsync(server);

        foreach (var client in clients)
        {
            Assert.Empty(await client.ReceiveToEndAsync());
            client.Dispose();
        }

        TestContext.Current.TestOutputHelper!.WriteLine($"threads before the stop: {threads}\n{exit.Output}");
    }

    [Theory]
    [InlineData("64KB")]
    [InlineData("1.5MB")]
    [InlineData("64MB")]
    public async Task Stack_OfEachAllowedSize_ServesTenThousand(string size)
    {
        SkipUnlessWanted();
        await using var server = await LimitedHost.StartAsync(EchoProcess.Threads, [], "--stack-size", size);

        var client = await ChildProcess.RunAsync(Client(server, TenThousand, "--rounds", "3"), _bound);

        Assert.Equal(0, client.Code);
        var exit = await EndAsync(server);
        TestContext.Current.TestOutputHelper!.WriteLine($"{client.Output}\n{exit.Output}");
    }

    private static void SkipUnlessWanted() => Assert.SkipUnless(
        Environment.GetEnvironmentVariable("THREADTRANSPORT_FULL_SIZE") == "1", "Only with THREADTRANSPORT_FULL_SIZE=1.");

    private static ChildCommand Client(EchoProcess server, int connections, params IEnumerable<string> arguments) => ChildCommand.Dotnet(
        Path.Combine(AppContext.BaseDirectory, "PipeClient.dll"),
        ["-n", connections.ToString(CultureInfo.InvariantCulture), "--host", server.Address, .. arguments]);

    private static async Task<ChildExit> EndAsync(EchoProcess server)
    {
        var began = TimeProvider.System.GetTimestamp();
        var exit = await server.EndsWellAsync();
        TestContext.Current.TestOutputHelper!.WriteLine($"stopped in {TimeProvider.System.GetElapsedTime(began).TotalSeconds:0.0} s");
        return exit;
    }

    private static int Threads(EchoProcess server) => Directory.GetDirectories($"/proc/{server.Id}/task").Length;
}
