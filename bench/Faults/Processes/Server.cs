using System.Diagnostics;
using System.Globalization;
using System.Net;

namespace Faults.Processes;

/// <summary>A server as a child process, from its start to its end.</summary>
internal sealed class Server : IDisposable
{
    /// <summary>Some hundred milliseconds on a machine at rest; this only ends a start that hangs.</summary>
    private static readonly TimeSpan _startTimeout = TimeSpan.FromSeconds(30);

    private readonly Child _child;

    private Server(Child child, IPEndPoint address)
    {
        _child = child;
        Address = address;
    }

    public IPEndPoint Address { get; }

    public int ProcessId => _child.Id;

    /// <summary>What it has logged: warnings and worse.</summary>
    public string Log => _child.Errors;

    /// <summary>The echo host.</summary>
    /// <param name="place">The transport.</param>
    /// <param name="shutdownTimeout">How long a stop may wait for connections.</param>
    /// <param name="port">Where to listen; 0 for a free port.</param>
    /// <param name="interrupt">Ends the start.</param>
    public static Task<Server> StartEchoHostAsync(string place, TimeSpan shutdownTimeout, int port, CancellationToken interrupt) => StartAsync(
        Child.Start(
            $"echo host on {place}",
            Programs.EchoHost,
            "--transport", place, "--host", "127.0.0.1", "--port", port.ToString(CultureInfo.InvariantCulture),

            // The same for both transports, and few enough for a flood.
            "--backlog", "512",
            "--shutdown-timeout", shutdownTimeout.TotalSeconds.ToString(CultureInfo.InvariantCulture)),
        interrupt);

    /// <summary>The server of this program.</summary>
    /// <param name="place">The transport.</param>
    /// <param name="shutdownTimeout">How long a stop may wait for connections.</param>
    /// <param name="idleTimeout">How long a connection may be idle, on threads; null for as long as it likes.</param>
    /// <param name="port">Where to listen; 0 for a free port.</param>
    /// <param name="interrupt">Ends the start.</param>
    public static Task<Server> StartFaultServerAsync(
        string place, TimeSpan shutdownTimeout, TimeSpan? idleTimeout, int port, CancellationToken interrupt) => StartAsync(
        Child.Start(
            $"server on {place}",
            Programs.Self,
            Serving.FaultServer.Verb, place, port.ToString(CultureInfo.InvariantCulture),
            shutdownTimeout.TotalSeconds.ToString(CultureInfo.InvariantCulture),
            (idleTimeout ?? TimeSpan.Zero).TotalSeconds.ToString(CultureInfo.InvariantCulture)),
        interrupt);

    public void Signal(int signal) => _child.Signal(signal);

    /// <summary>Tells it to stop in good order.</summary>
    /// <returns>Its exit code, and how long it took.</returns>
    public async Task<(int ExitCode, TimeSpan Time)> StopAsync(TimeSpan bound, CancellationToken interrupt)
    {
        var began = Stopwatch.GetTimestamp();
        _child.Signal(Libc.Terminate);
        var exitCode = await _child.WaitForExitAsync(bound, interrupt);
        return (exitCode, Stopwatch.GetElapsedTime(began));
    }

    public Task<int> WaitForExitAsync(TimeSpan bound, CancellationToken interrupt) => _child.WaitForExitAsync(bound, interrupt);

    public void Dispose() => _child.Dispose();

    private static async Task<Server> StartAsync(Child child, CancellationToken interrupt)
    {
        try
        {
            var address = await child.ReadAsync("Listening on ", _startTimeout, interrupt);
            return new Server(child, IPEndPoint.Parse(address));
        }
        catch
        {
            child.Dispose();
            throw;
        }
    }
}
