using PipeClient.Limits;

namespace PipeClient.Tests;

public sealed class PreflightTests
{
    private static readonly SystemLimits _roomy = new() { OpenFiles = 100_000, OpenFilesNow = 20, FirstPort = 32768, LastPort = 60999 };

    [Theory]
    [InlineData(28231)]
    [InlineData(28232)]
    public void Check_WithinPortRange_FindsNothing(int connections) => Assert.Null(Preflight.Check(connections, _roomy));

    [Fact]
    public void Check_BeyondPortRange_NamesRangeNeedAndCommand()
    {
        var message = Preflight.Check(28233, _roomy);
        Assert.NotNull(message);
        Assert.Contains("28233 local ports", message, StringComparison.Ordinal);
        Assert.Contains("32768-60999, 28232 ports", message, StringComparison.Ordinal);
        Assert.Contains("sudo sysctl -w net.ipv4.ip_local_port_range=\"1024 65535\"", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_BeyondAnyPortRange_SaysThatNoCommandHelps()
    {
        var message = Preflight.Check(64513, _roomy);
        Assert.Contains("even the widest range has only 64512", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(948, true)]
    [InlineData(949, false)]
    public void Check_OpenFiles_CountsThoseOpenAndASpare(int connections, bool fits)
    {
        var message = Preflight.Check(connections, _roomy with { OpenFiles = 1000 });
        Assert.Equal(fits, message is null);
    }

    [Fact]
    public void Check_BeyondOpenFiles_NamesLimitNeedAndCommand()
    {
        var message = Preflight.Check(10_000, _roomy with { OpenFiles = 1024 });
        Assert.NotNull(message);
        Assert.Contains("10000 connections need 10052 open files", message, StringComparison.Ordinal);
        Assert.Contains("RLIMIT_NOFILE) is 1024", message, StringComparison.Ordinal);
        Assert.Contains("--nofile=10052:10052", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_WithUnknownLimits_FindsNothing() => Assert.Null(Preflight.Check(1_000_000, new SystemLimits()));

    [Fact]
    public void Read_OnLinux_KnowsTheLimits()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "reads /proc");
        var limits = SystemLimits.Read();
        Assert.InRange(limits.OpenFiles ?? 0, 1, long.MaxValue);
        Assert.InRange(limits.OpenFilesNow, 3, int.MaxValue);
        Assert.InRange(limits.FirstPort ?? 0, 1, limits.LastPort ?? 0);
    }
}
