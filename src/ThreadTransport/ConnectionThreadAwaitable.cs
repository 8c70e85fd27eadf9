using System.Runtime.CompilerServices;
using ThreadTransport.Internal.Threads;

namespace ThreadTransport;

/// <summary>Awaited, it goes on with a thread of the connection. See <see cref="IConnectionThreadFeature.ReturnAsync"/>.</summary>
public readonly struct ConnectionThreadAwaitable : IEquatable<ConnectionThreadAwaitable>
{
    private readonly IThreadSwitch? _destination;

    internal ConnectionThreadAwaitable(IThreadSwitch destination) => _destination = destination;

    /// <summary>Whether both are the same.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">The other.</param>
    /// <returns>True if both lead to the same connection.</returns>
    public static bool operator ==(ConnectionThreadAwaitable left, ConnectionThreadAwaitable right) => left.Equals(right);

    /// <summary>Whether the two differ.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">The other.</param>
    /// <returns>True if they do not lead to the same connection.</returns>
    public static bool operator !=(ConnectionThreadAwaitable left, ConnectionThreadAwaitable right) => !left.Equals(right);

    /// <summary>Called by the compiler for <c>await</c>.</summary>
    /// <returns>The awaiter.</returns>
    public Awaiter GetAwaiter() => new(_destination);

    /// <inheritdoc/>
    public bool Equals(ConnectionThreadAwaitable other) => ReferenceEquals(_destination, other._destination);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is ConnectionThreadAwaitable other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _destination?.GetHashCode() ?? 0;

    /// <summary>Called by the compiler for <c>await</c>.</summary>
    public readonly struct Awaiter : ICriticalNotifyCompletion, IEquatable<Awaiter>
    {
        private readonly IThreadSwitch? _destination;

        internal Awaiter(IThreadSwitch? destination) => _destination = destination;

        /// <summary>Whether the code is there already. A default value leads nowhere, and so is always there.</summary>
        public bool IsCompleted => _destination is null || _destination.IsCurrent;

        /// <summary>Whether both are the same.</summary>
        /// <param name="left">One.</param>
        /// <param name="right">The other.</param>
        /// <returns>True if both lead to the same connection.</returns>
        public static bool operator ==(Awaiter left, Awaiter right) => left.Equals(right);

        /// <summary>Whether the two differ.</summary>
        /// <param name="left">One.</param>
        /// <param name="right">The other.</param>
        /// <returns>True if they do not lead to the same connection.</returns>
        public static bool operator !=(Awaiter left, Awaiter right) => !left.Equals(right);

        /// <summary>Does nothing: arriving is all there is.</summary>
        public void GetResult()
        {
        }

        /// <summary>Has <paramref name="continuation"/> run there, in the caller's execution context.</summary>
        /// <param name="continuation">What to run.</param>
        public void OnCompleted(Action continuation)
        {
            ArgumentNullException.ThrowIfNull(continuation);
            var context = ExecutionContext.Capture();
            UnsafeOnCompleted(context is null
                ? continuation
                : () => ExecutionContext.Run(context, static c => ((Action)c!)(), continuation));
        }

        /// <summary>Has <paramref name="continuation"/> run there.</summary>
        /// <param name="continuation">What to run.</param>
        public void UnsafeOnCompleted(Action continuation)
        {
            ArgumentNullException.ThrowIfNull(continuation);
            var turn = new Turn(static c => ((Action)c!)(), continuation);
            if (_destination is null)
            {
                turn.Run();
            }
            else
            {
                _destination.Post(turn);
            }
        }

        /// <inheritdoc/>
        public bool Equals(Awaiter other) => ReferenceEquals(_destination, other._destination);

        /// <inheritdoc/>
        public override bool Equals(object? obj) => obj is Awaiter other && Equals(other);

        /// <inheritdoc/>
        public override int GetHashCode() => _destination?.GetHashCode() ?? 0;
    }
}
