using System.Runtime.InteropServices;

namespace Compare;

/// <summary>
/// Turns the first SIGINT or SIGTERM into a cancellation; a second one ends the process at once, and the kernel its children.
/// </summary>
internal sealed class Signals : IDisposable
{
    private readonly CancellationTokenSource _interrupt = new();
    private readonly PosixSignalRegistration[] _registrations;

    public Signals() =>
        _registrations = [Register(PosixSignal.SIGINT), Register(PosixSignal.SIGTERM)];

    public CancellationToken Interrupt => _interrupt.Token;

    public void Dispose()
    {
        Array.ForEach(_registrations, registration => registration.Dispose());
        _interrupt.Dispose();
    }

    private PosixSignalRegistration Register(PosixSignal signal) => PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = !_interrupt.IsCancellationRequested;
        _interrupt.Cancel();
    });
}
