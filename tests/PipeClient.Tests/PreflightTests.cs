using System.Net;
using PipeClient.Limits;
using PipeClient.Load;
using PipeClient.Load.Connecting;
using PipeClient.Load.Messages;

namespace PipeClient.Tests;

public sealed class PreflightTests
{
    private static readonly Target _remote = new("10.0.0.1", 1234);
    private static readonly Target _local = new("localhost", 1234);

    private static readonly SystemLimits _roomy = new()
    {
        OpenFiles = 1_000_000,
        OpenFilesNow = 20,
        FirstPort = 32768,
        LastPort = 60999,
        Backlog = 4096,
        Memory = 1L << 40,
    };

    [Theory]
    [InlineData(28231)]
    [InlineData(28232)]
    public void Check_WithinPortRange_FindsNothing(int connections) => Assert.Empty(Preflight.Check(Options(connections), _roomy));

    [Fact]
    public void Check_BeyondPortRange_NamesRangeNeedAndCommand()
    {
        var message = Fatal(Options(28233), _roomy);
        Assert.Contains("28233 connections to 10.0.0.1:1234 need 28233 local ports,", message, StringComparison.Ordinal);
        Assert.Contains("32768-60999, 28232 ports;", message, StringComparison.Ordinal);
        Assert.Contains("sudo sysctl -w net.ipv4.ip_local_port_range=\"1024 65535\"", message, StringComparison.Ordinal);
        Assert.EndsWith("or connect from 2 addresses with --source-ip", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_BeyondAnyPortRange_SaysThatNoRangeHelps()
    {
        var message = Fatal(Options(64513), _roomy);
        Assert.EndsWith(
            "even the widest range has only 64512: connect from 3 addresses with --source-ip", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(56464, true)]
    [InlineData(56465, false)]
    public void Check_OfTwoSources_CountsThePortsOfBoth(int connections, bool fits)
    {
        var options = Options(connections) with { Sources = [IPAddress.Parse("10.0.0.2"), IPAddress.Parse("10.0.0.3")] };
        Assert.Equal(fits, Preflight.Check(options, _roomy).Count == 0);
    }

    [Theory]
    [InlineData(56464, true)]
    [InlineData(56465, false)]
    public void Check_OfTwoTargets_CountsThePortsOfBoth(int connections, bool fits)
    {
        var options = Options(connections) with { Targets = [_remote, _remote with { Port = 1235 }] };
        Assert.Equal(fits, Preflight.Check(options, _roomy).Count == 0);
    }

    [Fact]
    public void Check_OfATargetThatIsNamedTwice_CountsItsPortsOnce() =>
        Assert.Contains("28234 local ports", Fatal(Options(28234) with { Targets = [_remote, _remote] }, _roomy), StringComparison.Ordinal);

    [Fact]
    public void Check_OfAUnixSocket_NeedsNoPorts() =>
        Assert.Empty(Preflight.Check(Options(100_000) with { Targets = [new Target("/run/x", 0) { IsUnix = true }] }, _roomy));

    [Theory]
    [InlineData("Never", 90, 2, true)]
    [InlineData("Never", 91, 2, false)]
    [InlineData("OnLoopback", 91, 2, false)]
    [InlineData("Always", 98, 2, true)]
    [InlineData("Always", 99, 2, false)]
    public void Check_OfPortsThatAreTaken_CountsThoseOfTheTarget(string reuse, int connections, int open, bool fits)
    {
        var target = new IPEndPoint(IPAddress.Parse(_remote.Host), _remote.Port);
        var limits = _roomy with
        {
            FirstPort = 1001,
            LastPort = 1100,
            TimeWaitReuse = Enum.Parse<TimeWaitReuse>(reuse),
            Connections =
            [
                .. Enumerable.Repeat(new TcpEntry(target, IsTimeWait: false), open),
                .. Enumerable.Repeat(new TcpEntry(target, IsTimeWait: true), 8),
                new TcpEntry(new IPEndPoint(target.Address, 99), IsTimeWait: false),
                new TcpEntry(new IPEndPoint(IPAddress.Loopback, target.Port), IsTimeWait: false),
            ],
        };
        Assert.Equal(fits, Preflight.Check(Options(connections), limits).Count == 0);
    }

    [Fact]
    public void Check_OfPortsInTimeWait_SaysHowToHaveThemAgain()
    {
        var target = new IPEndPoint(IPAddress.Parse(_remote.Host), _remote.Port);
        var limits = _roomy with
        {
            TimeWaitReuse = TimeWaitReuse.Never,
            Connections = [.. Enumerable.Repeat(new TcpEntry(target, IsTimeWait: true), 20_000)],
        };
        var message = Fatal(Options(10_000), limits);
        Assert.Contains("of which 0 are open and 20000 wait for their end (TIME_WAIT)", message, StringComparison.Ordinal);
        Assert.EndsWith(
            "wait for a minute, or take them again with: sudo sysctl -w net.ipv4.tcp_tw_reuse=1", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_OfTimeWaitOnLoopback_FindsThatLinuxTakesThemAgain()
    {
        var limits = _roomy with
        {
            TimeWaitReuse = TimeWaitReuse.OnLoopback,
            Connections = [.. Enumerable.Repeat(new TcpEntry(new IPEndPoint(IPAddress.Loopback, 1234), IsTimeWait: true), 28_000)],
        };
        Assert.Empty(Preflight.Check(Options(10_000) with { Targets = [_local] }, limits));
    }

    [Theory]
    [InlineData(948, true)]
    [InlineData(949, false)]
    public void Check_OpenFiles_CountsThoseOpenAndASpare(int connections, bool fits) =>
        Assert.Equal(fits, Preflight.Check(Options(connections), _roomy with { OpenFiles = 1000 }).Count == 0);

    [Fact]
    public void Check_BeyondOpenFiles_NamesLimitNeedAndCommand()
    {
        var message = Fatal(Options(10_000), _roomy with { OpenFiles = 1024 });
        Assert.Equal(
            "10000 connections need 10052 open files, and the limit (RLIMIT_NOFILE) is 1024; "
            + "raise it with: sudo prlimit --pid $$ --nofile=10052:10052",
            message);
    }

    [Theory]
    [InlineData(4096, true)]
    [InlineData(4097, false)]
    public void Check_OfConnectsAtOnce_WarnsOfABacklogThatIsTooSmall(int parallelism, bool fits)
    {
        var options = Options(10_000) with { Targets = [_local], ConnectParallelism = parallelism };
        Assert.Equal(fits, Preflight.Check(options, _roomy).Count == 0);
        Assert.All(Preflight.Check(options, _roomy), obstacle =>
        {
            Assert.False(obstacle.IsFatal);
            Assert.Contains("sudo sysctl -w net.core.somaxconn=4097", obstacle.Text, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void Check_OfConnectsToAnotherMachine_KnowsNothingOfItsBacklog() =>
        Assert.Empty(Preflight.Check(Options(10_000) with { ConnectParallelism = 10_000 }, _roomy));

    [Fact]
    public void Check_OfLittleMemory_Warns()
    {
        var limits = _roomy with { Memory = 100 << 20 };
        Assert.Empty(Preflight.Check(Options(5_000), limits));
        var obstacle = Assert.Single(Preflight.Check(Options(20_000), limits));
        Assert.False(obstacle.IsFatal);
        Assert.Contains("and 100 MB are available", obstacle.Text, StringComparison.Ordinal);
        Assert.Single(Preflight.Check(Options(5_000) with { Tls = new TlsSettings() }, limits));
        Assert.Single(Preflight.Check(Options(5_000) with { Content = new RandomContent(1, 1 << 20, seed: 1) }, limits));
    }

    [Fact]
    public void Check_OfSeveralLimits_NamesThemAll() =>
        Assert.Equal(2, Preflight.Check(Options(30_000), _roomy with { OpenFiles = 1024 }).Count);

    [Fact]
    public void Check_WithUnknownLimits_FindsNothing() => Assert.Empty(Preflight.Check(Options(1_000_000), new SystemLimits()));

    [Fact]
    public void TcpEntry_OfALineOfProc_KnowsWhoAndWhetherItWaits()
    {
        Assert.SkipUnless(BitConverter.IsLittleEndian, "the lines are from such a machine");
        string[] lines =
        [
            "  sl  local_address rem_address   st tx_queue rx_queue",
            "   0: 0100007F:8469 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 998778 1",
            "   1: 0100007F:9C40 0200000A:04D2 01 00000000:00000000 00:00000000 00000000     0        0 998778 1",
            "   2: 00000000000000000000000001000000:9C40 00000000000000000000000001000000:04D2 06 00000000:00000000 03:000002D1",
            "   3: 0000000000000000FFFF00000100007F:9C40 0000000000000000FFFF00000100007F:04D2 06 00000000:00000000 03:000002D1",
        ];
        Assert.Equal(
            [
                new TcpEntry(new IPEndPoint(IPAddress.Parse("10.0.0.2"), 1234), IsTimeWait: false),
                new TcpEntry(new IPEndPoint(IPAddress.IPv6Loopback, 1234), IsTimeWait: true),
                new TcpEntry(new IPEndPoint(IPAddress.Loopback, 1234), IsTimeWait: true),
            ],
            TcpEntry.Parse(lines));
    }

    [Fact]
    public void Read_OnLinux_KnowsTheLimits()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "reads /proc");
        using var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = new System.Net.Sockets.TcpClient();
        var server = (IPEndPoint)listener.LocalEndpoint;
        client.Connect(server);
        var limits = SystemLimits.Read();
        Assert.InRange(limits.OpenFiles ?? 0, 1, long.MaxValue);
        Assert.InRange(limits.OpenFilesNow, 3, int.MaxValue);
        Assert.InRange(limits.FirstPort ?? 0, 1, limits.LastPort ?? 0);
        Assert.InRange(limits.Backlog ?? 0, 1, int.MaxValue);
        Assert.InRange(limits.Memory ?? 0, 1, long.MaxValue);
        Assert.Contains(new TcpEntry(server, IsTimeWait: false), limits.Connections);
    }

    private static LoadOptions Options(int connections) => Loads.Options(_remote, connections, size: 5);

    private static string Fatal(LoadOptions options, SystemLimits limits)
    {
        var obstacle = Assert.Single(Preflight.Check(options, limits));
        Assert.True(obstacle.IsFatal);
        return obstacle.Text;
    }
}
