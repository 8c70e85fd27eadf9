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

    [Fact]
    public async Task Progress_InATerminal_IsShownAndTakenAwayAgain()
    {
        const string script = "/usr/bin/script";
        Assert.SkipUnless(File.Exists(script), "needs script, which has a terminal to give");
        await using var server = TestServer.Start(Behaviour.EchoAsync);
        var program = Path.Combine(AppContext.BaseDirectory, "PipeClient.dll");
        var command = $"dotnet '{program}' -n 3 --messages 5 --hold 2s --host {server.Target}";
        using var client = Process.Start(new ProcessStartInfo(script, ["-qec", command, "/dev/null"])
        {
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
            Environment = { ["TERM"] = "xterm-256color", ["LANG"] = "C.UTF-8" },
        })!;
        try
        {
            var output = await client.StandardOutput.ReadToEndAsync(Cancellation).Bounded();
            await client.WaitForExitAsync(Cancellation).Bounded();
            Assert.Equal(ExitCode.Ok, client.ExitCode);
            Assert.Matches(@"(?s)hold .*3 of 3 .*Max conc: 3", output);
            const string eraseLine = "\e[2K";
            Assert.Contains(eraseLine, output, StringComparison.Ordinal);
            var report = output[output.LastIndexOf(eraseLine, StringComparison.Ordinal)..];
            Assert.Contains("Max conc: 3", report, StringComparison.Ordinal);
            Assert.DoesNotContain("second 1", output, StringComparison.Ordinal);
        }
        finally
        {
            client.Kill();
        }
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
