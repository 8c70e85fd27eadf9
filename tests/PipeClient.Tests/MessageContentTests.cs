using PipeClient.Load.Messages;

namespace PipeClient.Tests;

public sealed class MessageContentTests
{
    private static readonly RandomContent _content = new(100_000, 100_000, seed: 7);

    [Fact]
    public void Random_WithTheSameSeed_IsTheSame() =>
        Assert.Equal(Message(_content, 3, 5), Message(new RandomContent(100_000, 100_000, seed: 7), 3, 5));

    [Theory]
    [InlineData(8, 3, 5)]
    [InlineData(7, 4, 5)]
    [InlineData(7, 3, 6)]
    public void Random_OfAnotherSeedConnectionOrMessage_IsAnother(ulong seed, int connection, long message)
    {
        var one = Message(_content, 3, 5);
        var other = Message(new RandomContent(100_000, 100_000, seed), connection, message);
        // By chance one byte in 256 is the same.
        Assert.InRange(one.Zip(other).Count(pair => pair.First == pair.Second), 0, 100_000 / 64);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 63)]
    [InlineData(7, 4096)]
    [InlineData(32767, 2)]
    [InlineData(99_999, 1)]
    [InlineData(12_345, 87_655)]
    public void Random_FromAnyOffset_IsTheSame(int offset, int length)
    {
        var piece = new byte[length];
        _content.Fill(3, 5, offset, piece);
        Assert.Equal(Message(_content, 3, 5)[offset..(offset + length)], piece);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(31)]
    [InlineData(32)]
    [InlineData(65_537)]
    [InlineData(99_999)]
    public void Random_WithAByteChanged_IsTheSameUpToThere(int changed)
    {
        var message = Message(_content, 3, 5);
        Assert.Equal(message.Length, _content.CountSame(3, 5, 0, message));
        message[changed] ^= 1;
        Assert.Equal(changed, _content.CountSame(3, 5, 0, message));
    }

    [Fact]
    public void Sizes_OfARange_FillItFromEndToEnd()
    {
        var content = new RandomContent(1, 4, seed: 7);
        var sizes = Enumerable.Range(0, 1000).Select(message => content.SizeOf(0, message)).ToArray();
        Assert.Equal([1, 2, 3, 4], sizes.Distinct().Order());
        Assert.Equal(sizes, Enumerable.Range(0, 1000).Select(message => content.SizeOf(0, message)));
    }

    private static byte[] Message(MessageContent content, int connection, long message)
    {
        var bytes = new byte[content.SizeOf(connection, message)];
        content.Fill(connection, message, 0, bytes);
        return bytes;
    }
}
