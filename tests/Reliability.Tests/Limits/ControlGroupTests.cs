using Support;
using Support.Processes;

namespace Reliability.Tests.Limits;

/// <summary>The limits of a container.</summary>
[Trait("Promise", "P8")]
public sealed class ControlGroupTests
{
    [Fact]
    public async Task Tasks_Limited_ClientsAboveItWaitAndAreServedWhenOthersLeave()
    {
        using var group = TestControlGroup.Create("pids");
        group.MaxTasks = 200;
        await using var server = await LimitedHost.StartAsync(EchoProcess.Threads, group.Wrapper);

        var (room, limit) = await server.RoomAsync();

        Assert.Equal("the control group's pids.max", limit);
        Assert.InRange(room, 10, 200);
        await server.FillAndRecoverAsync(room, limit);
    }

    [Fact]
    public async Task Memory_Limited_IsEnoughForAllThatAreAdmitted()
    {
        const int Message = 16 * 1024;
        using var group = TestControlGroup.Create("memory");
        group.MaxMemory = 128 * 1024 * 1024;
        await using var server = await LimitedHost.StartAsync(EchoProcess.Threads, group.Wrapper);
        var (room, limit) = await server.RoomAsync();
        Assert.Equal("the control group's memory limit", limit);
        Assert.InRange(room, 100, 2000);

        // Stacks that have been used, buffers in the pipes and in the sockets: all at once, not only connections that wait.
        var clients = await Task.WhenAll(Enumerable.Range(0, room - 10).Select(_ => server.ConnectAsync()));
        var block = new byte[Message];
        for (var round = 0; round < 3; round++)
        {
            await Task.WhenAll(clients.Select(client => client.SendAsync(block)));
            await Task.WhenAll(clients.Select(client => client.ReceiveExactlyAsync(Message)));
        }

        Array.ForEach(clients, client => client.Dispose());
        await TestTimeout.UntilAsync(
            async () =>
            {
                using var next = await server.ConnectAsync();
                await next.AssertEchoesAsync("after");
                return true;
            },
            "the next client is served");
        await server.EndsWellAsync();
        Assert.Equal(0, group.Kills);
    }
}
