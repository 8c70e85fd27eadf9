using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Compare.Processes;

namespace Compare.Measurement;

/// <summary>
/// Asks the runtime of a server for its counters, through the startup hook that every .NET server is started with. A server that has no
/// such runtime does not answer, and what only a runtime knows stays unknown.
/// </summary>
internal sealed class RuntimeCounters : IDisposable
{
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(10);

    private readonly string _address = $"compare-{Guid.NewGuid():N}";
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    /// <summary>What a server's environment needs, to be asked at this address.</summary>
    public static IReadOnlyDictionary<string, string> Environment(RuntimeCounters counters) => new Dictionary<string, string>
    {
        ["DOTNET_STARTUP_HOOKS"] = Programs.Counters,
        ["COMPARE_COUNTERS"] = counters._address,
    };

    /// <summary>The hook listens before the server's own first line runs, so that once it is ready there is nothing to wait for.</summary>
    public async Task ConnectAsync(CancellationToken interrupt)
    {
        try
        {
            await _socket.ConnectAsync(new UnixDomainSocketEndPoint("\0" + _address), interrupt);
        }
        catch (SocketException)
        {
            // No .NET, or one that takes no hooks.
        }
    }

    /// <param name="isExact">Whether what threads have taken in advance does not count as allocated, for which all are stopped.</param>
    /// <param name="interrupt">Ends the comparison.</param>
    /// <returns>Null where nobody answers.</returns>
    public async Task<CounterValues?> ReadAsync(bool isExact, CancellationToken interrupt) =>
        await AskAsync(isExact ? "s"u8.ToArray() : "r"u8.ToArray(), interrupt) is { } line
            ? JsonSerializer.Deserialize(line, CounterJson.Default.CounterValues)
            : null;

    /// <summary>Has the server collect generation 0 a few times.</summary>
    /// <returns>How long each collection stopped it, in milliseconds; null where nobody answers.</returns>
    public async Task<double[]?> ProbeCollectionsAsync(CancellationToken interrupt) =>
        await AskAsync("c"u8.ToArray(), interrupt) is { } line
            ? JsonSerializer.Deserialize(line, CounterJson.Default.DoubleArray)
            : null;

    public void Dispose() => _socket.Dispose();

    private async Task<string?> AskAsync(byte[] question, CancellationToken interrupt)
    {
        if (!_socket.Connected)
        {
            return null;
        }

        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(interrupt);
        timeout.CancelAfter(_timeout);
        try
        {
            await _socket.SendAsync(question, timeout.Token);
            var answer = new byte[4096];
            var received = 0;
            while (received == 0 || answer[received - 1] != '\n')
            {
                var n = await _socket.ReceiveAsync(answer.AsMemory(received), timeout.Token);
                if (n == 0)
                {
                    return null;
                }

                received += n;
            }

            return Encoding.ASCII.GetString(answer, 0, received);
        }
        catch (SocketException)
        {
            // It has ended.
            return null;
        }
        catch (OperationCanceledException) when (!interrupt.IsCancellationRequested)
        {
            return null;
        }
    }
}

/// <summary>What a server's runtime and kernel have counted for it so far.</summary>
internal sealed record CounterValues
{
    public required double AllocatedBytes { get; init; }

    public required double Collections { get; init; }

    public required double PauseMilliseconds { get; init; }

    /// <summary>Of a single collection since the last time that somebody asked.</summary>
    public required double LongestPauseMilliseconds { get; init; }

    public required double VoluntarySwitches { get; init; }

    public required double InvoluntarySwitches { get; init; }

    public required double PoolThreads { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(CounterValues))]
[JsonSerializable(typeof(double[]))]
internal sealed partial class CounterJson : JsonSerializerContext;
