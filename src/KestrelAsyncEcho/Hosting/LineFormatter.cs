using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace KestrelAsyncEcho.Hosting;

/// <summary>
/// Writes a log entry as one line, and an exception below it. Until the server has started it leaves out errors, which
/// both Kestrel and the host log with their whole stack, because the program itself then ends with one line that says it.
/// </summary>
internal sealed class LineFormatter(StartPhase start) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "line";

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        if (logEntry.Exception is not null && !start.IsOver)
        {
            return;
        }

        var message = logEntry.Formatter(logEntry.State, logEntry.Exception);
        textWriter.WriteLine($"{logEntry.LogLevel}: {logEntry.Category}: {message}");
        if (logEntry.Exception is not null)
        {
            textWriter.WriteLine(logEntry.Exception);
        }
    }
}
