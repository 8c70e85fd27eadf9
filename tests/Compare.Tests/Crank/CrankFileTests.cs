using System.Text.Json;
using Compare.Processes;
using ChildCommand = Support.Processes.ChildCommand;
using ChildProcess = Support.Processes.ChildProcess;

namespace Compare.Tests.Crank;

/// <summary>What crank would start, started with the arguments that it would give.</summary>
public sealed class CrankFileTests
{
    private static readonly CrankFile _file = CrankFile.Read();

    public static TheoryData<string> Scenarios => [.. _file.Scenarios];

    [Fact]
    public void Jobs_AreProjectsOfThisRepository() =>
        Assert.All(_file.Jobs, static job => Assert.True(File.Exists(_file.ProjectOf(job)), $"{job}: {_file.ProjectOf(job)}"));

    [Theory]
    [MemberData(nameof(Scenarios))]
    public void Scenario_NamesJobsThatThereAre(string scenario)
    {
        // The one that the file imports.
        string[] jobs = [.. _file.Jobs, "wrk"];
        var (application, load) = _file.JobsOf(scenario);
        Assert.Contains(application, jobs);
        Assert.Contains(load, jobs);
    }

    [Theory]
    [InlineData("echo", "threads")]
    [InlineData("echo", "sockets")]
    [InlineData("echo-1000", "threads")]
    [InlineData("echo-10000", "threads")]
    [InlineData("bulk", "threads")]
    [InlineData("open", "threads")]
    [InlineData("at-once", "threads")]
    public async Task Scenario_OfRawConnections_Measures(string scenario, string transport)
    {
        var (application, load) = _file.JobsOf(scenario);
        var given = new Dictionary<string, string> { ["transport"] = transport, ["serverPort"] = "0" };
        var server = ChildCommand.Dotnet(Programs.EchoHost, _file.ArgumentsOf(application, scenario, "application", given));
        await using var host = ChildProcess.Start(server);
        var listening = await host.WaitForLineAsync(_file.ReadyTextOf(application));

        // The scenario's shape at a size that a test can have.
        given["serverPort"] = listening[(listening.LastIndexOf(':') + 1)..];
        given["connections"] = "4";
        given["rate"] = "200";
        given["warmup"] = "1";
        given["duration"] = "1";
        var client = ChildCommand.Dotnet(Programs.Client, _file.ArgumentsOf(load, scenario, "load", given));
        var exit = await ChildProcess.RunAsync(client);

        Assert.Equal("", exit.Error);
        Assert.Equal(0, exit.Code);
        var measurements = Measurements(exit.Output);
        Assert.Equal(4, measurements["pipeclient/connections"]);
        Assert.Equal(0, measurements["pipeclient/errors"]);
        Assert.True(measurements["pipeclient/rate"] > 0);
        Assert.True(measurements["pipeclient/latency/99"] > 0);
    }

    [Theory]
    [InlineData("threads", "True")]
    [InlineData("sockets", "False")]
    public void Blocking_OnATransport_TurnsTheLibraryOnOrOff(string transport, string enabled)
    {
        var arguments = _file.ArgumentsOf("blocking", "blocking", "application", new Dictionary<string, string> { ["transport"] = transport });
        Assert.Contains($"--ThreadTransport:Enabled={enabled}", arguments, StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>By name, from the block that the agent looks for.</summary>
    private static Dictionary<string, double> Measurements(string output)
    {
        var block = output.Split("#StartJobStatistics")[1].Split("#EndJobStatistics")[0];
        using var statistics = JsonDocument.Parse(block);
        return statistics.RootElement.GetProperty("Measurements").EnumerateArray().ToDictionary(
            static measurement => measurement.GetProperty("Name").GetString()!,
            static measurement => measurement.GetProperty("Value").GetDouble());
    }
}
