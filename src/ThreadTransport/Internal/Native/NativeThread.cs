using System.Runtime.InteropServices;

namespace ThreadTransport.Internal.Native;

/// <summary>
/// Starts operating-system threads without waiting for them. <see cref="Thread"/> holds its caller until the new thread has run,
/// which took 0.2 ms on a quiet machine and a quarter of a second on a loaded one, where <c>pthread_create</c> took 0.02 ms; ten
/// thousand threads took 1.7 and 0.5 seconds. The runtime takes such a thread in when it first runs managed code, as a
/// background thread.
/// </summary>
internal static unsafe partial class NativeThread
{
    /// <summary>More than <c>pthread_attr_t</c> takes with any C library (56 to 64 bytes).</summary>
    private const int AttributesSize = 128;

    private const int Detached = 1;

    /// <summary>Has <paramref name="body"/> run on a new thread.</summary>
    /// <param name="body">What the thread does. Called with <paramref name="argument"/>; has to catch its exceptions itself.</param>
    /// <param name="argument">Its own to free, but for an exception here.</param>
    /// <param name="stackSize">In bytes.</param>
    /// <exception cref="InvalidOperationException">The operating system has no room for another thread.</exception>
    public static void Start(delegate* unmanaged<nint, nint> body, nint argument, int stackSize)
    {
        if (!OperatingSystem.IsLinux())
        {
            new Thread(() => body(argument), stackSize) { IsBackground = true }.UnsafeStart();
            return;
        }

        var attributes = stackalloc byte[AttributesSize];
        Check(pthread_attr_init(attributes));
        try
        {
            Check(pthread_attr_setstacksize(attributes, (nuint)RoundUpToPage(stackSize)));
            Check(pthread_attr_setdetachstate(attributes, Detached));
            Check(pthread_create(out _, attributes, body, argument));
        }
        finally
        {
            _ = pthread_attr_destroy(attributes);
        }
    }

    private static void Check(int error)
    {
        if (error != 0)
        {
            throw new InvalidOperationException(
                $"The operating system refused a thread (error {error}: {Marshal.GetPInvokeErrorMessage(error)}).");
        }
    }

    private static long RoundUpToPage(int size) =>
        (size + (long)Environment.SystemPageSize - 1) / Environment.SystemPageSize * Environment.SystemPageSize;

    [LibraryImport("libc")]
    private static partial int pthread_attr_init(byte* attributes);

    [LibraryImport("libc")]
    private static partial int pthread_attr_destroy(byte* attributes);

    [LibraryImport("libc")]
    private static partial int pthread_attr_setstacksize(byte* attributes, nuint size);

    [LibraryImport("libc")]
    private static partial int pthread_attr_setdetachstate(byte* attributes, int state);

    [LibraryImport("libc")]
    private static partial int pthread_create(out nuint thread, byte* attributes, delegate* unmanaged<nint, nint> start, nint argument);
}
