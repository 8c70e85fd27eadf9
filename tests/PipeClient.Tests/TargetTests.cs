using System.Collections.Concurrent;
using System.Net;
using PipeClient.Load.Connecting;
using PipeClient.Load.Outcome;
using PipeClient.Tests.Servers;
using Support;

namespace PipeClient.Tests;

/// <summary>Where connections go, where they come from, and what they are wrapped in.</summary>
public sealed class TargetTests
{
    [Fact]
    public async Task Targets_MoreThanOne_AreTakenInTurn()
    {
        await using var one = TestServer.Start(Behaviour.EchoAsync);
        await using var other = TestServer.Start(Behaviour.EchoAsync);
        var options = Loads.Options(one.Target, 11, 64) with { Targets = [one.Target, other.Target], MessagesPerConnection = 10 };
        var result = await Loads.RunAsync(options);
        Loads.AssertMessages(result, 110);
        Assert.Equal([(6, 60L), (5, 50L)], result.Targets.Select(target => (target.Opened, target.Messages)));
    }

    [Fact]
    public async Task Targets_OfWhichOneRefuses_BlameThatOneOnly()
    {
        var (holder, closed) = TestServer.HoldClosedPort();
        using (holder)
        {
            await using var server = TestServer.Start(Behaviour.EchoAsync);
            var options = Loads.Options(closed, 10, 64) with { Targets = [closed, server.Target] };
            var result = await Loads.RunAsync(options);
            Loads.AssertFailed(result, FailureReason.Refused, 5);
            Assert.Equal([5, 0], result.Targets.Select(target => target.Failed));
            Assert.Equal(5, Assert.Single(result.Rounds).Echoes);
        }
    }

    [Fact]
    public async Task UnixSocket_ThatEchoes_IsGood()
    {
        using var path = new TemporarySocketPath();
        await using var server = TestServer.StartOnUnixSocket(path.Path, Behaviour.EchoAsync);
        Loads.AssertGood(await Loads.RunAsync(Loads.Options(server.Target, 100, 1000) with { Rounds = 3 }), 100, 3);
    }

    [Fact]
    public async Task UnixSocket_WithAFullBacklog_IsWaitedFor()
    {
        using var path = new TemporarySocketPath();
        await using var server = TestServer.StartOnUnixSocket(path.Path, Behaviour.EchoAsync);
        var options = Loads.Options(server.Target, 1000, 5) with { ConnectParallelism = 1000 };
        Loads.AssertGood(await Loads.RunAsync(options), 1000, 1);
    }

    [Fact]
    public async Task UnixSocket_ThatIsNotThere_IsSaidNotToBe()
    {
        using var path = new TemporarySocketPath();
        var target = new Load.Target(path.Path, 0) { IsUnix = true };
        Loads.AssertFailed(await Loads.RunAsync(Loads.Options(target, 3, 5)), FailureReason.NoSuchSocket, 3);
    }

    [Fact]
    public async Task Tls_WithAnyCertificate_Echoes()
    {
        await using var server = TestServer.Start(Behaviour.EchoEncrypted(Certificates.SelfSigned));
        var options = Loads.Options(server.Target, 20, 100_000) with { Tls = new TlsSettings { Insecure = true }, Rounds = 3 };
        Loads.AssertGood(await Loads.RunAsync(options), 20, 3);
    }

    [Fact]
    public async Task Tls_WithPipeline_Echoes()
    {
        await using var server = TestServer.Start(Behaviour.EchoEncrypted(Certificates.SelfSigned));
        var options = Loads.Options(server.Target, 5, 10_000) with
        {
            Tls = new TlsSettings { Insecure = true },
            MessagesPerConnection = 100,
            Pipeline = 16,
        };
        Loads.AssertMessages(await Loads.RunAsync(options), 500);
    }

    [Fact]
    public async Task Tls_WithTheServersNameAndAuthority_Echoes()
    {
        await using var server = TestServer.Start(Behaviour.EchoEncrypted(Certificates.SelfSigned));
        var tls = new TlsSettings { ServerName = "server", Authorities = [Certificates.SelfSigned] };
        Loads.AssertGood(await Loads.RunAsync(Loads.Options(server.Target, 3, 64) with { Tls = tls }), 3, 1);
    }

    [Fact]
    public async Task Tls_WithAnotherName_Fails()
    {
        await using var server = TestServer.Start(Behaviour.EchoEncrypted(Certificates.SelfSigned));
        var tls = new TlsSettings { ServerName = "somebody-else", Authorities = [Certificates.SelfSigned] };
        var result = await Loads.RunAsync(Loads.Options(server.Target, 3, 64) with { Tls = tls });
        Loads.AssertFailed(result, FailureReason.TlsFailed, 3);
        Assert.Equal(ExitCode.NotConnected, ExitCode.Of(result));
    }

    [Fact]
    public async Task Tls_WithoutTrust_Fails()
    {
        await using var server = TestServer.Start(Behaviour.EchoEncrypted(Certificates.SelfSigned));
        var result = await Loads.RunAsync(Loads.Options(server.Target, 3, 64) with { Tls = new TlsSettings() });
        Loads.AssertFailed(result, FailureReason.TlsFailed, 3);
    }

    [Fact]
    public async Task Tls_ThatEndsWithoutAWord_IsClosedEarly()
    {
        await using var server = TestServer.Start(Behaviour.CloseEncrypted(Certificates.SelfSigned));
        var options = Loads.Options(server.Target, 3, 1) with { Tls = new TlsSettings { Insecure = true } };
        Loads.AssertFailed(await Loads.RunAsync(options), FailureReason.ClosedEarly, 3);
    }

    [Fact]
    public async Task Sources_MoreThanOne_AreTakenInTurn()
    {
        var peers = new ConcurrentBag<IPAddress>();
        await using var server = TestServer.Start(socket =>
        {
            peers.Add(((IPEndPoint)socket.RemoteEndPoint!).Address);
            return Behaviour.EchoAsync(socket);
        });
        IPAddress[] sources = [IPAddress.Parse("127.0.0.2"), IPAddress.Parse("127.0.0.3")];
        Loads.AssertGood(await Loads.RunAsync(Loads.Options(server.Target, 10, 5) with { Sources = sources }), 10, 1);
        Assert.All(sources, source => Assert.Equal(5, peers.Count(source.Equals)));
    }

    [Fact]
    public async Task Source_OfAnotherMachine_IsSaidToBe()
    {
        await using var server = TestServer.Start(Behaviour.EchoAsync);
        var options = Loads.Options(server.Target, 3, 5) with { Sources = [IPAddress.Parse("192.0.2.1")] };
        Assert.Equal("192.0.2.1", Loads.AssertFailed(await Loads.RunAsync(options), FailureReason.NotLocalAddress, 3).Detail);
    }

    [Fact]
    public async Task ConnectRate_OfAHundred_TakesItsTime()
    {
        await using var server = TestServer.Start(Behaviour.EchoAsync);
        var result = await Loads.RunAsync(Loads.Options(server.Target, 31, 5) with { ConnectRate = 100 });
        Loads.AssertGood(result, 31, 1);
        // The last one's turn is 30 distances after the first one's; a timer may ring a moment before its time.
        Assert.InRange(result.ConnectTime, TimeSpan.FromMilliseconds(280), Loads.Bound);
    }
}
