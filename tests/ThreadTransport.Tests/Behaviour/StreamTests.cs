using Microsoft.AspNetCore.Connections.Features;
using Support;

namespace ThreadTransport.Tests.Behaviour;

/// <summary>Whole conversations through a real Kestrel.</summary>
[Trait("Promise", "P7")]
public sealed class StreamTests
{
    [Theory, EveryTransport]
    [Trait("Contract", "C6")]
    public async Task Echo_OneByteAtATime_ReturnsEach(ITransport transport)
    {
        await using var harness = await KestrelHarness.StartAsync(transport, Applications.EchoAsync);
        var client = await harness.ConnectAsync();

        for (var i = 0; i < 500; i++)
        {
            await client.SendAsync(Pattern.At(i, 1));
            Pattern.Check(await client.ReceiveExactlyAsync(1), i);
        }
    }

    [Theory, EveryTransport]
    [Trait("Contract", "C6")]
    public async Task Echo_ManySmallSendsWithoutWaiting_ReturnsAllInOrder(ITransport transport)
    {
        const int Count = 5_000;
        await using var harness = await KestrelHarness.StartAsync(transport, Applications.EchoAsync);
        var client = await harness.ConnectAsync();

        var received = client.ReceiveExactlyAsync(Count * 7);
        for (var i = 0; i < Count; i++)
        {
            await client.SendAsync(Pattern.At(i * 7, 7));
        }

        Pattern.Check(await received, 0);
    }

    [Theory, EveryTransport(1, 4095, 4096, 4097, 1024 * 1024)]
    [Trait("Contract", "C9"), Trait("Contract", "C18")]
    public async Task Echo_ClientHalfCloses_GetsEveryByteThenTheEnd(ITransport transport, int size)
    {
        await using var harness = await KestrelHarness.StartAsync(transport, Applications.EchoAsync);
        var client = await harness.ConnectAsync();

        var received = client.ReceiveToEndAsync();
        await client.SendAsync(Pattern.Create(size));
        client.ShutdownSend();

        var echo = await received;
        Assert.Equal(size, echo.Length);
        Pattern.Check(echo, 0);
    }

    [Theory, EveryTransport]
    [Trait("Contract", "C6"), Trait("Contract", "C7")]
    public async Task Echo_HundredMegabytes_EveryByteInItsPlace(ITransport transport)
    {
        const long Size = 100L * 1024 * 1024;
        const int Chunk = 256 * 1024;
        await using var harness = await KestrelHarness.StartAsync(transport, Applications.EchoAsync);
        var client = await harness.ConnectAsync();

        var send = Task.Run(async () =>
        {
            for (var offset = 0L; offset < Size; offset += Chunk)
            {
                await client.SendAsync(Pattern.At(offset, Chunk));
            }

            client.ShutdownSend();
        });

        var received = 0L;
        var buffer = new byte[Chunk];
        while (await client.Socket.ReceiveAsync(buffer).Bounded() is var n and > 0)
        {
            Pattern.Check(buffer.AsSpan(0, n), received);
            received += n;
        }

        Assert.Equal(Size, received);
        await send.Bounded();
    }

    [Theory, EveryTransport]
    [Trait("Contract", "C6"), Trait("Contract", "C7")]
    [Trait("Trap", "6")]
    public async Task BothDirections_AtOnceAndIndependent_ArriveWhole(ITransport transport)
    {
        const int Size = 10 * 1024 * 1024;
        await using var harness = await TransportHarness.BindAsync(transport);
        var (connection, client) = await harness.ConnectAsync();

        // Neither side reads before it writes: whoever could only do one at a time would stand still.
        var reading = Task.Run(async () =>
        {
            var offset = 0L;
            while (offset < Size)
            {
                var result = await connection.Transport.Input.ReadAsync();
                Pattern.Check(result.Buffer, offset);
                offset += result.Buffer.Length;
                connection.Transport.Input.AdvanceTo(result.Buffer.End);
            }
        });
        var writing = Task.Run(() => connection.Transport.Output.WriteAsync(Pattern.Create(Size)).AsTask());
        var sending = client.SendAsync(Pattern.Create(Size));

        Pattern.Check(await client.ReceiveExactlyAsync(Size), 0);
        await Task.WhenAll(reading, writing, sending).Bounded();
    }

    [Theory, EveryTransport]
    [Trait("Contract", "C6"), Trait("Promise", "P9")]
    public async Task Idle_EverythingRead_HoldsNoPoolBlock(ITransport transport)
    {
        await using var harness = await KestrelHarness.StartAsync(transport, Applications.EchoAsync);
        var clients = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => harness.ConnectAsync()));
        await Task.WhenAll(clients.Select(async client =>
        {
            await client.SendAsync(Pattern.At(0, 10_000));
            await client.ReceiveExactlyAsync(10_000);
        }));

        await TestTimeout.EventuallyAsync(() => harness.Memory.Outstanding == 0, "no block out");

        foreach (var client in clients)
        {
            await client.SendAsync("x");
            await client.ReceiveExactlyAsync(1);
        }
    }

    [Theory, EveryTransport]
    [Trait("Contract", "C6")]
    public async Task Echo_FiveHundredConnectionsAtOnce_EachGetsItsOwn(ITransport transport)
    {
        const int Connections = 500;
        await using var harness = await KestrelHarness.StartAsync(transport, Applications.EchoAsync);
        var clients = await Task.WhenAll(Enumerable.Range(0, Connections).Select(_ => harness.ConnectAsync()));

        for (var round = 0; round < 3; round++)
        {
            await Task.WhenAll(clients.Select(async (client, i) =>
            {
                await client.SendAsync(Pattern.At(i, 100));
                Pattern.Check(await client.ReceiveExactlyAsync(100), i);
            }));
        }

        foreach (var client in clients)
        {
            client.ShutdownSend();
        }

        Assert.All(await Task.WhenAll(clients.Select(client => client.ReceiveToEndAsync())), Assert.Empty);
        await harness.StopAsync();
        Assert.Equal(0, harness.Memory.Outstanding);
    }

    [Theory, EveryTransport]
    [Trait("Contract", "C18")]
    public async Task Handler_Returns_ClientGetsEverythingWrittenThenTheEnd(ITransport transport)
    {
        await using var harness = await KestrelHarness.StartAsync(transport, async connection =>
        {
            for (var i = 0; i < 1024; i++)
            {
                await connection.Transport.Output.WriteAsync(Pattern.At(i * 1024, 1024));
            }
        });
        var client = await harness.ConnectAsync();

        var received = await client.ReceiveToEndAsync();

        Assert.Equal(1024 * 1024, received.Length);
        Pattern.Check(received, 0);
    }

    [Theory, EveryTransport]
    [Trait("Contract", "L15")]
    public async Task StopAsync_TokenCancelled_AbortsConnectionsAndEnds(ITransport transport)
    {
        await using var harness = await KestrelHarness.StartAsync(transport, Applications.EchoAsync);
        var clients = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => harness.ConnectAsync()));
        foreach (var client in clients)
        {
            await client.SendAsync("x");
            await client.ReceiveExactlyAsync(1);
        }

        await harness.StopAsync(new CancellationToken(canceled: true));

        await Task.WhenAll(clients.Select(client => client.ReceiveToResetAsync()));
        Assert.Equal(0, harness.Memory.Outstanding);
    }

    [Theory, EveryTransport]
    [Trait("Contract", "L15")]
    public async Task StopAsync_HandlerHeedsConnectionClosedRequested_EndsGracefully(ITransport transport)
    {
        await using var harness = await KestrelHarness.StartAsync(transport, async connection =>
        {
            var requested = connection.Features
                .Get<IConnectionLifetimeNotificationFeature>()!.ConnectionClosedRequested;
            try
            {
                while (true)
                {
                    var result = await connection.Transport.Input.ReadAsync(requested);
                    connection.Transport.Input.AdvanceTo(result.Buffer.End);
                    await connection.Transport.Output.WriteAsync("k"u8.ToArray(), CancellationToken.None);
                }
            }
            catch (OperationCanceledException)
            {
                await connection.Transport.Output.WriteAsync("bye"u8.ToArray(), CancellationToken.None);
            }
        });
        var clients = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => harness.ConnectAsync()));
        foreach (var client in clients)
        {
            await client.SendAsync("x");
            await client.ReceiveExactlyAsync(1);
        }

        await harness.StopAsync();

        Assert.All(
            await Task.WhenAll(clients.Select(client => client.ReceiveToEndAsync())),
            bytes => Assert.Equal("bye"u8.ToArray(), bytes));
        Assert.Equal(0, harness.Memory.Outstanding);
    }
}
