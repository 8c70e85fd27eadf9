namespace PipeClient.Reporting;

/// <summary>What is to be written, and where to.</summary>
internal sealed record OutputPlan
{
    /// <summary>The file name that stands for standard output.</summary>
    public const string StandardOutput = "-";

    /// <summary>Nothing before the end.</summary>
    public bool IsQuiet { get; init; }

    public string? Json { get; init; }

    public string? Csv { get; init; }

    public string? Hdr { get; init; }

    /// <summary>Whether standard output ends with measurements for crank.</summary>
    public bool Crank { get; init; }

    /// <summary>Whether standard output ends with the JSON document on one line.</summary>
    public bool Summary { get; init; }

    /// <summary>Whether standard output belongs to a program, so that people are spoken to elsewhere.</summary>
    public bool TakesStandardOutput => StandardOutput == Json || StandardOutput == Csv;
}
