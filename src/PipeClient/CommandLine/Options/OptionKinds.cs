using System.CommandLine;
using System.Globalization;

namespace PipeClient.CommandLine.Options;

/// <summary>Makes the options that several groups have: numbers, rates, times.</summary>
internal static class OptionKinds
{
    private const long MostCounted = 1_000_000_000_000;
    private const string RateAllowed = "a rate from 0.001/s to 1000M/s, such as 500/s or 50k/s";
    private const string TimeAllowed = "a time of up to 24h, such as 500ms, 30s or 2m";

    public static Option<int> Number(string name, int max, int preset, string description, params string[] aliases) => new(name, aliases)
    {
        Description = description,
        HelpName = "number",
        DefaultValueFactory = _ => preset,
        CustomParser = OptionValue.Parser(Whole(max), WholeAllowed(max)),
    };

    public static Option<int?> OptionalNumber(string name, int max, string description) => new(name)
    {
        Description = description,
        HelpName = "number",
        CustomParser = OptionValue.Optional(Whole(max), WholeAllowed(max)),
    };

    public static Option<long?> Count(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "number",
        CustomParser = OptionValue.Optional<long>(
            (text, out value) =>
                long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value is >= 1 and <= MostCounted,
            WholeAllowed(MostCounted)),
    };

    public static Option<double?> PerSecond(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "rate",
        CustomParser = OptionValue.Optional<double>(Rate.TryParse, RateAllowed),
    };

    public static Option<Duration> Time(string name, int presetSeconds, string description) => new(name)
    {
        Description = description,
        HelpName = "time",
        DefaultValueFactory = _ => new Duration(TimeSpan.FromSeconds(presetSeconds)),
        CustomParser = OptionValue.Parser<Duration>(TryParseTime, TimeAllowed),
    };

    public static Option<Duration?> OptionalTime(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "time",
        CustomParser = OptionValue.Optional<Duration>(TryParseTime, TimeAllowed),
    };

    private static OptionValue.TryParse<int> Whole(int max) => (text, out value) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value >= 1 && value <= max;

    private static string WholeAllowed(long max) => string.Create(CultureInfo.InvariantCulture, $"a whole number from 1 to {max}");

    private static bool TryParseTime(string text, out Duration value) =>
        Duration.TryParse(text, out value) && value.Value > TimeSpan.Zero && value.Value <= TimeSpan.FromDays(1);
}
