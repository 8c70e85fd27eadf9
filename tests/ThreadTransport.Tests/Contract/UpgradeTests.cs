using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Support;

namespace ThreadTransport.Tests.Contract;

/// <summary>A connection that has left HTTP, as WebSockets do: its ends are ends of a stream.</summary>
public sealed class UpgradeTests
{
    private const string Upgrade = "GET / HTTP/1.1\r\nHost: s\r\nConnection: Upgrade\r\nUpgrade: raw\r\n\r\n";

    [Theory, EveryTransport]
    [Trait("Contract", "107")]
    public async Task Read_ClientSendsFin_GivesTheEnd(ITransport transport)
    {
        var read = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var harness = await KestrelHarness.StartHttpAsync(transport, async http =>
        {
            var stream = await http.Features.Get<IHttpUpgradeFeature>()!.UpgradeAsync();
            await SetAsync(read, async () => await stream.ReadAsync(new byte[16]));
        });
        var client = await harness.ConnectAsync();
        await client.SendAsync(Upgrade);
        Assert.StartsWith("HTTP/1.1 101", await client.ReceiveHeadAsync(), StringComparison.Ordinal);

        client.ShutdownSend();

        Assert.Equal(0, await read.Task.Bounded());
        Assert.Empty(await client.ReceiveToEndAsync());
        Assert.Empty(harness.Log.Complaints);
    }

    [Theory, EveryTransport]
    [Trait("Contract", "108")]
    public async Task Read_CancelledBeforeItBegan_GivesWhatComes(ITransport transport)
    {
        var read = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var harness = await KestrelHarness.StartHttpAsync(transport, async http =>
        {
            var stream = await http.Features.Get<IHttpUpgradeFeature>()!.UpgradeAsync();

            // As Kestrel does when it stops, to wake connections that wait for their next request.
            http.Features.Get<IConnectionTransportFeature>()!.Transport.Input.CancelPendingRead();
            await SetAsync(read, async () => await stream.ReadAsync(new byte[16]));
        });
        var client = await harness.ConnectAsync();
        await client.SendAsync(Upgrade);
        Assert.StartsWith("HTTP/1.1 101", await client.ReceiveHeadAsync(), StringComparison.Ordinal);

        // The stream takes no notice of a cancel that was not its reader's, and reads on.
        await client.SendAsync("hello");
        Assert.Equal(5, await read.Task.Bounded());
        Assert.Empty(await client.ReceiveToEndAsync());
        Assert.Empty(harness.Log.Complaints);
    }

    private static async Task SetAsync<T>(TaskCompletionSource<T> result, Func<Task<T>> get)
    {
        try
        {
            result.SetResult(await get());
        }
#pragma warning disable CA1031 // Whatever it is, it belongs to the test that waits.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            result.SetException(exception);
        }
    }
}
