using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace Randomised.Tests.Actors;

/// <summary>
/// A thread of the test's own, on which an actor may block as long as it likes: nobody else waits for it. Kept for the next
/// sequence, because creating threads would cost more than what they do.
/// </summary>
internal sealed class ActorThread
{
    private static readonly ConcurrentBag<ActorThread> _idle = [];

    private readonly BlockingCollection<Action> _work = [];

    private ActorThread() => new Thread(Work) { IsBackground = true, Name = "actor" }.UnsafeStart();

    public static ActorThread Rent() => _idle.TryTake(out var thread) ? thread : new ActorThread();

    /// <summary>Only once nothing runs or waits there any more; a thread that hangs is not returned.</summary>
    public void Return() => _idle.Add(this);

    /// <summary>Awaited, goes on there.</summary>
    public Entrance Enter() => new(this);

    private void Work()
    {
        foreach (var action in _work.GetConsumingEnumerable())
        {
            action();
        }
    }

    public readonly struct Entrance(ActorThread thread) : ICriticalNotifyCompletion
    {
        public bool IsCompleted => false;

        public Entrance GetAwaiter() => this;

        public void OnCompleted(Action continuation) => thread._work.Add(continuation);

        public void UnsafeOnCompleted(Action continuation) => thread._work.Add(continuation);

        public void GetResult()
        {
        }
    }
}
