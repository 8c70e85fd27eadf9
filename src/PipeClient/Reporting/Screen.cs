using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace PipeClient.Reporting;

/// <summary>
/// Where the report for people goes: a terminal, or lines in a file that are written as they are, however long. Any thread.
/// </summary>
internal sealed class Screen
{
    /// <summary>Where there is no terminal to ask.</summary>
    private const int FileWidth = 120;

    private readonly Lock _lock = new();
    private readonly TextWriter _output;

    public Screen(TextWriter output, bool isTerminal)
    {
        _output = output;
        IsTerminal = isTerminal;
        Console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = isTerminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = isTerminal ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = isTerminal ? InteractionSupport.Detect : InteractionSupport.No,
            Out = new AnsiConsoleOutput(output),
        });
        if (!isTerminal)
        {
            Console.Profile.Width = FileWidth;
        }
    }

    public bool IsTerminal { get; }

    public IAnsiConsole Console { get; }

    public TableBorder Border => IsTerminal ? TableBorder.Rounded : TableBorder.Ascii2;

    /// <summary>Flushed, because whoever reads this through a pipe acts on the moment.</summary>
    public void Line(FormattableString text)
    {
        var line = text.ToString(CultureInfo.InvariantCulture);
        lock (_lock)
        {
            if (IsTerminal)
            {
                // By way of the console, which knows what it shows below.
                Console.WriteLine(line);
            }
            else
            {
                _output.WriteLine(line);
                _output.Flush();
            }
        }
    }

    public void Write(IRenderable what)
    {
        lock (_lock)
        {
            Console.Write(what);
            _output.Flush();
        }
    }
}
