using Randomised.Tests.Sequences;

namespace Randomised.Tests;

/// <summary>
/// Random sequences of what an application and its client can do to one connection, at the same time from several threads. The
/// contract is the same for all transports: that Kestrel's own keeps it says that the test has understood it.
/// </summary>
[Collection(nameof(WholeProcess))]
public sealed class ConnectionSequenceTests(ITestOutputHelper output)
{
    private const int AtOnce = 16;

    [Theory]
    [InlineData("Threads", 3_500)]
    [InlineData("ThreadsSplit", 3_500)]
    [InlineData("Wrapper", 1_500)]
    [InlineData("Sockets", 1_500)]
    public Task Sequences_ManyAtOnce_KeepTheContract(string name, int sequences)
        => new Batch(Form.Of(name)).RunAsync(sequences, AtOnce, output.WriteLine);

    [Theory]
    [InlineData("Threads", 300)]
    [InlineData("ThreadsSplit", 300)]
    [InlineData("Wrapper", 100)]
    [InlineData("Sockets", 100)]
    public Task Sequence_Alone_LeavesNoPoolBlock(string name, int sequences)
        => new Batch(Form.Of(name)).RunAsync(sequences, atOnce: 1, output.WriteLine);
}
