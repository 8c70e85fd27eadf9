using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading.Channels;

namespace Faults.Processes;

/// <summary>A child process that speaks in lines. Disposing kills it, and so does the end of this process.</summary>
internal sealed class Child : IDisposable
{
    private readonly string _name;
    private readonly Process _process;
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
    private readonly StringBuilder _errors = new();

    private Child(string name, Process process)
    {
        _name = name;
        _process = process;
        AppDomain.CurrentDomain.ProcessExit += OnProcessExit;
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>What it has written to standard error.</summary>
    public string Errors
    {
        get
        {
            lock (_errors)
            {
                return _errors.ToString();
            }
        }
    }

    /// <param name="name">What messages call it.</param>
    /// <param name="assembly">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    public static Child Start(string name, string assembly, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(Programs.Dotnet, ["exec", assembly, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetDirectoryName(assembly)!,
        };
        start.Environment.Remove(Variables.InlineCompletions);
        var child = new Child(name, new Process { StartInfo = start });
        child._process.OutputDataReceived += (_, line) => child.OnLine(line.Data);
        child._process.ErrorDataReceived += (_, line) => child.OnError(line.Data);
        child._process.Start();
        child._process.BeginOutputReadLine();
        child._process.BeginErrorReadLine();
        return child;
    }

    /// <summary>The next line that starts with <paramref name="prefix"/>, without it; lines before are dropped.</summary>
    /// <exception cref="FaultsException">It did not come in time, or the process has ended.</exception>
    public async Task<string> ReadAsync(string prefix, TimeSpan bound, CancellationToken interrupt)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(interrupt);
        end.CancelAfter(bound);
        try
        {
            while (true)
            {
                var line = await _lines.Reader.ReadAsync(end.Token);
                if (line.StartsWith(prefix, StringComparison.Ordinal))
                {
                    return line[prefix.Length..];
                }
            }
        }
        catch (ChannelClosedException)
        {
            throw new FaultsException($"the {_name} ended by itself: {LastError() ?? "without a word"}");
        }
        catch (OperationCanceledException) when (!interrupt.IsCancellationRequested)
        {
            throw new FaultsException($"the {_name} did not say \"{prefix}\" within {bound.TotalSeconds:0} s");
        }
    }

    public void CloseInput() => _process.StandardInput.Close();

    public void Signal(int signal)
    {
        if (Libc.kill(_process.Id, signal) != 0)
        {
            throw new FaultsException($"the {_name} could not be signalled: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}");
        }
    }

    /// <returns>Its exit code, once all of its output has been read.</returns>
    /// <exception cref="FaultsException">It did not end in time.</exception>
    public async Task<int> WaitForExitAsync(TimeSpan bound, CancellationToken interrupt)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(interrupt);
        end.CancelAfter(bound);
        try
        {
            await _process.WaitForExitAsync(end.Token);
            return _process.ExitCode;
        }
        catch (OperationCanceledException) when (!interrupt.IsCancellationRequested)
        {
            throw new FaultsException($"the {_name} did not end within {bound.TotalSeconds:0} s");
        }
    }

    public void Dispose()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnProcessExit;
        Kill();
        _process.Dispose();
    }

    private void OnProcessExit(object? sender, EventArgs e) => Kill();

    private void Kill()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }
    }

    private string? LastError() => Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();

    private void OnLine(string? line)
    {
        if (line is null)
        {
            _lines.Writer.TryComplete();
        }
        else
        {
            _lines.Writer.TryWrite(line);
        }
    }

    private void OnError(string? line)
    {
        lock (_errors)
        {
            if (line is not null)
            {
                _errors.Append(line).Append('\n');
            }
        }
    }
}
