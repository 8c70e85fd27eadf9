using System.Net.Sockets;
using System.Runtime.InteropServices;
using Support;
using Support.Processes;

namespace KestrelAsyncEcho.Tests;

public class StopTests
{
    public static TheoryData<string> Transports => EchoProcess.Transports;

    [Theory, MemberData(nameof(Transports))]
    public async Task Stop_AfterConnectionsCameAndWent_PrintsTheCounts(string transport)
    {
        await using var server = await EchoProcess.StartAsync(transport);
        using var first = await server.ConnectAsync();
        using var second = await server.ConnectAsync();
        await first.AssertEchoesAsync("1");
        await second.AssertEchoesAsync("2");
        first.ShutdownSend();
        await first.ReceiveToEndAsync();
        using var third = await server.ConnectAsync();
        await third.AssertEchoesAsync("3");

        var exit = await server.StopAsync();

        Assert.Equal(0, exit.Code);
        Assert.Equal("", exit.Error);
        Assert.Collection(
            exit.OutputLines,
            line => Assert.Equal($"Listening on {server.Address}", line),
            line => Assert.Matches(@"^resident [1-9]\d*K$", line),
            line => Assert.Equal("Max conc: 2", line),
            line => Assert.Equal("Total: 3", line),
            line => Assert.Equal("Now: 0", line),
            line => Assert.Matches(@"^threads: [1-9]\d*$", line));
    }

    [Fact]
    public async Task Stop_AfterManyConnectionsOnThreads_TellsThreadsForAll()
    {
        const int connections = 100;
        await using var server = await EchoProcess.StartAsync(EchoProcess.Threads);
        var clients = new List<TestClient>();
        for (var i = 0; i < connections; i++)
        {
            clients.Add(await server.ConnectAsync());
            await clients[^1].AssertEchoesAsync("hello");
        }

        var exit = await server.StopAsync();

        clients.ForEach(client => client.Dispose());
        Assert.Contains($"Max conc: {connections}", exit.OutputLines);
        var threads = exit.OutputLines.Single(line => line.StartsWith("threads: ", StringComparison.Ordinal));
        Assert.InRange(int.Parse(threads["threads: ".Length..], null), connections, int.MaxValue);
    }

    [Theory]
    [InlineData(EchoProcess.Sockets, PosixSignal.SIGINT)]
    [InlineData(EchoProcess.Sockets, PosixSignal.SIGTERM)]
    [InlineData(EchoProcess.Threads, PosixSignal.SIGINT)]
    [InlineData(EchoProcess.Threads, PosixSignal.SIGTERM)]
    public async Task Stop_WithIdleConnections_EndsThemBeforeItsTimeout(string transport, PosixSignal signal)
    {
        // Waiting for the timeout would take longer than this test allows.
        await using var server = await EchoProcess.StartAsync(transport, "--shutdown-timeout", "3600");
        using var silent = await server.ConnectAsync();
        using var idle = await server.ConnectAsync();
        await idle.AssertEchoesAsync("hello");

        var exit = await server.StopAsync(signal);

        Assert.Empty(await idle.ReceiveToEndAsync());
        Assert.Equal(0, exit.Code);
        Assert.Equal("", exit.Error);
        Assert.Contains("Now: 0", exit.OutputLines);
    }

    [Theory, MemberData(nameof(Transports))]
    public async Task Stop_WithAClientThatDoesNotRead_EndsAtItsTimeout(string transport)
    {
        await using var server = await EchoProcess.StartAsync(transport, "--shutdown-timeout", "0.1");
        using var client = await server.ConnectAsync();
        await client.SendUntilStuckAsync();

        var exit = await server.StopAsync();

        Assert.Equal(0, exit.Code);
        Assert.Contains("Total: 1", exit.OutputLines);
        Assert.Contains("Now: 0", exit.OutputLines);
    }

    [Theory, MemberData(nameof(Transports))]
    public async Task Stop_InterruptedTwice_KillsAtOnce(string transport)
    {
        await using var server = await EchoProcess.StartAsync(transport, "--shutdown-timeout", "3600");
        using var client = await server.ConnectAsync();
        await client.SendUntilStuckAsync();

        server.Send(PosixSignal.SIGINT);
        await TestTimeout.EventuallyAsync(() => !Accepts(server), "the server stops listening");
        server.Send(PosixSignal.SIGINT);
        var exit = await server.WaitForExitAsync();

        Assert.Equal(128 + 2, exit.Code);
        Assert.DoesNotContain("Total: 1", exit.OutputLines);
    }

    [Fact]
    public async Task Stop_TerminatedTwice_StillStopsGracefully()
    {
        await using var server = await EchoProcess.StartAsync(EchoProcess.Sockets, "--shutdown-timeout", "3");
        using var client = await server.ConnectAsync();
        await client.SendUntilStuckAsync();

        server.Send(PosixSignal.SIGTERM);
        await TestTimeout.EventuallyAsync(() => !Accepts(server), "the server stops listening");
        server.Send(PosixSignal.SIGTERM);
        var exit = await server.WaitForExitAsync();

        Assert.Equal(0, exit.Code);
        Assert.Contains("Now: 0", exit.OutputLines);
    }

    [Theory, MemberData(nameof(Transports))]
    public async Task SecondRun_OnTheSamePort_ListensAtOnce(string transport)
    {
        int port;
        await using (var server = await EchoProcess.StartAsync(transport))
        {
            port = server.Port;

            // The server ends this connection, so that its side keeps the port in TIME_WAIT.
            using var client = await server.ConnectAsync();
            await client.AssertEchoesAsync("first");
            await server.StopAsync();
            await client.ReceiveToEndAsync();
        }

        await using var again = await EchoProcess.StartAsync(
            EchoProcess.Command("--transport", transport, "--host", "127.0.0.1", "--port", $"{port}"));
        using var second = await again.ConnectAsync();
        await second.AssertEchoesAsync("second");
    }

    private static bool Accepts(EchoProcess server)
    {
        using var probe = new Socket(server.EndPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            probe.Connect(server.EndPoint);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
