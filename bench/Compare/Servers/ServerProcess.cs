using System.Net;
using System.Net.Sockets;
using Compare.Measurement;
using Compare.Processes;

namespace Compare.Servers;

/// <summary>A server as a child process, from its start to its stop.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    /// <summary>Some hundred milliseconds on an idle machine; this only ends a start that hangs.</summary>
    private static readonly TimeSpan _startTimeout = TimeSpan.FromSeconds(60);

    /// <summary>All its clients are gone, so a server in order ends at once. One that does not is killed: its figures are taken.</summary>
    private static readonly TimeSpan _stopTimeout = TimeSpan.FromSeconds(3);

    /// <summary>Between two tries to connect to a server that does not say when it is ready.</summary>
    private static readonly TimeSpan _knockInterval = TimeSpan.FromMilliseconds(20);

    private readonly ChildProcess _child;

    private ServerProcess(string name, ChildProcess child, IPEndPoint address, RuntimeCounters counters)
    {
        Name = name;
        _child = child;
        Address = address;
        Counters = counters;
    }

    public string Name { get; }

    public IPEndPoint Address { get; }

    public int ProcessId => _child.Id;

    public Task Exited => _child.Exited;

    /// <summary>Its runtime's, if it has one that answers.</summary>
    public RuntimeCounters Counters { get; }

    /// <exception cref="ComparisonException">It did not start.</exception>
    public static async Task<ServerProcess> StartAsync(
        Launcher launcher, Contender contender, ServerRole role, IReadOnlyList<int>? cores, CancellationToken interrupt)
    {
        var port = contender.NeedsPort ? FreePort() : 0;
        var counters = new RuntimeCounters();
        var command = contender.Command(role, port) ?? throw new ComparisonException($"the {contender.Name} server only echoes");
        var ready = new TaskCompletionSource<IPEndPoint>(TaskCreationOptions.RunContinuationsAsynchronously);
        var child = await ChildProcess.StartAsync(
            launcher,
            command with { Cores = cores, Environment = RuntimeCounters.Environment(counters) },
            line =>
            {
                if (HostOutput.ParseListening(line) is { } address)
                {
                    ready.TrySetResult(address);
                }
            });
        try
        {
            var address = contender.NeedsPort ? KnockAsync(port, child, interrupt) : ready.Task;
            await Task.WhenAny(address, child.Exited).WaitAsync(_startTimeout, interrupt);
            if (child.Exited.IsCompleted)
            {
                throw new ComparisonException($"the {contender.Name} server did not start: exit code {await child.Exited}", child.Error);
            }

            await counters.ConnectAsync(interrupt);
            return new ServerProcess(contender.Name, child, await address, counters);
        }
        catch (Exception exception)
        {
            counters.Dispose();
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

    public ValueTask DisposeAsync()
    {
        Counters.Dispose();
        return _child.DisposeAsync();
    }

    /// <summary>One that was free a moment ago: between here and there somebody may take it, and then the server says so.</summary>
    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private static async Task<IPEndPoint> KnockAsync(int port, ChildProcess child, CancellationToken interrupt)
    {
        var address = new IPEndPoint(IPAddress.Loopback, port);
        while (!child.Exited.IsCompleted)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(address, interrupt);
                return address;
            }
            catch (SocketException)
            {
                await Task.Delay(_knockInterval, interrupt);
            }
        }

        return address;
    }
}
