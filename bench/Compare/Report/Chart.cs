namespace Compare.Report;

/// <summary>A picture of results, without any word of how it is drawn: the report's page and the files of pictures each have their way.</summary>
internal sealed record Chart
{
    /// <summary>For the file's name and for links.</summary>
    public required string Id { get; init; }

    public required string Title { get; init; }

    /// <summary>What to see in it, or how it was measured.</summary>
    public required string Subtitle { get; init; }

    public required Axis X { get; init; }

    public required Axis Y { get; init; }

    public required IReadOnlyList<ChartSeries> Series { get; init; }

    /// <summary>A dashed line for what arithmetic allows, if there is such a thing.</summary>
    public ChartSeries? Limit { get; init; }

    /// <summary>Whether it is worth a file of its own.</summary>
    public bool IsMain { get; init; }

    public IEnumerable<ChartPoint> AllPoints => Series.SelectMany(series => series.Points).Concat(Limit?.Points ?? []);
}

/// <summary>How values become places on an axis.</summary>
internal enum ScaleKind
{
    /// <summary>From zero.</summary>
    Linear,
    Logarithmic,

    /// <summary>Percentiles, with as much room for each further nine.</summary>
    Nines,
}

/// <summary>An axis: what it is called, its scale, and how its values are written.</summary>
internal sealed record Axis(string Title, ScaleKind Kind, Func<double, string> Format);

/// <summary>A server's line.</summary>
/// <param name="Name">The server.</param>
/// <param name="Points">From left to right.</param>
internal sealed record ChartSeries(string Name, IReadOnlyList<ChartPoint> Points);

/// <summary>The median, and the lowest and highest of the rounds around it.</summary>
internal readonly record struct ChartPoint(double X, double Y, double Low, double High);
