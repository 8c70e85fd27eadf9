using PipeClient.Load.Messages;
using PipeClient.Load.Outcome;
using PipeClient.Tests.Servers;

namespace PipeClient.Tests;

public sealed class VerificationTests
{
    [Theory]
    [InlineData(nameof(Verification.Length))]
    [InlineData(nameof(Verification.None))]
    public async Task WrongByte_WithoutFullVerification_Passes(string verify)
    {
        await using var server = TestServer.Start(Behaviour.EchoWithWrongByteAt(3));
        Loads.AssertGood(await Loads.RunAsync(Loads.Options(server.Target, 3, 5) with { Verify = Enum.Parse<Verification>(verify) }), 3, 1);
    }

    [Theory]
    [InlineData(nameof(Verification.Full))]
    [InlineData(nameof(Verification.Length))]
    [InlineData(nameof(Verification.None))]
    public async Task ByteTooFew_WithAnyVerification_Fails(string verify)
    {
        await using var server = TestServer.Start(Behaviour.ReplyAndClose(5, 4));
        var result = await Loads.RunAsync(Loads.Options(server.Target, 3, 5) with { Verify = Enum.Parse<Verification>(verify) });
        Loads.AssertFailed(result, FailureReason.ClosedEarly, 3);
    }

    [Fact]
    public async Task ByteTooMany_WithVerifiedLength_Fails()
    {
        await using var server = TestServer.Start(Behaviour.ReplyWithExtraByte(5));
        var result = await Loads.RunAsync(Loads.Options(server.Target, 3, 5) with { Verify = Verification.Length });
        Loads.AssertFailed(result, FailureReason.ExtraBytes, 3);
    }

    [Fact]
    public async Task ByteTooMany_WithoutVerification_Passes()
    {
        await using var server = TestServer.Start(Behaviour.ReplyWithExtraByte(5));
        var result = await Loads.RunAsync(Loads.Options(server.Target, 3, 5) with { Verify = Verification.None });
        Loads.AssertGood(result, 3, 1);
    }
}
