using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using ThreadTransport.Internal.Native;
using ThreadTransport.Internal.Overstay;
using ThreadTransport.Internal.Readiness;
using ThreadTransport.Internal.Threads;

namespace ThreadTransport.Internal.Connections;

/// <summary>
/// Has most of the code compiled before the first connection, or the first request on another transport, that connections come to only
/// while many threads want the cores. Otherwise the first that needs a method compiles it, as one among all these threads, and whoever else
/// comes to it waits for that (docs/performance.md).
/// </summary>
internal static class Precompilation
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Lock _gate = new();
    private static bool _hasRun;

    /// <summary>Once for a process, and whoever comes meanwhile waits for it; not where all code is compiled ahead of time.</summary>
    public static void Run()
    {
        lock (_gate)
        {
            if (RuntimeFeature.IsDynamicCodeCompiled && !_hasRun)
            {
                CompileAll();
                _hasRun = true;
            }
        }
    }

    private static void CompileAll()
    {
        Compile(typeof(YieldPace));
        Compile(typeof(TimeSlice));
        Compile(typeof(RightOfWay));
        Compile(typeof(CollectionHold));
        Compile(typeof(Arrivals));
        Compile(typeof(HoldGate));
        Compile(typeof(Futex));
        Compile(typeof(Libc));
        Compile(typeof(Scheduler));
        Compile(typeof(ReceiveSpin));
        Compile(typeof(SpinLimit));
        Compile(typeof(Receiver));
        Compile(typeof(Sender));
        Compile(typeof(ReadAhead));
        Compile(typeof(SocketReceive));
        Compile(typeof(ReadinessPoller));
        Compile(typeof(ServingLoop));
        Compile(typeof(TurnScheduler));
        Compile(typeof(OverstayTick));
        Compile(typeof(StayTable));
        Compile(typeof(ThreadProbe));
        Compile(typeof(BorrowedThreads));

        // Of a generic type only what is called is compiled for a type of ours.
        var queue = new Queue<Turn>(0);
        queue.Enqueue(default);
        _ = queue.TryDequeue(out _);
    }

    /// <summary>
    /// All but constructors, nested types (and with them what is asynchronous), and most methods that implement an interface, which the runtime
    /// does not compile before they are called.
    /// </summary>
    private static void Compile(
        [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicMethods | DynamicallyAccessedMemberTypes.NonPublicMethods)] Type type)
    {
        foreach (var method in type.GetMethods(Declared))
        {
            if (!method.IsAbstract && !method.ContainsGenericParameters && !method.Attributes.HasFlag(MethodAttributes.PinvokeImpl))
            {
                RuntimeHelpers.PrepareMethod(method.MethodHandle);
            }
        }
    }
}
