using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace PipeClient.Load.Messages;

/// <summary>
/// What the messages of a run consist of. Sender and receiver ask for it piece by piece, from any offset, so that a message need
/// not be kept while it is under way. Any thread.
/// </summary>
internal abstract class MessageContent
{
    /// <summary>The longest message.</summary>
    public abstract int MaxSize { get; }

    /// <summary>The size of one connection's message, counted from 0.</summary>
    public abstract int SizeOf(int connection, long message);

    /// <summary>Writes a message from an offset on; the piece lies within it.</summary>
    public abstract void Fill(int connection, long message, int offset, Span<byte> piece);

    /// <summary>How many bytes of the piece are what <see cref="Fill"/> would have written there.</summary>
    public abstract int CountSame(int connection, long message, int offset, ReadOnlySpan<byte> piece);
}

/// <summary>The same bytes every time.</summary>
internal sealed class FixedContent(ReadOnlyMemory<byte> bytes) : MessageContent
{
    public override int MaxSize => bytes.Length;

    public override int SizeOf(int connection, long message) => bytes.Length;

    public override void Fill(int connection, long message, int offset, Span<byte> piece) =>
        bytes.Span.Slice(offset, piece.Length).CopyTo(piece);

    public override int CountSame(int connection, long message, int offset, ReadOnlySpan<byte> piece) =>
        piece.CommonPrefixLength(bytes.Span.Slice(offset, piece.Length));
}

/// <summary>
/// Pseudorandom bytes that differ from connection to connection and from message to message, so that somebody else's echo, or one
/// out of order, is found; with one seed always the same. A message is a stretch of one random table, masked with eight bytes of
/// its own: as cheap as a copy, and any offset of it is at hand.
/// </summary>
internal sealed class RandomContent : MessageContent
{
    private const int TableSize = 1 << 15;
    private const int MaskSize = sizeof(ulong);

    private readonly ulong _seed;
    private readonly int _minSize;
    private readonly byte[] _table = new byte[TableSize];

    public RandomContent(int minSize, int maxSize, ulong seed)
    {
        _minSize = minSize;
        MaxSize = maxSize;
        _seed = seed;
        var words = MemoryMarshal.Cast<byte, ulong>(_table.AsSpan());
        for (var i = 0; i < words.Length; i++)
        {
            words[i] = Mix(seed ^ Mix((ulong)i));
        }
    }

    public override int MaxSize { get; }

    public override int SizeOf(int connection, long message) =>
        _minSize == MaxSize ? MaxSize : _minSize + (int)(Mix(Key(connection, message)) % (ulong)(MaxSize - _minSize + 1));

    public override void Fill(int connection, long message, int offset, Span<byte> piece)
    {
        var key = Key(connection, message);
        while (piece.Length > 0)
        {
            var source = Stretch(key, offset, piece.Length);
            Masked(source, MaskAt(key, offset), piece);
            offset += source.Length;
            piece = piece[source.Length..];
        }
    }

    public override int CountSame(int connection, long message, int offset, ReadOnlySpan<byte> piece)
    {
        var key = Key(connection, message);
        var count = 0;
        while (count < piece.Length)
        {
            var source = Stretch(key, offset + count, piece.Length - count);
            var same = CountSame(source, MaskAt(key, offset + count), piece[count..]);
            count += same;
            if (same < source.Length)
            {
                break;
            }
        }

        return count;
    }

    /// <summary>The table's bytes from where an offset of the message lies in it, at most to the table's end.</summary>
    private ReadOnlySpan<byte> Stretch(ulong key, int offset, int length)
    {
        var start = (int)(((key >> 32) + (ulong)offset) % TableSize);
        return _table.AsSpan(start, Math.Min(length, TableSize - start));
    }

    private static ulong MaskAt(ulong key, int offset) => BitOperations.RotateRight(key, offset % MaskSize * 8);

    private static void Masked(ReadOnlySpan<byte> source, ulong mask, Span<byte> piece)
    {
        var at = 0;
        if (Vector.IsHardwareAccelerated)
        {
            var wide = Vector.AsVectorByte(new Vector<ulong>(mask));
            for (; at <= source.Length - Vector<byte>.Count; at += Vector<byte>.Count)
            {
                (new Vector<byte>(source[at..]) ^ wide).CopyTo(piece[at..]);
            }
        }

        for (; at < source.Length; at++)
        {
            piece[at] = MaskedByte(source, mask, at);
        }
    }

    private static int CountSame(ReadOnlySpan<byte> source, ulong mask, ReadOnlySpan<byte> piece)
    {
        var at = 0;
        if (Vector.IsHardwareAccelerated)
        {
            var wide = Vector.AsVectorByte(new Vector<ulong>(mask));
            while (at <= source.Length - Vector<byte>.Count
                && (new Vector<byte>(source[at..]) ^ wide) == new Vector<byte>(piece[at..]))
            {
                at += Vector<byte>.Count;
            }
        }

        while (at < source.Length && piece[at] == MaskedByte(source, mask, at))
        {
            at++;
        }

        return at;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte MaskedByte(ReadOnlySpan<byte> source, ulong mask, int at) =>
        (byte)(source[at] ^ (byte)(mask >> (at % MaskSize * 8)));

    private ulong Key(int connection, long message) => Mix(_seed ^ Mix((ulong)connection + 1) ^ Mix(~(ulong)message));

    /// <summary>The finisher of SplitMix64: every bit of the input changes half of the output's.</summary>
    private static ulong Mix(ulong value)
    {
        value += 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
