using Support;
using Support.Processes;

namespace Reliability.Tests;

/// <summary>A server that has no descriptor left for a client goes on, and serves that client when it has one.</summary>
[Trait("Promise", "P8")]
public class DescriptorTests
{
    [Fact]
    public async Task Client_ThatComesWhileThereIsNoDescriptor_IsServedWhenThereIsOne()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Limits of another process can be changed on Linux only.");
        await using var server = await EchoProcess.StartAsync(EchoProcess.Threads);
        using var early = await server.ConnectAsync();
        await early.AssertEchoesAsync("before");
        var limit = server.ExchangeDescriptorLimit(1);

        using var late = await server.ConnectAsync();
        await TestTimeout.EventuallyAsync(
            () => server.Error.Contains("no connection could be accepted", StringComparison.Ordinal), "the server says so");
        await early.AssertEchoesAsync("meanwhile");
        server.ExchangeDescriptorLimit(limit);

        await late.AssertEchoesAsync("after");
        using var later = await server.ConnectAsync();
        await later.AssertEchoesAsync("later");
        Assert.Equal(0, (await server.StopAsync()).Code);
    }
}
