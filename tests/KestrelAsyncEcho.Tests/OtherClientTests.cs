using Support.Processes;

namespace KestrelAsyncEcho.Tests;

/// <summary>Programs that share no code with this repository.</summary>
public class OtherClientTests
{
    private const string Text = "first line\nsecond line\n";

    // How long socat waits for the answer when its own input has ended. Its default of half a second is short on a busy machine.
    private const string Patience = "-t30";

    public static TheoryData<string> Transports => EchoProcess.Transports;

    [Theory, MemberData(nameof(Transports))]
    public async Task Socat_OverTcp_GetsItsInputBack(string transport)
    {
        await using var server = await EchoProcess.StartAsync(transport);
        await AssertEchoesAsync("socat", Patience, "-", $"TCP:{server.Address}");
    }

    [Theory, MemberData(nameof(Transports))]
    public async Task Socat_OverUnixSocket_GetsItsInputBack(string transport)
    {
        using var folder = new SettingsFolder();
        var path = Path.Combine(folder.Path, "echo.sock");
        await using var server = await EchoProcess.StartOnUnixSocketAsync(transport, path);
        await AssertEchoesAsync("socat", Patience, "-", $"UNIX-CONNECT:{path}");
    }

    [Theory, MemberData(nameof(Transports))]
    public async Task Netcat_OverTcp_GetsItsInputBack(string transport)
    {
        var help = ChildCommand.Find("nc") is null ? null : await ChildProcess.RunAsync(new ChildCommand("nc", "-h"));

        // Other versions end their stream by other options, or only with the process.
        var endsItsStream = help is not null && (help.Output + help.Error).Contains("-N", StringComparison.Ordinal);
        Assert.SkipUnless(endsItsStream, "No nc with -N here.");
        await using var server = await EchoProcess.StartAsync(transport);
        await AssertEchoesAsync("nc", "-N", "127.0.0.1", $"{server.Port}");
    }

    private static async Task AssertEchoesAsync(string program, params string[] arguments)
    {
        Assert.SkipUnless(ChildCommand.Find(program) is not null, $"{program} is not installed.");
        await using var client = ChildProcess.Start(new ChildCommand(program, arguments));
        await client.Input.WriteAsync(Text);
        client.Input.Close();

        var exit = await client.WaitForExitAsync();

        Assert.Equal(Text, exit.Output);
        Assert.Equal(0, exit.Code);
    }
}
