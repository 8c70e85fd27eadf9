namespace PipeClient.Judgement;

/// <summary>What a metric's figures are, and so what bounds it can have.</summary>
internal enum MetricKind
{
    /// <summary>In seconds.</summary>
    Time,

    /// <summary>A second.</summary>
    Rate,

    Count,

    /// <summary>From 0 to 1.</summary>
    Share,
}
