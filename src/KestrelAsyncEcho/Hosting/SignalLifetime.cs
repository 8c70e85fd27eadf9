using System.Runtime.InteropServices;
using Microsoft.Extensions.Hosting;

namespace KestrelAsyncEcho.Hosting;

/// <summary>
/// Stops the host at the first SIGINT or SIGTERM, and leaves the second to the system, which ends the process at once. The
/// host's own console lifetime would swallow the second and print a banner. Signals arrive on a thread of the runtime.
/// </summary>
internal sealed class SignalLifetime(IHostApplicationLifetime application) : IHostLifetime, IDisposable
{
    private readonly List<PosixSignalRegistration> _registrations = [];
    private int _signals;

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
        if (Interlocked.Increment(ref _signals) == 1)
        {
            signal.Cancel = true;
            application.StopApplication();
        }
    }
}
