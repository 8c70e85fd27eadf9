using System.IO.Pipelines;

namespace Support;

/// <summary>Writes <see cref="Pattern"/> to a client that does not read.</summary>
public static class Flood
{
    private const int Chunk = 32 * 1024;
    private const int Enough = 64 * 1024 * 1024;

    /// <summary>Writes until a flush is pending, which it is when the buffers on the whole way are full.</summary>
    public static (Task<FlushResult> Pending, int Written) UntilPending(PipeWriter output, CancellationToken token = default)
    {
        for (var written = 0; written < Enough;)
        {
            var flush = output.WriteAsync(Pattern.At(written, Chunk), token);
            written += Chunk;
            if (!flush.IsCompleted)
            {
                return (flush.AsTask(), written);
            }
        }

        throw new InvalidOperationException("No flush was ever pending.");
    }
}
