using System.Buffers;
using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Connections;

namespace Support;

/// <summary>
/// Makes memory pools like Kestrel's (pinned blocks of 4,096 bytes, no more, none after disposal) that know which blocks are out.
/// A returned block is overwritten, so that whoever still reads it reads nonsense. Used by any thread.
/// </summary>
public sealed class CountingMemoryPoolFactory : IMemoryPoolFactory<byte>
{
    private const int BlockSize = 4096;
    private const byte Poison = 0xDB;

    private int _rented;
    private int _returned;
    private int _returnedTwice;

    public int Rented => Volatile.Read(ref _rented);

    public int Outstanding => Rented - Volatile.Read(ref _returned);

    public int ReturnedTwice => Volatile.Read(ref _returnedTwice);

    public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => new Pool(this);

    private sealed class Pool(CountingMemoryPoolFactory counts) : MemoryPool<byte>
    {
        private readonly ConcurrentQueue<Memory<byte>> _free = new();
        private volatile bool _disposed;

        public override int MaxBufferSize => BlockSize;

        public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, BlockSize);
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (!_free.TryDequeue(out var memory))
            {
                memory = MemoryMarshal.CreateFromPinnedArray(
                    GC.AllocateUninitializedArray<byte>(BlockSize, pinned: true), 0, BlockSize);
            }

            Interlocked.Increment(ref counts._rented);
            return new Block(this, memory);
        }

        protected override void Dispose(bool disposing) => _disposed = true;

        private void Return(Memory<byte> memory)
        {
            memory.Span.Fill(Poison);
            _free.Enqueue(memory);
            Interlocked.Increment(ref counts._returned);
        }

        private void NoteReturnedTwice() => Interlocked.Increment(ref counts._returnedTwice);

        private sealed class Block(Pool pool, Memory<byte> memory) : IMemoryOwner<byte>
        {
            private int _returned;

            public Memory<byte> Memory { get; } = memory;

            public void Dispose()
            {
                if (Interlocked.Exchange(ref _returned, 1) == 0)
                {
                    pool.Return(Memory);
                }
                else
                {
                    pool.NoteReturnedTwice();
                }
            }
        }
    }
}
