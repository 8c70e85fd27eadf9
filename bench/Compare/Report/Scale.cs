namespace Compare.Report;

/// <summary>From the values of an axis to its length, 0 to 1, and the values that are worth a mark.</summary>
internal sealed class Scale
{
    /// <summary>So many marks an axis has at most, more or less.</summary>
    private const int MostTicks = 7;

    /// <summary>Where the last percentile of all, which has no end on this scale, is put.</summary>
    private const double LastPercentile = 99.999;

    private readonly ScaleKind _kind;
    private readonly double _from;
    private readonly double _to;

    private Scale(ScaleKind kind, double from, double to, IReadOnlyList<double> ticks)
    {
        _kind = kind;
        _from = from;
        _to = to;
        Ticks = ticks;
    }

    public IReadOnlyList<double> Ticks { get; }

    public static Scale Of(ScaleKind kind, IEnumerable<double> values)
    {
        double[] known = [.. values.Where(double.IsFinite)];
        return kind switch
        {
            ScaleKind.Logarithmic => Logarithmic([.. known.Where(value => value > 0).DefaultIfEmpty(1)]),
            ScaleKind.Nines => Nines(known.DefaultIfEmpty(99).Max()),
            _ => Linear(known.DefaultIfEmpty(1).Max()),
        };
    }

    /// <summary>Where on the axis a value is; those beyond an end are at it.</summary>
    public double Map(double value) => Math.Clamp((Along(_kind, value) - _from) / (_to - _from), 0, 1);

    /// <summary>The value itself, its logarithm, or its nines.</summary>
    public static double Along(ScaleKind kind, double value) => kind switch
    {
        ScaleKind.Logarithmic => Math.Log10(Math.Max(value, double.Epsilon)),
        ScaleKind.Nines => -Math.Log10(1 - (Math.Min(value, LastPercentile) / 100)),
        _ => value,
    };

    private static Scale Linear(double max)
    {
        var top = max <= 0 ? 1 : max;
        var step = NiceStep(top / MostTicks);
        var end = Math.Ceiling(top * 1.02 / step) * step;
        return new Scale(ScaleKind.Linear, 0, end, [.. Enumerable.Range(0, (int)Math.Round(end / step) + 1).Select(i => i * step)]);
    }

    private static double NiceStep(double least)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(least)));
        return power * ((double[])[1, 2, 2.5, 5, 10]).First(factor => factor * power >= least);
    }

    private static Scale Logarithmic(double[] values)
    {
        var from = Math.Log10(values.Min());
        var to = Math.Log10(values.Max());
        var margin = Math.Max((to - from) * 0.05, 0.05);
        (from, to) = (from - margin, to + margin);

        // Powers of ten, or 1, 2 and 5 of each where there are few of them.
        double[] factors = to - from > 3 ? [1] : [1, 2, 5];
        double[] ticks =
        [
            .. Enumerable.Range((int)Math.Floor(from), (int)Math.Ceiling(to) - (int)Math.Floor(from) + 1)
                .SelectMany(power => factors.Select(factor => factor * Math.Pow(10, power)))
                .Where(tick => Math.Log10(tick) >= from && Math.Log10(tick) <= to),
        ];
        return new Scale(ScaleKind.Logarithmic, from, to, ticks);
    }

    private static Scale Nines(double max)
    {
        double[] ticks = [0, 50, 90, 99, 99.9, 99.99, LastPercentile];
        return new Scale(ScaleKind.Nines, 0, Along(ScaleKind.Nines, max), [.. ticks.Where(tick => tick <= max)]);
    }
}
