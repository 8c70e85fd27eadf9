using ThreadTransport.Internal.Overstay;

namespace ThreadTransport.Tests.Overstay;

/// <summary>
/// How long a thread may stay in application code before others receive for it. The system is a folder of the test's, because a machine
/// whose threads queue for its cores is no test's to make.
/// </summary>
[Trait("Promise", "P9")]
public sealed class PatienceTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("patience").FullName;

    [Theory]
    [InlineData(0, 0)]
    [InlineData(40, 0)]
    [InlineData(800, 10)]
    [InlineData(8_000, 100)]
    [InlineData(16_000, 100)]
    public void Thread_WhoseMachineHasAQueueForEachCore_MayStayLonger(int queue, int more)
    {
        Write($"9.99 9.99 9.99 {queue * Environment.ProcessorCount}/20000 12345\n");
        using var tick = new OverstayTick(new StayTable(), () => false, _ => { }, _root);

        Assert.Equal(OverstayTick.OverstayTicks + more, tick.Patience);
    }

    [Fact]
    public void Thread_WhoseMachineDoesNotTell_MayStayAsLongAsOnAQuietOne()
    {
        using var tick = new OverstayTick(new StayTable(), () => false, _ => { }, _root);

        Assert.Equal(OverstayTick.OverstayTicks, tick.Patience);
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private void Write(string loadAverages)
    {
        Directory.CreateDirectory(Path.Combine(_root, "proc"));
        File.WriteAllText(Path.Combine(_root, "proc", "loadavg"), loadAverages);
    }
}
