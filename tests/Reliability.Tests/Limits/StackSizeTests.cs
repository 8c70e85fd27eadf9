using Support;
using Support.Processes;

namespace Reliability.Tests.Limits;

/// <summary>What is reserved for a stack is not used, and so any size serves.</summary>
public sealed class StackSizeTests
{
    [Theory]
    [InlineData("64KB")]
    [InlineData("192KB")]
    [InlineData("256KB")]
    [InlineData("1.5MB")]
    [InlineData("8MB")]
    [InlineData("64MB")]
    public async Task Stack_OfEachAllowedSize_ServesAHundred(string size)
    {
        await using var server = await LimitedHost.StartAsync(EchoProcess.Threads, [], "--stack-size", size);

        var clients = await server.ServeAsync(100);

        foreach (var client in clients)
        {
            await client.AssertEchoesAsync("still");
            client.Dispose();
        }

        var exit = await server.EndsWellAsync();
        Assert.Equal(size == "64KB", exit.Error.Contains("A stack of 64KB leaves little room", StringComparison.Ordinal));
    }
}
