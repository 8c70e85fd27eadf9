using System.Net;
using Compare.Plan;
using Compare.Processes;

namespace Compare.Measurement;

/// <summary>A server as a child process, from its start to its stop.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    /// <summary>Some hundred milliseconds on an idle machine; this only ends a start that hangs.</summary>
    private static readonly TimeSpan _startTimeout = TimeSpan.FromSeconds(30);

    /// <summary>All its clients are gone, so a server in order ends at once. One that does not is killed: its figures are taken.</summary>
    private static readonly TimeSpan _stopTimeout = TimeSpan.FromSeconds(10);

    private readonly ChildProcess _child;

    private ServerProcess(string name, ChildProcess child, IPEndPoint address)
    {
        Name = name;
        _child = child;
        Address = address;
    }

    public string Name { get; }

    public IPEndPoint Address { get; }

    public int ProcessId => _child.Id;

    public Task Exited => _child.Exited;

    public static async Task<ServerProcess> StartAsync(Launcher launcher, Contender contender, CancellationToken interrupt)
    {
        var ready = new TaskCompletionSource<IPEndPoint>(TaskCreationOptions.RunContinuationsAsynchronously);
        var child = await ChildProcess.StartAsync(launcher, contender.Command, line =>
        {
            if (HostOutput.ParseListening(line) is { } address)
            {
                ready.TrySetResult(address);
            }
        });
        try
        {
            await Task.WhenAny(ready.Task, child.Exited).WaitAsync(_startTimeout, interrupt);
            return ready.Task.IsCompleted
                ? new ServerProcess(contender.Name, child, await ready.Task)
                : throw new ComparisonException($"the {contender.Name} server did not start: exit code {await child.Exited}", child.Error);
        }
        catch (Exception exception)
        {
            await child.DisposeAsync();
            if (exception is TimeoutException)
            {
                throw new ComparisonException(
                    $"the {contender.Name} server did not start within {_startTimeout.TotalSeconds:0} s", child.Error);
            }

            throw;
        }
    }

    /// <summary>What to report when it has ended under load.</summary>
    public async Task<ComparisonException> DescribeEndAsync() =>
        new($"the {Name} server ended during the load: exit code {await _child.Exited}", _child.Error);

    /// <summary>In good order if it will, so that its ports are free and its last words heard before the next one starts.</summary>
    public async Task StopAsync(CancellationToken interrupt)
    {
        _child.Terminate();
        try
        {
            await _child.Exited.WaitAsync(_stopTimeout, interrupt);
        }
        catch (TimeoutException)
        {
            await _child.DisposeAsync();
        }
    }

    public ValueTask DisposeAsync() => _child.DisposeAsync();
}
