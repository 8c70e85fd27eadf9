using Microsoft.Extensions.Logging;

namespace ThreadTransport.Internal.Diagnostics;

/// <summary>
/// A logger that never throws. Providers may (a full disk will do), and the transport logs in the middle of steps that have to be
/// finished: a connection whose end is only half recorded would keep its thread and its place for ever. Any thread.
/// </summary>
internal sealed class ShieldedLogger(ILogger inner) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => inner.BeginScope(state);

    public bool IsEnabled(LogLevel logLevel)
    {
        try
        {
            return inner.IsEnabled(logLevel);
        }
        catch (Exception)
        {
            return false;
        }
    }

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter)
    {
        try
        {
            inner.Log(logLevel, eventId, state, exception, formatter);
        }
        catch (Exception)
        {
            // There is nowhere left to tell it.
        }
    }
}
