using System.Diagnostics;
using Compare.Processes;
using Compare.Servers;

namespace Compare.Load;

/// <summary>A load client as a child process, and the lines that it writes the moment something happens.</summary>
internal sealed class ClientProcess : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly List<(string Text, long Timestamp)> _lines = [];
    private readonly ServerProcess _server;
    private ChildProcess _child = null!;
    private TaskCompletionSource _more = NewSource();

    private ClientProcess(ServerProcess server) => _server = server;

    public int Id => _child.Id;

    /// <param name="launcher">Starts it.</param>
    /// <param name="command">The load.</param>
    /// <param name="server">Against whom. Should it end before the client does, that is what failed.</param>
    public static async Task<ClientProcess> StartAsync(Launcher launcher, ChildCommand command, ServerProcess server)
    {
        var client = new ClientProcess(server);
        client._child = await ChildProcess.StartAsync(launcher, command, client.Add);
        return client;
    }

    /// <summary>Waits for a line that starts so.</summary>
    /// <returns>When it was read.</returns>
    public async Task<long> ReachedAsync(string prefix, CancellationToken interrupt)
    {
        for (var seen = 0; ;)
        {
            Task more;
            lock (_lock)
            {
                for (; seen < _lines.Count; seen++)
                {
                    if (_lines[seen].Text.StartsWith(prefix, StringComparison.Ordinal))
                    {
                        return _lines[seen].Timestamp;
                    }
                }

                more = _more.Task;
            }

            // The client needs no bound from here: each of its phases has its own.
            await Task.WhenAny(more, _child.Exited, _server.Exited).WaitAsync(interrupt);
            if (!more.IsCompleted)
            {
                await ThrowIfServerEndedAsync();
                if (_child.Exited.IsCompleted)
                {
                    throw await DescribeFailureAsync();
                }
            }
        }
    }

    /// <summary>Waits for its end.</summary>
    /// <returns>The lines it wrote.</returns>
    /// <exception cref="ComparisonException">It failed, or the server did.</exception>
    public async Task<IReadOnlyList<string>> FinishAsync(CancellationToken interrupt)
    {
        await Task.WhenAny(_child.Exited, _server.Exited).WaitAsync(interrupt);
        await ThrowIfServerEndedAsync();
        if (await _child.Exited != 0)
        {
            throw await DescribeFailureAsync();
        }

        lock (_lock)
        {
            return [.. _lines.Select(line => line.Text)];
        }
    }

    /// <returns>Its account of the load.</returns>
    /// <exception cref="ComparisonException">It failed, or gave none.</exception>
    public async Task<LoadReport> ReportAsync(CancellationToken interrupt) =>
        (await FinishAsync(interrupt)).Select(LoadReport.Parse).LastOrDefault(report => report is not null)
        ?? throw new ComparisonException($"the client gave no account of the load on the {_server.Name} server", _child.Error);

    public ValueTask DisposeAsync() => _child.DisposeAsync();

    private void Add(string line)
    {
        var timestamp = Stopwatch.GetTimestamp();
        TaskCompletionSource more;
        lock (_lock)
        {
            _lines.Add((line, timestamp));
            more = _more;
            _more = NewSource();
        }

        more.SetResult();
    }

    private async Task ThrowIfServerEndedAsync()
    {
        if (_server.Exited.IsCompleted)
        {
            throw await _server.DescribeEndAsync();
        }
    }

    private async Task<ComparisonException> DescribeFailureAsync() => new(
        $"the load on the {_server.Name} server failed: the client's exit code is {await _child.Exited}", _child.Error);

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
