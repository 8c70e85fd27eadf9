using System.Diagnostics;
using PipeClient.Tests.Servers;

namespace PipeClient.Tests;

/// <summary>The built program, run as anybody runs it.</summary>
public sealed class ProcessTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public async Task Signal_DuringLoad_EndsItWithReport(string signal)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "sends signals");
        await using var server = TestServer.Start(Behaviour.NeverReplyAsync);
        using var client = Start("-n", "20", "--host", server.Target.ToString());
        try
        {
            Assert.Matches(@"^connected: 20 in", await client.StandardOutput.ReadLineAsync(Cancellation).AsTask().Bounded());
            using (var kill = Process.Start("kill", [$"-{signal}", $"{client.Id}"]))
            {
                await kill.WaitForExitAsync(Cancellation).Bounded();
            }

            var rest = await client.StandardOutput.ReadToEndAsync(Cancellation).Bounded();
            await client.WaitForExitAsync(Cancellation).Bounded();
            Assert.Equal(ExitCode.Interrupted, client.ExitCode);
            Assert.Contains("Max conc: 20\ntotal: 20\nconc: 0\n", rest, StringComparison.Ordinal);
            Assert.Equal("PipeClient: interrupted\n", await client.StandardError.ReadToEndAsync(Cancellation).Bounded());
        }
        finally
        {
            client.Kill();
        }
    }

    [Fact]
    public async Task ExitCode_OfGoodLoad_IsZero()
    {
        await using var server = TestServer.Start(Behaviour.EchoAsync);
        using var client = Start("-n", "5", "--host", server.Target.ToString());
        await client.WaitForExitAsync(Cancellation).Bounded();
        Assert.Equal(ExitCode.Ok, client.ExitCode);
    }

    /// <summary>By way of env, because children ignore the signals that the test runner was started to ignore.</summary>
    private static Process Start(params string[] arguments) =>
        Process.Start(new ProcessStartInfo(
            "env", ["--default-signal=INT", "dotnet", Path.Combine(AppContext.BaseDirectory, "PipeClient.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
}
