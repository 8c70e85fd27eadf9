using System.Buffers;

namespace Support;

/// <summary>Bytes that tell their place in the stream, so that one lost, doubled or moved shows.</summary>
public static class Pattern
{
    // A prime, so that no buffer size is a multiple of it.
    private const int Period = 251;
    private const int Longest = 1024 * 1024;

    private static readonly byte[] _table = [.. Enumerable.Range(0, Longest + Period).Select(i => (byte)(i % Period))];

    /// <summary>The <paramref name="count"/> (at most 1 MiB) bytes that stand at <paramref name="offset"/>.</summary>
    public static ReadOnlyMemory<byte> At(long offset, int count) => _table.AsMemory((int)(offset % Period), count);

    /// <summary>A copy of the first bytes, of any number.</summary>
    public static byte[] Create(int count)
    {
        var bytes = new byte[count];
        for (var offset = 0; offset < count; offset += Longest)
        {
            var length = Math.Min(Longest, count - offset);
            At(offset, length).CopyTo(bytes.AsMemory(offset));
        }

        return bytes;
    }

    public static void Check(ReadOnlySpan<byte> bytes, long offset)
    {
        while (bytes.Length > 0)
        {
            var part = bytes[..Math.Min(bytes.Length, Longest)];
            var expected = At(offset, part.Length).Span;
            if (!part.SequenceEqual(expected))
            {
                throw new InvalidDataException($"Wrong byte at offset {offset + part.CommonPrefixLength(expected)}.");
            }

            offset += part.Length;
            bytes = bytes[part.Length..];
        }
    }

    public static void Check(ReadOnlySequence<byte> bytes, long offset)
    {
        foreach (var segment in bytes)
        {
            Check(segment.Span, offset);
            offset += segment.Length;
        }
    }
}
