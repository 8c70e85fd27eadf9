using System.Buffers;
using System.IO.Pipelines;

namespace Randomised.Tests.Sequences;

/// <summary>The ways in which an application may leave a read: how much of it is consumed, and how much was looked at.</summary>
internal static class Consumption
{
    public const int Ways = 5;

    /// <returns>How many bytes are consumed, and whether all were looked at, so that the next read is to bring more.</returns>
    public static (long Consumed, bool SawAll) Advance(PipeReader input, ReadOnlySequence<byte> buffer, int way)
    {
        // Asked for before its memory is given back.
        var length = buffer.Length;
        var half = buffer.GetPosition(length / 2);
        switch (way)
        {
            case 0:
                input.AdvanceTo(buffer.End);
                return (length, true);
            case 1:
                input.AdvanceTo(half);
                return (length / 2, length == 0);
            case 2:
                input.AdvanceTo(half, buffer.End);
                return (length / 2, true);
            case 3:
                input.AdvanceTo(buffer.Start, buffer.End);
                return (0, true);
            default:
                input.AdvanceTo(buffer.Start);
                return (0, length == 0);
        }
    }
}
