using System.Text;
using Support;
using Support.Processes;

namespace KestrelAsyncEcho.Tests;

public class UnixSocketTests
{
    public static TheoryData<string> Transports => EchoProcess.Transports;

    [Theory, MemberData(nameof(Transports))]
    public async Task Client_OverUnixSocket_GetsEveryByteBack(string transport)
    {
        using var folder = new SettingsFolder();
        var path = Path.Combine(folder.Path, "echo.sock");
        await using var server = await EchoProcess.StartOnUnixSocketAsync(transport, path);
        Assert.Equal($"unix:{path}", server.Address);

        using var client = await server.ConnectAsync();
        await client.AssertEchoesAsync("hello");
        await client.SendAsync("and good-bye");
        client.ShutdownSend();

        Assert.Equal("and good-bye", Encoding.UTF8.GetString(await client.ReceiveToEndAsync()));
    }

    [Theory, MemberData(nameof(Transports))]
    public async Task SecondRun_OnTheSamePath_ListensAtOnce(string transport)
    {
        using var folder = new SettingsFolder();
        var command = EchoProcess.Command("--transport", transport, "--unix-socket", Path.Combine(folder.Path, "echo.sock"));
        for (var run = 0; run < 2; run++)
        {
            await using var server = await EchoProcess.StartAsync(command);
            using var client = await server.ConnectAsync();
            await client.AssertEchoesAsync("hello");
            Assert.Equal(0, (await server.StopAsync()).Code);
        }
    }

    [Theory, MemberData(nameof(Transports))]
    public async Task Path_InUse_IsToldInOneLine(string transport)
    {
        using var folder = new SettingsFolder();
        var path = Path.Combine(folder.Path, "echo.sock");
        await using var server = await EchoProcess.StartOnUnixSocketAsync(transport, path);

        var exit = await EchoProcess.RunAsync("--transport", transport, "--unix-socket", path);

        Assert.Equal(1, exit.Code);
        Assert.Contains(path, Assert.Single(exit.ErrorLines), StringComparison.Ordinal);
    }
}
