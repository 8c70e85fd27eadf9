using PipeClient.Tests.Servers;

namespace PipeClient.Tests;

/// <summary>Counts what the whole process allocates, the test's server included.</summary>
[Collection(nameof(Alone))]
public sealed class AllocationTests
{
    private const int Connections = 200;
    private const int WarmUpRounds = 100;
    private const int Rounds = 200;

    /// <summary>What a round costs as such (a timer, a task) is spread over its echoes; an echo itself costs nothing.</summary>
    private const double AllowedBytesPerEcho = 16;

    [Theory]
    [InlineData(64)]
    [InlineData(4096)]
    public async Task Echo_AfterWarmUp_AllocatesNothing(int size)
    {
        await using var server = TestServer.Start(Behaviour.EchoAsync);
        var before = 0L;
        var after = 0L;
        var observer = new Observer
        {
            OnRoundEnded = (number, _) =>
            {
                if (number == WarmUpRounds)
                {
                    before = GC.GetTotalAllocatedBytes(precise: true);
                }
                else if (number == WarmUpRounds + Rounds)
                {
                    after = GC.GetTotalAllocatedBytes(precise: true);
                }
            },
        };
        var options = Loads.Options(server.Target, Connections, size) with { Rounds = WarmUpRounds + Rounds };
        Loads.AssertGood(await Loads.RunAsync(options, observer), Connections, WarmUpRounds + Rounds);

        var perEcho = (after - before) / (double)(Connections * Rounds);
        TestContext.Current.TestOutputHelper?.WriteLine($"{perEcho:F2} bytes per echo");
        Assert.InRange(perEcho, 0, AllowedBytesPerEcho);
    }
}
