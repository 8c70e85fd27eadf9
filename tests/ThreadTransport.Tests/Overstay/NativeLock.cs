using System.Runtime.CompilerServices;
using Support;
using ThreadTransport.Internal.Native;

namespace ThreadTransport.Tests.Overstay;

/// <summary>Waits as a lock of the C library's does, and a thread that a collection has stopped: for a futex. Any thread.</summary>
internal sealed unsafe class NativeLock
{
    private readonly int[] _word = GC.AllocateArray<int>(1, pinned: true);

    private int* Word => (int*)Unsafe.AsPointer(ref _word[0]);

    public void Wait()
    {
        while (Volatile.Read(ref *Word) == 0)
        {
            Futex.Wait(Word, 0, TestTimeout.Default);
        }
    }

    public void Open()
    {
        Volatile.Write(ref *Word, 1);
        Futex.Wake(Word);
    }
}
