using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Support.Processes;

/// <summary>
/// A child process whose every wait is bounded, and that never outlives its test: disposing kills it, and so does the end of
/// the test run.
/// </summary>
public sealed class ChildProcess : IAsyncDisposable
{
    private static readonly ConcurrentDictionary<ChildProcess, bool> _alive = new();

    private readonly ChildCommand _command;
    private readonly Process _process;
    private readonly LineLog _output = new();
    private readonly LineLog _error = new();

    static ChildProcess() => AppDomain.CurrentDomain.ProcessExit += (_, _) =>
    {
        foreach (var child in _alive.Keys)
        {
            child.Kill();
        }
    };

    private ChildProcess(ChildCommand command, Process process)
    {
        _command = command;
        _process = process;
    }

    public int Id => _process.Id;

    /// <summary>What the child reads; closing it is the end of its input.</summary>
    public StreamWriter Input => _process.StandardInput;

    public string Output => _output.Text;

    public string Error => _error.Text;

    public static ChildProcess Start(ChildCommand command)
    {
        var start = new ProcessStartInfo(command.FileName, command.Arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = command.WorkingDirectory ?? "",
        };
        foreach (var (name, value) in command.Environment)
        {
            start.Environment[name] = value;
        }

        var child = new ChildProcess(command, new Process { StartInfo = start });
        child._process.OutputDataReceived += (_, line) => child._output.Add(line.Data);
        child._process.ErrorDataReceived += (_, line) => child._error.Add(line.Data);
        child._process.Start();
        _alive[child] = true;
        child._process.BeginOutputReadLine();
        child._process.BeginErrorReadLine();
        return child;
    }

    /// <summary>Runs it to its end, without input.</summary>
    /// <param name="command">What to run.</param>
    /// <param name="bound">Of the wait, where the usual one is too short: for compilers.</param>
    public static async Task<ChildExit> RunAsync(ChildCommand command, TimeSpan? bound = null)
    {
        await using var child = Start(command);
        child.Input.Close();
        return await child.WaitForExitAsync(bound);
    }

    /// <summary>The first line of standard output that starts like this; it may have been written before.</summary>
    public async Task<string> WaitForLineAsync(string prefix)
    {
        string? found;
        try
        {
            found = await _output.FirstAsync(line => line.StartsWith(prefix, StringComparison.Ordinal)).Bounded();
        }
        catch (TimeoutException)
        {
            throw new TimeoutException(Describe($"wrote no line \"{prefix}...\" within {TestTimeout.Default.TotalSeconds:0} s"));
        }

        if (found is null)
        {
            var exit = await WaitForExitAsync();
            throw new InvalidOperationException(Describe($"ended with exit code {exit.Code} and without a line \"{prefix}...\""));
        }

        return found;
    }

    /// <summary>Waits for its end, and for all of its output.</summary>
    public async Task<ChildExit> WaitForExitAsync(TimeSpan? bound = null)
    {
        try
        {
            await _process.WaitForExitAsync().WaitAsync(bound ?? TestTimeout.Default);
            return new ChildExit(_process.ExitCode, Output, Error);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException(Describe($"did not end within {(bound ?? TestTimeout.Default).TotalSeconds:0} s"));
        }
    }

    public void Send(PosixSignal signal)
    {
        if (kill(_process.Id, ToNumber(signal)) != 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError(), Describe($"could not be sent {signal}"));
        }
    }

    /// <summary>
    /// Changes how many descriptors it may have, on Linux. Those that it has it keeps, even if they are more.
    /// </summary>
    /// <returns>How many it might have before.</returns>
    public ulong ExchangeDescriptorLimit(ulong limit)
    {
        const int OpenFiles = 7;
        if (prlimit(_process.Id, OpenFiles, 0, out var before) != 0
            || prlimit(_process.Id, OpenFiles, before with { Soft = limit }, 0) != 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError(), Describe("could not be given another limit"));
        }

        return before.Soft;
    }

    public async ValueTask DisposeAsync()
    {
        Kill();
        try
        {
            await _process.WaitForExitAsync().Bounded();
        }
        finally
        {
            _alive.TryRemove(this, out _);
            _process.Dispose();
        }
    }

    private void Kill()
    {
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It has ended by itself.
        }
    }

    private string Describe(string what)
        => $"\"{_command}\" {what}.{Environment.NewLine}Output:{Environment.NewLine}{Output}Error:{Environment.NewLine}{Error}";

    // The same on Linux and macOS.
    private static int ToNumber(PosixSignal signal) => signal switch
    {
        PosixSignal.SIGINT => 2,
        PosixSignal.SIGTERM => 15,
        _ => throw new ArgumentOutOfRangeException(nameof(signal), signal, "Only SIGINT and SIGTERM."),
    };

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
#pragma warning disable IDE1006, SYSLIB1054 // The name libc has for it; source generation would need unsafe code in this project.
    private static extern int kill(int process, int signal);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int prlimit(int process, int resource, nint none, out ResourceLimit old);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int prlimit(int process, int resource, in ResourceLimit next, nint none);
#pragma warning restore IDE1006, SYSLIB1054

    /// <summary>struct rlimit of 64-bit Linux.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct ResourceLimit(ulong Soft, ulong Hard);
}
