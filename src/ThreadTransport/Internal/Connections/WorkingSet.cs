using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace ThreadTransport.Internal.Connections;

/// <summary>
/// The objects that serving a message of one connection goes through. Where many connections are busy they have left the processor's near
/// caches since the last message, and each would be waited for when it is first touched; asked for together, and before a system call, they
/// come meanwhile.
/// </summary>
internal readonly struct WorkingSet(
    Receiver receiver,
    Sender sender,
    TurnScheduler turns,
    Pipe input,
    Pipe output,
    ConnectionReader reader)
{
    private const int LineSize = 64;

    /// <summary>
    /// Asks for them, waiting for the reader at most, which knows the last of them. Only a hint: an object may move, and what is then fetched
    /// is of no use, but does no harm. Does nothing where the runtime has no such instruction.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Fetch()
    {
        if (Sse.IsSupported)
        {
            Fetch(receiver, lines: 4);
            Fetch(sender, lines: 3);
            Fetch(turns, lines: 2);
            Fetch(input, lines: 5);
            Fetch(output, lines: 5);
            Fetch(reader, lines: 2);
            Fetch(reader.Continuation, lines: 3);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void Fetch(object? target, int lines)
    {
        var address = *(byte**)Unsafe.AsPointer(ref target);
        for (var line = 0; line < lines; line++)
        {
            Sse.Prefetch0(address + (line * LineSize));
        }
    }
}
