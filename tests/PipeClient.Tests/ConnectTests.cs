using System.Net;
using System.Net.Sockets;
using PipeClient.Load;
using PipeClient.Load.Outcome;
using PipeClient.Tests.Servers;

namespace PipeClient.Tests;

public sealed class ConnectTests
{
    [Fact]
    public async Task Connect_WhereNobodyListens_IsRefused()
    {
        var (holder, target) = TestServer.HoldClosedPort();
        using (holder)
        {
            var result = await Loads.RunAsync(Loads.Options(target, 100, 5));
            Loads.AssertFailed(result, FailureReason.Refused, 100);
            Assert.Empty(result.Rounds);
            Assert.Equal(ExitCode.NotConnected, ExitCode.Of(result));
        }
    }

    [Fact]
    public async Task Connect_ToServerThatNeverAccepts_TimesOutBeyondItsBacklog()
    {
        await using var server = TestServer.StartWithoutAccepting(backlog: 4);
        var options = Loads.Options(server.Target, 100, 5) with
        {
            ConnectTimeout = TimeSpan.FromMilliseconds(500),
            EchoTimeout = TimeSpan.FromMilliseconds(300),
        };
        var result = await Loads.RunAsync(options);
        Assert.InRange(result.Total, 1, 99);
        Assert.Contains(result.Failures, f => f.Reason == FailureReason.ConnectTimedOut && f.Count == 100 - result.Total);
        Assert.Equal(100, result.Failed);
        Assert.Equal(ExitCode.NotConnected, ExitCode.Of(result));
    }

    [Fact]
    public async Task Connect_WhenBacklogOverflows_SucceedsWithoutWaitingForTheKernel()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(4);
        var full = new TaskCompletionSource();
        var serving = Task.Run(async () =>
        {
            await full.Task;
            var served = new List<Task>();
            while (served.Count < 100)
            {
                var socket = await listener.AcceptAsync();
                served.Add(Behaviour.EchoAsync(socket).ContinueWith(_ => socket.Dispose(), TaskScheduler.Default));
            }

            await Task.WhenAll(served);
        }, TestContext.Current.CancellationToken);

        var connector = new Load.Connecting.SocketConnector((IPEndPoint)listener.LocalEndPoint!);
        var connecting = Enumerable.Range(0, 100).Select(_ => connector.ConnectAsync(null, TestContext.Current.CancellationToken)).ToArray();
        // Five are in the backlog; the first repeated connect proves that it is full.
        while (connector.Retries == 0)
        {
            await Task.Yield();
        }

        full.SetResult();
        foreach (var socket in await Task.WhenAll(connecting).Bounded())
        {
            socket.Dispose();
        }

        await serving.Bounded();
    }

    [Fact]
    public async Task Connect_ToNameWithSeveralAddresses_TakesTheOneThatAnswers()
    {
        await using var server = TestServer.Start(Behaviour.EchoAsync);
        // The server listens on 127.0.0.1 only, and localhost is ::1 first where IPv6 is set up.
        var result = await Loads.RunAsync(Loads.Options(new Target("localhost", server.Target.Port), 10, 5));
        Loads.AssertGood(result, 10, 1);
    }

    [Fact]
    public async Task Connect_ToIPv6Literal_IsGood()
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6, "no IPv6 here");
        using var listener = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.IPv6Loopback, 0));
        listener.Listen();
        Assert.True(Target.TryParse($"[::1]:{((IPEndPoint)listener.LocalEndPoint!).Port}", out var target));
        var running = Loads.RunAsync(Loads.Options(target, 1, 5));
        using var socket = await listener.AcceptAsync(TestContext.Current.CancellationToken);
        await Behaviour.EchoAsync(socket);
        socket.Dispose();
        Loads.AssertGood(await running, 1, 1);
    }

    [Fact]
    public async Task Connect_ToUnknownHost_SaysSo()
    {
        var result = await Loads.RunAsync(Loads.Options(new Target("no-such-host.invalid", 1234), 3, 5));
        Loads.AssertFailed(result, FailureReason.HostNotFound, 3);
    }

    [Fact]
    public async Task Connect_WhenAllIsOver_LeavesNoDescriptor()
    {
        await using var server = TestServer.Start(Behaviour.EchoAsync);
        var sockets = CountSocketsTo(server.Target.Port);
        Loads.AssertGood(await Loads.RunAsync(Loads.Options(server.Target, 100, 5)), 100, 1);
        Assert.Equal(sockets, CountSocketsTo(server.Target.Port));
    }

    /// <summary>Client sockets of any process that are still owned by one (inode other than 0) and whose peer is the port.</summary>
    private static int CountSocketsTo(int port)
    {
        var peer = $":{port:X4}";
        return File.ReadLines("/proc/net/tcp")
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Count(words => words.Length > 9 && words[2].EndsWith(peer, StringComparison.Ordinal) && words[9] != "0");
    }
}
