using System.Reflection;
using System.Runtime.InteropServices;
using Support.Processes;

namespace Package.Tests;

/// <summary>The sample application on a free port. It is stopped by a signal, so that it deletes its database.</summary>
internal sealed class SampleProcess : IAsyncDisposable
{
    private static readonly string _path = typeof(SampleProcess).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == "Sample")
        .Value!;

    private readonly ChildProcess _child;
    private readonly Uri _address;
    private bool _stopped;

    private SampleProcess(ChildProcess child, Uri address)
    {
        _child = child;
        _address = address;
    }

    public static async Task<SampleProcess> StartAsync(params IEnumerable<string> arguments)
    {
        const string listening = "      Now listening on: ";
        var child = ChildProcess.Start(ChildCommand.Dotnet(_path, ["--urls", "http://127.0.0.1:0", .. arguments]) with
        {
            WorkingDirectory = Path.GetDirectoryName(_path),
        });
        try
        {
            return new SampleProcess(child, new Uri((await child.WaitForLineAsync(listening))[listening.Length..]));
        }
        catch
        {
            await child.DisposeAsync();
            throw;
        }
    }

    public HttpClient CreateClient() => new() { BaseAddress = _address };

    /// <returns>The exit code.</returns>
    public async Task<int> StopAsync()
    {
        _stopped = true;
        _child.Send(PosixSignal.SIGTERM);
        return (await _child.WaitForExitAsync()).Code;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_stopped)
        {
            await StopAsync();
        }

        await _child.DisposeAsync();
    }
}
