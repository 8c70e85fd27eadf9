namespace PipeClient.Reporting;

/// <summary>Standard output and standard error, and whether somebody looks at them.</summary>
internal sealed record Streams(TextWriter Output, TextWriter Error)
{
    public bool IsOutputTerminal { get; init; }

    public bool IsErrorTerminal { get; init; }

    public static Streams OfProcess() => new(Console.Out, Console.Error)
    {
        IsOutputTerminal = !Console.IsOutputRedirected,
        IsErrorTerminal = !Console.IsErrorRedirected,
    };
}
