using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Support;
using ThreadTransport.Internal.Listening;
using ThreadTransport.Internal.Threads;

namespace ThreadTransport.Tests.Promises;

/// <summary>P8: a server that is full says so, turns clients away as it was told, and takes them again when there is room.</summary>
[Trait("Promise", "P8")]
public sealed class FullServerTests
{
    private static readonly IPEndPoint _anyLoopbackPort = new(IPAddress.Loopback, 0);

    [Fact]
    public async Task Wait_TheThirdOfTwo_IsServedWhenOneLeaves()
    {
        await using var harness = await TransportHarness.BindAsync(With(2, WhenFull.Wait));
        var (first, _) = await harness.ConnectAsync();
        await harness.ConnectAsync();
        var third = await harness.ConnectClientAsync();
        await third.SendAsync("hello");
        var accept = harness.AcceptAsync();
        await WarningAsync(harness.Log, "backlog");
        Assert.False(accept.IsCompleted);

        await LeaveAsync(first);

        var connection = await accept.Bounded();
        Assert.Equal(third.Socket.LocalEndPoint, connection.RemoteEndPoint);
        _ = Applications.EchoAsync(connection);
        Assert.Equal("hello", await third.ReceiveTextAsync(5));
    }

    [Fact]
    public async Task Wait_StoppedWhileAClientWaits_StopsAndEndsIt()
    {
        await using var harness = await KestrelHarness.StartAsync(With(2, WhenFull.Wait), Applications.EchoAsync);
        for (var i = 0; i < 2; i++)
        {
            var served = await harness.ConnectAsync();
            await served.SendAsync("x");
            await served.ReceiveExactlyAsync(1);
        }

        var waiting = await harness.ConnectAsync();
        await WarningAsync(harness.Log, "backlog");

        await harness.StopAsync(new CancellationToken(canceled: true));

        await waiting.ReceiveToAnyEndAsync();
    }

    [Fact]
    public async Task Wait_UnboundWhileAClientWaits_AcceptsNoMore()
    {
        await using var harness = await TransportHarness.BindAsync(With(1, WhenFull.Wait));
        await harness.ConnectAsync();
        var waiting = await harness.ConnectClientAsync();
        var accept = harness.Listener.AcceptAsync().AsTask();
        await WarningAsync(harness.Log, "backlog");

        await harness.Listener.UnbindAsync().Bounded();

        Assert.Null(await accept.Bounded());
        await waiting.ReceiveToAnyEndAsync();
    }

    [Fact]
    public async Task Reject_TheThirdOfTwo_IsResetAndALaterOneServed()
    {
        await using var harness = await TransportHarness.BindAsync(With(2, WhenFull.Reject));
        var (first, _) = await harness.ConnectAsync();
        await harness.ConnectAsync();
        var third = await harness.ConnectClientAsync();
        var accept = harness.AcceptAsync();
        Assert.Empty(await third.ReceiveToResetAsync());
        Assert.False(accept.IsCompleted);

        await LeaveAsync(first);
        await RoomAsync(harness, 1);
        var later = await harness.ConnectClientAsync();

        var connection = await accept.Bounded();
        Assert.Equal(later.Socket.LocalEndPoint, connection.RemoteEndPoint);
        _ = Applications.EchoAsync(connection);
        await later.SendAsync("hello");
        Assert.Equal("hello", await later.ReceiveTextAsync(5));
    }

    [Fact]
    public async Task Reject_OnTwoListeners_SharesOneLimit()
    {
        await using var harness = await TransportHarness.BindAsync(With(2, WhenFull.Reject));
        var other = await harness.BindAsync(_anyLoopbackPort);
        var (first, _) = await harness.ConnectAsync();
        await harness.ConnectClientAsync(other.EndPoint);
        await harness.AcceptAsync(other);

        foreach (var listener in new[] { harness.Listener, other })
        {
            // Connected before anybody accepts, so that the reset does not meet the connecting.
            var refused = await harness.ConnectClientAsync(listener.EndPoint);
            var accept = listener.AcceptAsync().AsTask();
            await refused.ReceiveToResetAsync();
            await listener.UnbindAsync().Bounded();
            Assert.Null(await accept.Bounded());
        }

        await LeaveAsync(first);
        await RoomAsync(harness, 1);
    }

    [Fact]
    public async Task Wait_OnTwoListeners_GivesTheRoomToEither()
    {
        await using var harness = await TransportHarness.BindAsync(With(1, WhenFull.Wait));
        var other = await harness.BindAsync(_anyLoopbackPort);
        var (first, _) = await harness.ConnectAsync();
        var waiting = await harness.ConnectClientAsync(other.EndPoint);
        var accept = harness.AcceptAsync(other);
        await WarningAsync(harness.Log, "backlog");
        Assert.False(accept.IsCompleted);

        await LeaveAsync(first);

        Assert.Equal(waiting.Socket.LocalEndPoint, (await accept.Bounded()).RemoteEndPoint);
    }

    [Theory]
    [InlineData(WhenFull.Wait, "wait in the backlog")]
    [InlineData(WhenFull.Reject, "are reset")]
    public async Task Warning_OfManyTurnedAway_IsOneThatNamesTheLimit(WhenFull whenFull, string what)
    {
        await using var harness = await TransportHarness.BindAsync(With(1, whenFull));
        var (served, _) = await harness.ConnectAsync();

        // Connected before anybody accepts, so that a reset does not meet the connecting.
        var clients = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => harness.ConnectClientAsync()));
        for (var i = 0; i < clients.Length; i++)
        {
            var accept = harness.Listener.AcceptAsync().AsTask();
            await WarningAsync(harness.Log, what);
            if (whenFull == WhenFull.Reject)
            {
                // One call turns all of them away.
                await Task.WhenAll(clients.Select(turnedAway => turnedAway.ReceiveToResetAsync()));
                await harness.Listener.UnbindAsync().Bounded();
                Assert.Null(await accept.Bounded());
                break;
            }

            await LeaveAsync(served);
            served = (await accept.Bounded())!;
        }

        await LeaveAsync(served);
        var warning = Assert.Single(harness.Log.Events, e => e.Level == LogLevel.Warning);
        Assert.Contains(what, warning.Message, StringComparison.Ordinal);
        Assert.Contains("Full with 1 connections, set by ThreadTransport:MaxConnections.", warning.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Room_IsLoggedAtTheFirstEndpoint_AndOnce()
    {
        await using var harness = TransportHarness.Create(Transports.ThreadsWith(o => o.MaxConnections = int.MaxValue));
        Assert.Empty(harness.Log.Events);

        await harness.BindAsync(_anyLoopbackPort);
        await harness.BindAsync(_anyLoopbackPort);

        var budget = ThreadBudget.OfThisProcess(new ThreadTransportOptions().StackSize);
        var room = Assert.Single(harness.Log.Events, e => e.Message.StartsWith("Room for ", StringComparison.Ordinal));
        Assert.Equal(LogLevel.Information, room.Level);
        Assert.Contains($"set by {budget.Limit}.", room.Message, StringComparison.Ordinal);
        var lowered = Assert.Single(harness.Log.Events, e => e.Level == LogLevel.Warning);
        Assert.Contains("that holds.", lowered.Message, StringComparison.Ordinal);
        Assert.Equal(budget.Value is not null, lowered.Message.Contains($" For {int.MaxValue}: ", StringComparison.Ordinal));
        Assert.Equal(budget.Value is not null, room.Message.Contains(" For twice as many: ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Room_OfATransportThatBindsNothing_IsNotLogged()
    {
        using var log = new EventLog();
        using var host = new HostBuilder()
            .ConfigureWebHost(web => web
                .UseKestrelCore()
                .ConfigureKestrel(kestrel => kestrel.Listen(_anyLoopbackPort))
                .UseThreadTransport(o => o.CanBind = _ => false)
                .Configure(_ => { }))
            .ConfigureLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(log))
            .Build();

        await host.StartAsync().Bounded();
        await host.StopAsync().Bounded();

        Assert.DoesNotContain(log.Events, e => e.Category == "ThreadTransport");
        Assert.NotEmpty(log.Events);
    }

    private static ITransport With(int maxConnections, WhenFull whenFull) => Transports.ThreadsWith(o =>
    {
        o.MaxConnections = maxConnections;
        o.WhenFull = whenFull;
    });

    private static Task<LoggedEvent> WarningAsync(EventLog log, string words)
        => log.WaitForAsync(e => e.Level == LogLevel.Warning && e.Message.Contains(words, StringComparison.Ordinal), words);

    private static async Task LeaveAsync(ConnectionContext connection)
    {
        connection.Abort(new ConnectionAbortedException("It leaves."));
        await connection.DisposeAsync().Bounded();
    }

    private static Task RoomAsync(TransportHarness harness, int connections) => TestTimeout.EventuallyAsync(
        () => ((ThreadTransportFactory)harness.Factory).Admission.Free == connections, "the permit is back");
}
