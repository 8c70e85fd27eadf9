using System.Diagnostics;
using System.Text;

namespace Compare.Processes;

/// <summary>A child that never outlives the comparison: disposing kills it, and the kernel does where nothing is disposed.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _error = new();

    private ChildProcess(Process process) => _process = process;

    public int Id => _process.Id;

    /// <summary>Completes with its exit code once all of its output has been handed on.</summary>
    public Task<int> Exited { get; private set; } = null!;

    public string Error
    {
        get
        {
            lock (_error)
            {
                return _error.ToString();
            }
        }
    }

    /// <param name="launcher">Starts it.</param>
    /// <param name="command">What to run.</param>
    /// <param name="onLine">Gets each line of standard output as it comes, on a thread of the pool, one after the other.</param>
    public static async Task<ChildProcess> StartAsync(Launcher launcher, ChildCommand command, Action<string> onLine)
    {
        var start = GuardedLaunch.Wrap(command);
        // An empty input of its own: a background group that reads from the terminal would be stopped.
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        var process = new Process { StartInfo = start };
        var child = new ChildProcess(process);
        process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is not null)
            {
                onLine(line.Data);
            }
        };
        process.ErrorDataReceived += (_, line) => child.AddError(line.Data);
        await launcher.StartAsync(process);
        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        child.Exited = child.WaitForExitAsync();
        return child;
    }

    public void Terminate()
    {
        if (!_process.HasExited)
        {
            _ = Libc.kill(_process.Id, Libc.SignalTerminate);
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            _process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It has ended by itself.
        }

        await Exited;
        _process.Dispose();
    }

    private async Task<int> WaitForExitAsync()
    {
        await _process.WaitForExitAsync();
        return _process.ExitCode;
    }

    private void AddError(string? line)
    {
        lock (_error)
        {
            if (line is not null)
            {
                _error.Append(line).Append('\n');
            }
        }
    }
}
