using System.Buffers;
using PipeClient.Load.Outcome;

namespace PipeClient.Load.Echoing;

internal static class EchoCheck
{
    /// <summary>
    /// Compares a piece of a reply with the message from <paramref name="offset"/> on and returns the first byte that differs,
    /// or null. A byte after the message's end differs too.
    /// </summary>
    public static EchoMismatch? FirstMismatch(in ReadOnlySequence<byte> piece, ReadOnlySpan<byte> message, int offset)
    {
        foreach (var segment in piece)
        {
            var actual = segment.Span;
            var expected = message[offset..];
            var same = actual.CommonPrefixLength(expected);
            if (same < actual.Length)
            {
                return new EchoMismatch(offset + same, same < expected.Length ? expected[same] : null, actual[same]);
            }

            offset += same;
        }

        return null;
    }
}
