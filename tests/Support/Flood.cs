using System.Buffers;
using System.IO.Pipelines;

namespace Support;

/// <summary>Writes <see cref="Pattern"/> to a client that does not read.</summary>
public static class Flood
{
    /// <summary>More than the kernel holds for both ends together.</summary>
    public const int Size = 32 * 1024 * 1024;

    private static readonly byte[] _pattern = Pattern.Create(Size);

    /// <summary>A flush that stays pending until the client reads, for its bytes do not fit on the way.</summary>
    public static Task<FlushResult> Start(PipeWriter output, CancellationToken token = default)
        => CheckPending(output.WriteAsync(_pattern, token).AsTask());

    /// <summary>The same with <see cref="PipeWriter.FlushAsync"/>, which writers have apart from <see cref="PipeWriter.WriteAsync"/>.</summary>
    public static Task<FlushResult> StartByFlushing(PipeWriter output)
    {
        output.Write(_pattern);
        return CheckPending(output.FlushAsync().AsTask());
    }

    private static Task<FlushResult> CheckPending(Task<FlushResult> flush)
        => flush.IsCompleted ? throw new InvalidOperationException("The flush is not pending.") : flush;
}
