using System.Diagnostics;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Support;

namespace ThreadTransport.Tests.Behaviour;

/// <summary>
/// Two flushes of a handler are one send, and one flush arrives whatever follows it. That it arrives too while the handler stays is among
/// the tests of overstays.
/// </summary>
public sealed class DeferredSendTests
{
    /// <summary>A machine under load may take so long in the midst of a turn that somebody else sends. Not in most.</summary>
    private const int Attempts = 50;

    private static readonly byte[] _reply = "reply"u8.ToArray();

    /// <summary>A flush that may wait, one that is large and so does not but leaves the next one waiting, and one that may not.</summary>
    [Theory]
    [InlineData(true, false, 5, 0, 10)]
    [InlineData(true, true, 5, 0, 10)]
    [InlineData(true, false, 16 * 1024, 16 * 1024, 16 * 1024)]
    [InlineData(false, false, 5, 5, 10)]
    public async Task Flush_InATurn_WaitsForTheNextIfItMayAndIsSmall(bool defers, bool isSplit, int size, int afterOne, int afterTwo)
    {
        var first = Pattern.Create(size);
        var seen = await LookAsync(
            o => (o.DeferSends, o.SplitAtStart) = (defers, isSplit),
            size + 5,
            async (connection, arrived) =>
            {
                await connection.Transport.Output.WriteAsync(first);
                var one = arrived();
                await connection.Transport.Output.WriteAsync(_reply);
                return (one, arrived());
            });

        Assert.True(seen.Count(s => s == (afterOne, afterTwo)) > Attempts / 2, string.Join(" ", seen));
    }

    /// <summary>Its handler may do so again, and nobody shall have to find that out each time.</summary>
    [Fact]
    public async Task Flush_OfASplitConnectionWhoseHandlerHasStayedAfterOne_IsSentAtOnce()
    {
        var seen = await LookAsync(
            o => o.SplitAtStart = true,
            10,
            async (connection, arrived) =>
            {
                await connection.Transport.Output.WriteAsync(_reply);
                StayUntil(() => arrived() == 5);
                var one = arrived();
                await connection.Transport.Output.WriteAsync(_reply);
                return (one, arrived());
            });

        Assert.True(seen.Count(s => s == (5, 10)) > Attempts / 2, string.Join(" ", seen));
    }

    /// <summary>As TLS does after each record.</summary>
    [Fact]
    public async Task Flush_OfNothingNew_NeitherSendsNorWaits()
    {
        var seen = await LookAsync(
            _ => { },
            10,
            async (connection, arrived) =>
            {
                await connection.Transport.Output.FlushAsync();
                await connection.Transport.Output.WriteAsync(_reply);
                await connection.Transport.Output.FlushAsync();
                var one = arrived();
                await connection.Transport.Output.WriteAsync(_reply);
                return (one, arrived());
            });

        Assert.True(seen.Count(s => s == (0, 10)) > Attempts / 2, string.Join(" ", seen));
    }

    [Fact]
    public async Task Flush_ThenARead_IsSentBeforeItWaits()
    {
        var seen = await LookAsync(
            _ => { },
            5,
            async (connection, arrived) =>
            {
                await connection.Transport.Output.WriteAsync(_reply);
                var one = arrived();
                var read = connection.Transport.Input.ReadAsync();
                var two = arrived();
                connection.Transport.Input.CancelPendingRead();
                var result = await read;
                connection.Transport.Input.AdvanceTo(result.Buffer.Start);
                return (one, two);
            });

        Assert.True(seen.Count(s => s == (0, 5)) > Attempts / 2, string.Join(" ", seen));
    }

    [Theory]
    [InlineData("awaits")]
    [InlineData("reads and blocks")]
    [InlineData("completes the output")]
    [InlineData("aborts without a reason")]
    [InlineData("ends")]
    public async Task Flush_ThenAnythingElse_Arrives(string what)
    {
        await using var harness = await TransportHarness.BindAsync(Transports.ThreadsWith(_ => { }));
        var (connection, client) = await harness.ConnectAsync();
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var handler = HandleAsync();
        await client.SendAsync("x");

        Assert.Equal("reply", await client.ReceiveTextAsync(5));
        arrived.SetResult();
        await client.SendAsync("x");
        await handler.Bounded();

        async Task HandleAsync()
        {
            await ReadOneAsync(connection.Transport.Input);
            await connection.Transport.Output.WriteAsync(_reply);
            switch (what)
            {
                case "awaits":
                    await arrived.Task;
                    break;

                case "reads and blocks":
                    Assert.True(connection.Transport.Input.ReadAsync().AsTask().Wait(TestTimeout.Default));
                    break;

                case "completes the output":
                    connection.Transport.Output.Complete();
                    break;

                case "aborts without a reason":
                    connection.Abort(null!);
                    break;
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Flush_ThenAnEndWithAReason_ArrivesBeforeTheReset(bool aborts)
    {
        await using var harness = await TransportHarness.BindAsync(Transports.ThreadsWith(_ => { }));
        var (connection, client) = await harness.ConnectAsync();
        var handler = HandleAsync();
        await client.SendAsync("x");

        Assert.Equal(_reply, await client.ReceiveToResetAsync());
        await handler.Bounded();

        async Task HandleAsync()
        {
            await ReadOneAsync(connection.Transport.Input);
            await connection.Transport.Output.WriteAsync(_reply);
            if (aborts)
            {
                connection.Abort(new ConnectionAbortedException("enough"));
            }
            else
            {
                connection.Transport.Output.Complete(new InvalidOperationException("enough"));
            }
        }
    }

    /// <summary>More than fits, so that some of the flushes are pending.</summary>
    [Fact]
    public async Task ManyFlushes_InOneTurn_ArriveInOrder()
    {
        const int Size = 1024 * 1024;
        const int Piece = 1000;
        await using var harness = await TransportHarness.BindAsync(Transports.ThreadsWith(_ => { }));
        var (connection, client) = await harness.ConnectAsync(receiveBufferSize: 64 * 1024);
        var handler = HandleAsync();
        await client.SendAsync("x");

        Pattern.Check(await client.ReceiveExactlyAsync(Size), 0);
        await handler.Bounded();

        async Task HandleAsync()
        {
            await ReadOneAsync(connection.Transport.Input);
            for (var sent = 0; sent < Size; sent += Piece)
            {
                await connection.Transport.Output.WriteAsync(Pattern.At(sent, Math.Min(Piece, Size - sent)));
            }
        }
    }

    /// <summary>Asks the handlers of many connections what has arrived at two places in a turn.</summary>
    /// <param name="configure">The transport's options.</param>
    /// <param name="size">How much each sends.</param>
    /// <param name="handle">
    /// The handler. Over loopback bytes are there when their send returns, and the client leaves them there until the handler has looked.
    /// </param>
    private static async Task<List<(int, int)>> LookAsync(
        Action<ThreadTransportOptions> configure,
        int size,
        Func<ConnectionContext, Func<int>, Task<(int, int)>> handle)
    {
        await using var harness = await TransportHarness.BindAsync(Transports.ThreadsWith(configure));
        var seen = new List<(int, int)>();
        for (var i = 0; i < Attempts; i++)
        {
            var (connection, client) = await harness.ConnectAsync();
            var handler = HandleAsync(connection, () => client.Socket.Available);
            await client.SendAsync("x");
            seen.Add(await handler.Bounded());
            await client.ReceiveExactlyAsync(size);
        }

        return seen;

        async Task<(int, int)> HandleAsync(ConnectionContext connection, Func<int> arrived)
        {
            Assert.True(await ReadOneAsync(connection.Transport.Input));
            return await handle(connection, arrived);
        }
    }

    /// <summary>In the turn: does not let go of the thread.</summary>
    private static void StayUntil(Func<bool> condition)
    {
        var began = Stopwatch.GetTimestamp();
        while (!condition() && Stopwatch.GetElapsedTime(began) < TestTimeout.Default)
        {
            Thread.Sleep(1);
        }
    }

    private static async Task<bool> ReadOneAsync(PipeReader input)
    {
        var result = await input.ReadAsync();
        input.AdvanceTo(result.Buffer.End);
        return !result.IsCompleted;
    }
}
