using System.Diagnostics;
using System.Globalization;

namespace Blocking;

/// <summary>A <see cref="SleepServer"/> as a child process. It ends when this process does, because its input ends then.</summary>
internal sealed class ServerProcess : IDisposable
{
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(30);

    private readonly Process _process;

    private ServerProcess(Process process, int port)
    {
        _process = process;
        Port = port;
    }

    public int Port { get; }

    /// <exception cref="BlockingException">It did not start.</exception>
    public static async Task<ServerProcess> StartAsync(string place, Scenario scenario, int sleepMilliseconds, CancellationToken interrupt)
    {
        // This program again, by the runtime's host or by its own, whichever runs it now.
        var program = Environment.ProcessPath!;
        string[] assembly = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [typeof(SleepServer).Assembly.Location] : [];
        string[] arguments = [SleepServer.Verb, place, scenario.Name, sleepMilliseconds.ToString(CultureInfo.InvariantCulture)];
        var start = new ProcessStartInfo(program, [.. assembly, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        var process = Process.Start(start)!;
        try
        {
            var line = await process.StandardOutput.ReadLineAsync(interrupt).AsTask().WaitAsync(_timeout, interrupt);
            interrupt.ThrowIfCancellationRequested();
            return line is not null && line.StartsWith(SleepServer.Ready, StringComparison.Ordinal)
                ? new ServerProcess(process, int.Parse(line.AsSpan(SleepServer.Ready.Length), CultureInfo.InvariantCulture))
                : throw new BlockingException($"the server did not start: {line ?? "it ended"}");
        }
        catch
        {
            process.Kill();
            process.Dispose();
            throw;
        }
    }

    /// <returns>How many threads its pool had at most.</returns>
    public async Task<int> StopAsync(CancellationToken interrupt)
    {
        _process.StandardInput.Close();
        var line = await _process.StandardOutput.ReadLineAsync(interrupt).AsTask().WaitAsync(_timeout, interrupt);
        return line is not null && line.StartsWith(SleepServer.Peak, StringComparison.Ordinal)
            ? int.Parse(line.AsSpan(SleepServer.Peak.Length), CultureInfo.InvariantCulture)
            : throw new BlockingException("the server ended before it was told to");
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }
}
