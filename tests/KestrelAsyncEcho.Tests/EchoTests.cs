using Support;
using Support.Processes;

namespace KestrelAsyncEcho.Tests;

public class EchoTests
{
    private const int Megabyte = 1024 * 1024;

    public static TheoryData<string> Transports => EchoProcess.Transports;

    [Theory, MemberData(nameof(Transports))]
    public async Task Client_SendsMessages_GetsEachBack(string transport)
    {
        await using var server = await EchoProcess.StartAsync(transport);
        using var client = await server.ConnectAsync();

        await client.AssertEchoesAsync("hello");
        await client.AssertEchoesAsync(new string('x', 5000));
        await client.AssertEchoesAsync("bye");
    }

    [Theory, MemberData(nameof(Transports))]
    public async Task Client_WritesOneByteAtATime_GetsEachBackAtOnce(string transport)
    {
        await using var server = await EchoProcess.StartAsync(transport);
        using var client = await server.ConnectAsync();

        foreach (var character in "one byte at a time")
        {
            await client.AssertEchoesAsync(character.ToString());
        }
    }

    [Theory, MemberData(nameof(Transports))]
    public async Task Client_EndsItsStreamWithoutAByte_GetsTheEndBack(string transport)
    {
        await using var server = await EchoProcess.StartAsync(transport);
        using var client = await server.ConnectAsync();

        client.ShutdownSend();

        Assert.Empty(await client.ReceiveToEndAsync());
    }

    [Theory, MemberData(nameof(Transports))]
    public async Task Client_HalfClosesAfterWriting_GetsEveryByteBack(string transport)
    {
        var data = new byte[Megabyte + 1];
        Random.Shared.NextBytes(data);
        await using var server = await EchoProcess.StartAsync(transport);
        using var client = await server.ConnectAsync();

        var received = client.ReceiveToEndAsync();
        await client.SendAsync(data);
        client.ShutdownSend();

        Assert.Equal(data, await received);
    }

    [Theory, MemberData(nameof(Transports))]
    public async Task Client_StartsReadingOnlyAfterItsHalfClose_GetsEveryByteBack(string transport)
    {
        var data = new byte[64 * 1024];
        Random.Shared.NextBytes(data);
        await using var server = await EchoProcess.StartAsync(transport);
        using var client = await server.ConnectAsync();

        await client.SendAsync(data);
        client.ShutdownSend();

        Assert.Equal(data, await client.ReceiveToEndAsync());
    }

    [Theory, MemberData(nameof(Transports))]
    public async Task Client_Sends100Megabytes_GetsThemBackUnchanged(string transport)
    {
        var block = new byte[Megabyte];
        Random.Shared.NextBytes(block);
        await using var server = await EchoProcess.StartAsync(transport);
        using var client = await server.ConnectAsync();

        var sending = Task.Run(async () =>
        {
            for (var i = 0; i < 100; i++)
            {
                await client.SendAsync(block);
            }

            client.ShutdownSend();
        });
        for (var i = 0; i < 100; i++)
        {
            var received = await client.ReceiveExactlyAsync(Megabyte);
            Assert.True(block.AsSpan().SequenceEqual(received), $"Megabyte {i} differs.");
        }

        await sending.Bounded();
        Assert.Empty(await client.ReceiveToEndAsync());
    }

    [Theory, MemberData(nameof(Transports))]
    public async Task Client_Resets_DisturbsNobodyAndLeavesNoTrace(string transport)
    {
        await using var server = await EchoProcess.StartAsync(transport);
        using var witness = await server.ConnectAsync();
        await witness.AssertEchoesAsync("before");

        for (var i = 0; i < 20; i++)
        {
            using var client = await server.ConnectAsync();
            await client.AssertEchoesAsync("soon gone");
            await client.SendAsync("never read");
            client.Reset();
        }

        await witness.AssertEchoesAsync("after");
        var exit = await server.StopAsync();
        Assert.Equal("", exit.Error);
        Assert.Contains("Now: 0", exit.OutputLines);
    }
}
