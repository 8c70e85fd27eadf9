using System.Runtime.CompilerServices;

namespace ThreadTransport.Internal.Overstay;

/// <summary>
/// The words of all connections, side by side, so that the tick reads ten thousand of them in the time of a few cache misses.
/// Slots are rented and returned on any thread; the scan is the tick thread's.
/// </summary>
internal sealed class StayTable
{
    private const int ChunkSize = 1024;

    private readonly Lock _lock = new();
    private readonly Stack<StaySlot> _free = new();
    private Chunk[] _chunks = [];

    /// <summary>How many slots are rented.</summary>
    public int Rented
    {
        get
        {
            lock (_lock)
            {
                return (_chunks.Length * ChunkSize) - _free.Count;
            }
        }
    }

    public StaySlot Rent(IStay owner)
    {
        lock (_lock)
        {
            if (_free.Count == 0)
            {
                Grow();
            }

            var slot = _free.Pop();
            Volatile.Write(ref slot.Chunk.Owners[slot.Index], owner);
            Volatile.Write(ref slot.Chunk.Words[slot.Index], StayWord.Fresh(slot.Chunk.Words[slot.Index]));
            return slot;
        }
    }

    public void Return(StaySlot slot)
    {
        Volatile.Write(ref slot.Chunk.Owners[slot.Index], null);
        lock (_lock)
        {
            _free.Push(slot);
        }
    }

    /// <summary>Looks at every word once. Only the tick's thread calls this.</summary>
    /// <returns>Whether any word changed since the last look, or still waits for something.</returns>
    public bool Scan()
    {
        var active = false;
        foreach (var chunk in Volatile.Read(ref _chunks))
        {
            for (var i = 0; i < ChunkSize; i++)
            {
                var word = Volatile.Read(ref chunk.Words[i]);
                if (word != chunk.Seen[i])
                {
                    chunk.Seen[i] = word;
                    chunk.Ticks[i] = StayWord.IsWatched(word) ? 0 : Chunk.Settled;
                    active = true;
                }
                else if (chunk.Ticks[i] != Chunk.Settled)
                {
                    active = true;
                    chunk.Ticks[i]++;
                    if (chunk.Ticks[i] >= OverstayTick.OverstayTicks
                        && (Volatile.Read(ref chunk.Owners[i]) is not { } owner || owner.OnOverstay(word, chunk.Ticks[i])))
                    {
                        chunk.Ticks[i] = Chunk.Settled;
                    }
                }
            }
        }

        return active;
    }

    /// <summary>Calls back for every word's owner. Any thread; who comes or goes meanwhile may be left out, or be called once more.</summary>
    public void ForEachOwner(Action<IStay> callback)
    {
        foreach (var chunk in Volatile.Read(ref _chunks))
        {
            for (var i = 0; i < ChunkSize; i++)
            {
                if (Volatile.Read(ref chunk.Owners[i]) is { } owner)
                {
                    callback(owner);
                }
            }
        }
    }

    private void Grow()
    {
        var chunk = new Chunk();
        _chunks = [.. _chunks, chunk];
        for (var i = ChunkSize - 1; i >= 0; i--)
        {
            _free.Push(new StaySlot(chunk, i));
        }
    }

    internal sealed class Chunk
    {
        /// <summary>Nothing more to do until the word changes.</summary>
        public const int Settled = -1;

        public readonly int[] Words = new int[ChunkSize];
        public readonly IStay?[] Owners = new IStay?[ChunkSize];
        public readonly int[] Seen = new int[ChunkSize];
        public readonly int[] Ticks = CreateSettled();

        private static int[] CreateSettled()
        {
            var ticks = new int[ChunkSize];
            Array.Fill(ticks, Settled);
            return ticks;
        }
    }
}

/// <summary>A place in the <see cref="StayTable"/>.</summary>
internal readonly struct StaySlot(StayTable.Chunk chunk, int index)
{
    public StayTable.Chunk Chunk => chunk;

    public int Index => index;

    public int Word
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Volatile.Read(ref chunk.Words[index]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryChange(int from, int to) => Interlocked.CompareExchange(ref chunk.Words[index], to, from) == from;
}
