using System.Runtime.InteropServices;
using Microsoft.Extensions.Hosting;

namespace KestrelAsyncEcho.Hosting;

/// <summary>
/// Stops the host at SIGINT or SIGTERM. A SIGINT while it stops, the second Ctrl+C, is left to the system, which ends the process
/// at once; the host's own console lifetime would swallow it, and print a banner. Signals arrive on a thread of the runtime.
/// </summary>
internal sealed class SignalLifetime(IHostApplicationLifetime application) : IHostLifetime, IDisposable
{
    private readonly List<PosixSignalRegistration> _registrations = [];
    private int _stopping;

    public Task WaitForStartAsync(CancellationToken cancellationToken)
    {
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal));
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal));
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _registrations.ForEach(registration => registration.Dispose());

    private void OnSignal(PosixSignalContext signal)
    {
        // SIGTERM may well come twice: to the whole process group, and again from "dotnet run", which passes its own on.
        var first = Interlocked.Exchange(ref _stopping, 1) == 0;
        signal.Cancel = first || signal.Signal == PosixSignal.SIGTERM;
        if (first)
        {
            application.StopApplication();
        }
    }
}
