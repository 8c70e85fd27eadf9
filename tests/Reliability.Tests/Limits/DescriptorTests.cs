using Support.Processes;

namespace Reliability.Tests.Limits;

/// <summary>
/// A server that may have few descriptors admits so few that some are left: a .NET process that has none at all may end, whatever its
/// transport.
/// </summary>
[Trait("Promise", "P8")]
public sealed class DescriptorTests
{
    [Fact]
    public async Task Clients_AboveTheLimit_WaitAndAreServedWhenOthersLeave()
    {
        const int Limit = 500;
        Assert.SkipUnless(ChildCommand.Find("prlimit") is not null, "prlimit is not installed.");
        await using var server = await LimitedHost.StartAsync(EchoProcess.Threads, ["prlimit", $"--nofile={Limit}:{Limit}"]);

        var (room, limit) = await server.RoomAsync();

        Assert.Equal("the limit of open files (ulimit -n)", limit);
        Assert.InRange(room, 10, Limit);
        await server.FillAndRecoverAsync(room, limit);
    }
}
