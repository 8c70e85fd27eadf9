using System.Text.Json;
using Support.Processes;

namespace Compare.Tests;

public sealed class EndToEndTests
{
    [Fact]
    public async Task Compare_OnBothTransports_PrintsThemSideBySide()
    {
        var exit = await ChildProcess.RunAsync(CompareProcess.Command("-n", "20", "--rounds", "3", "--repeat", "1"));
        Assert.Equal("", string.Join('\n', exit.ErrorLines.Where(line => !line.StartsWith('['))));
        Assert.Equal(ExitCode.Ok, exit.Code);
        Assert.Contains("threads/sockets", exit.Output, StringComparison.Ordinal);
        Assert.Matches(@"\| connections open at once \|\s+\|\s+20 \|\s+20 \|", exit.Output);
        Assert.Contains("Client and server share the cores", exit.Output, StringComparison.Ordinal);
        Assert.Contains("[1/2] threads: ", exit.Error, StringComparison.Ordinal);
        Assert.Contains("[2/2] sockets: ", exit.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Compare_WithJson_WritesEveryRunInOrder()
    {
        var path = Path.Combine(Path.GetTempPath(), $"compare-{Guid.NewGuid():N}.json");
        try
        {
            var exit = await ChildProcess.RunAsync(CompareProcess.Command(
                "-n", "5", "--rounds", "2", "--repeat", "2", "--transports", "sockets,threads", "--size", "4KB", "--json", path));
            Assert.Equal(ExitCode.Ok, exit.Code);
            using var report = JsonDocument.Parse(await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken));
            var runs = report.RootElement.GetProperty("runs").EnumerateArray().ToList();
            Assert.Equal(["sockets", "threads", "sockets", "threads"], runs.Select(run => run.GetProperty("server").GetString()));
            Assert.All(runs, run => Assert.Equal(5, run.GetProperty("connections").GetInt32()));
            Assert.All(runs, run => Assert.True(run.GetProperty("peakResidentKilobytes").GetInt64() > 0));
        }
        finally
        {
            File.Delete(path);
        }
    }
}
