using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

// What threads cost that only wait: resident memory, starting them, and a collection that has to look at their stacks.
if (args is not [var kind and ("native" or "managed"), var text, .. var rest]
    || !int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count == 0
    || rest.Length > 1
    || !int.TryParse(rest is [var given] ? given : "0", NumberStyles.None, CultureInfo.InvariantCulture, out var depth)
    || (kind == "native" && depth > 0))
{
    Console.Error.WriteLine("usage: BareThreads native THREADS | managed THREADS [FRAMES]");
    return 2;
}

if (!OperatingSystem.IsLinux())
{
    Console.Error.WriteLine("BareThreads: needs Linux");
    return 1;
}

var before = Environment.WorkingSet;
using var process = Process.GetCurrentProcess();
var processor = process.TotalProcessorTime;
Waiting.Start(kind == "native", count, depth);
process.Refresh();
processor = process.TotalProcessorTime - processor;

// The first one takes what starting them has left.
GC.Collect(0);
var pauses = new List<double>();
for (var i = 0; i < 15; i++)
{
    var pause = GC.GetTotalPauseDuration();
    GC.Collect(0);
    pauses.Add((GC.GetTotalPauseDuration() - pause).TotalMilliseconds);
}

pauses.Sort();
Console.WriteLine(string.Create(
    CultureInfo.InvariantCulture,
    $"resident={(Environment.WorkingSet - before) / 1024.0 / count:f1} start={processor.TotalSeconds:f2} pause={pauses[7]:f1} fewest={pauses[0]:f1} most={pauses[14]:f1}"));
return 0;

/// <summary>Threads in a read of a pipe that nobody writes to. They end with the process.</summary>
internal static unsafe partial class Waiting
{
    private const int StackSize = 256 * 1024;

    private static int _descriptor;
    private static int _waiting;

    public static void Start(bool native, int count, int depth)
    {
        var ends = stackalloc int[2];
        Check(pipe(ends) == 0 ? 0 : Marshal.GetLastSystemError(), "pipe");
        _descriptor = ends[0];
        for (var i = 0; i < count; i++)
        {
            if (native)
            {
                StartNative();
            }
            else
            {
                new Thread(() => Descend(depth), StackSize) { IsBackground = true }.UnsafeStart();
            }
        }

        SpinWait.SpinUntil(() => Volatile.Read(ref _waiting) == count);
    }

    private static void StartNative()
    {
        // More than pthread_attr_t takes with any C library.
        var attributes = stackalloc byte[128];
        Check(pthread_attr_init(attributes), "pthread_attr_init");
        Check(pthread_attr_setstacksize(attributes, StackSize), "pthread_attr_setstacksize");
        Check(pthread_create(out _, attributes, &Enter, 0), "pthread_create");
        _ = pthread_attr_destroy(attributes);
    }

    [UnmanagedCallersOnly]
    private static nint Enter(nint argument)
    {
        Wait();
        return 0;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Descend(int depth)
    {
        if (depth > 0)
        {
            Descend(depth - 1);
        }
        else
        {
            Wait();
        }

        // Keeps the frame.
        GC.KeepAlive(depth);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Wait()
    {
        byte nothing;
        Interlocked.Increment(ref _waiting);
        _ = read(_descriptor, &nothing, 1);
    }

    private static void Check(int error, string call)
    {
        if (error != 0)
        {
            Console.Error.WriteLine($"BareThreads: {call}: {Marshal.GetPInvokeErrorMessage(error)}");
            Environment.Exit(1);
        }
    }

    [LibraryImport("libc")]
    private static partial int pipe(int* ends);

    [LibraryImport("libc")]
    private static partial nint read(int descriptor, byte* buffer, nint count);

    [LibraryImport("libc")]
    private static partial int pthread_attr_init(byte* attributes);

    [LibraryImport("libc")]
    private static partial int pthread_attr_destroy(byte* attributes);

    [LibraryImport("libc")]
    private static partial int pthread_attr_setstacksize(byte* attributes, nint size);

    [LibraryImport("libc")]
    private static partial int pthread_create(out nint thread, byte* attributes, delegate* unmanaged<nint, nint> start, nint argument);
}
