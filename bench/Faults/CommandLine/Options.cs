using System.CommandLine;
using System.Globalization;

namespace Faults.CommandLine;

/// <summary>Options that say what is allowed, in their help and in their errors.</summary>
internal static class Options
{
    public static Option<string[]> Places()
    {
        var option = new Option<string[]>("--transport")
        {
            Description = "threads, sockets; may be repeated. Without, both.",
            DefaultValueFactory = _ => [.. Place.All],
        };
        return option.AcceptOnlyFromAmong(Place.All);
    }

    public static Option<int> Number(string name, string description, int preset, int from, int to)
    {
        var option = new Option<int>(name) { Description = Describe(description, from, to), DefaultValueFactory = _ => preset };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token]
                && !(int.TryParse(token.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= from && value <= to))
            {
                result.AddError(Refuse(name, token.Value, from, to));
            }
        });
        return option;
    }

    public static Option<double> Decimal(string name, string description, double preset, double from, double to)
    {
        var option = new Option<double>(name)
        {
            Description = Describe(description, from, to),
            DefaultValueFactory = _ => preset,
            CustomParser = result => double.Parse(result.Tokens[0].Value, CultureInfo.InvariantCulture),
        };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token]
                && !(double.TryParse(token.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value >= from && value <= to))
            {
                result.AddError(Refuse(name, token.Value, from, to));
            }
        });
        return option;
    }

    private static string Describe(string description, double from, double to) =>
        string.Create(CultureInfo.InvariantCulture, $"{description}: {from} to {to}.");

    private static string Refuse(string name, string value, double from, double to) =>
        string.Create(CultureInfo.InvariantCulture, $"{name} {value}: give {from} to {to}");
}
