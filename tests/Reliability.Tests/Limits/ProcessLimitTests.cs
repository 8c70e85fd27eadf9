using Support;
using Support.Processes;

namespace Reliability.Tests.Limits;

/// <summary><c>ulimit -u</c>: how many tasks a user may have, threads included.</summary>
[Trait("Promise", "P8")]
public sealed class ProcessLimitTests
{
    private const int Limit = 200;
    private const string Name = "the limit of processes (ulimit -u)";

    public static TheoryData<string> Transports => EchoProcess.Transports;

    [Fact]
    public async Task Clients_AboveTheLimit_WaitAndAreServedWhenOthersLeave()
    {
        var user = await UnprivilegedUser.FindAsync();
        await using var server = await LimitedHost.StartAsync(EchoProcess.Threads, user.With(Limit));

        var (room, limit) = await server.RoomAsync();

        Assert.Equal(Name, limit);
        Assert.InRange(room, 10, Limit);
        await server.FillAndRecoverAsync(room, limit);
    }

    [Fact]
    public async Task MaxConnections_AboveTheLimit_IsWarnedOf_AndTheLimitHolds()
    {
        var user = await UnprivilegedUser.FindAsync();
        await using var server = await LimitedHost.StartAsync(
            EchoProcess.Threads, user.With(Limit), "--max-connections", "5000");

        var (room, limit) = await server.RoomAsync();

        await server.LogsAsync($"ThreadTransport:MaxConnections is 5000, but {limit} leaves room for {room}, and that holds.");
        await server.LogsAsync("LimitNPROC=");
        await server.FillAndRecoverAsync(room, limit);
    }

    /// <summary>Their connections are split, and what the flood of them brings is to be served within the limit too.</summary>
    [Theory, MemberData(nameof(Transports))]
    public async Task Peers_ThatNeverRead_AsManyAsThereIsRoomFor_StayWithinIt(string transport)
    {
        var user = await UnprivilegedUser.FindAsync();
        await using var server = await LimitedHost.StartAsync(transport, user.With(Limit), "--shutdown-timeout", "0.5");
        var room = transport == EchoProcess.Threads ? (await server.RoomAsync()).Connections : Limit;
        var clients = await Task.WhenAll(Enumerable.Range(0, room - 1).Select(_ => server.ConnectAsync(receiveBufferSize: 4096)));

        await Task.WhenAll(clients.Select(client => client.SendUntilStuckAsync()));

        using var other = await server.ConnectAsync();
        await other.AssertEchoesAsync("hello");
        await server.EndsWellAsync();
        Array.ForEach(clients, client => client.Dispose());
    }

    [Theory, MemberData(nameof(Transports))]
    public async Task Stop_WhileAsManyWaitAsThereIsRoomFor_EndsAllWithinIt(string transport)
    {
        var user = await UnprivilegedUser.FindAsync();
        await using var server = await LimitedHost.StartAsync(transport, user.With(Limit));
        var room = transport == EchoProcess.Threads ? (await server.RoomAsync()).Connections : Limit;
        var clients = await server.ServeAsync(room);

        await server.EndsWellAsync();

        foreach (var client in clients)
        {
            Assert.Empty(await client.ReceiveToEndAsync());
            client.Dispose();
        }
    }
}
