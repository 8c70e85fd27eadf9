using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Compare.CommandLine;

internal delegate bool TryParse<T>(string text, out T value);

/// <summary>Options whose values are refused with what was given and what is allowed.</summary>
internal static class OptionParsers
{
    private const string TimeAllowed = "a time of 100ms to 1h, such as 500ms, 3s or 2m";

    private static readonly TimeSpan _shortest = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan _longest = TimeSpan.FromHours(1);

    public static Func<ArgumentResult, T> Of<T>(TryParse<T> tryParse, string allowed, string ifEmpty = "") => result =>
    {
        var text = result.Tokens.Count > 0 ? result.Tokens[^1].Value : ifEmpty;
        if (!tryParse(text, out var value))
        {
            Refuse(result, text, allowed);
        }

        return value;
    };

    /// <summary>For an option that can be repeated.</summary>
    public static Func<ArgumentResult, IReadOnlyList<T>> Each<T>(TryParse<T> tryParse, string allowed) => result =>
    {
        var values = new List<T>();
        foreach (var token in result.Tokens)
        {
            if (tryParse(token.Value, out var value))
            {
                values.Add(value);
            }
            else
            {
                Refuse(result, token.Value, allowed);
            }
        }

        return values;
    };

    public static Option<int> Number(string name, int max, string description, int preset) => new(name)
    {
        Description = description,
        HelpName = "number",
        DefaultValueFactory = _ => preset,
        CustomParser = Of<int>((string text, out int value) => TryParseNumber(text, max, out value), WholeNumber(max)),
    };

    public static Option<int?> OptionalNumber(string name, string? alias, int max, string description) =>
        new(name, alias is null ? [] : [alias])
        {
            Description = description,
            HelpName = "number",
            CustomParser = Of<int?>(
                (string text, out int? value) =>
                {
                    var ok = TryParseNumber(text, max, out var number);
                    value = number;
                    return ok;
                },
                WholeNumber(max)),
        };

    public static Option<TimeSpan?> Time(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "time",
        CustomParser = Of<TimeSpan?>(TryParseTime, TimeAllowed),
    };

    private static void Refuse(ArgumentResult result, string text, string allowed) =>
        result.AddError($"{(result.Parent as OptionResult)?.Option.Name} '{text}' is not allowed: give {allowed}");

    private static string WholeNumber(int max) => string.Create(CultureInfo.InvariantCulture, $"a whole number from 1 to {max}");

    private static bool TryParseNumber(string text, int max, out int value) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value >= 1 && value <= max;

    private static bool TryParseTime(string text, out TimeSpan? value)
    {
        value = null;
        var digits = text.TrimEnd("abcdefghijklmnopqrstuvwxyz".ToCharArray());
        if (!double.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) || number > 1e7)
        {
            return false;
        }

        value = text[digits.Length..] switch
        {
            "ms" => TimeSpan.FromMilliseconds(number),
            "s" or "" => TimeSpan.FromSeconds(number),
            "m" => TimeSpan.FromMinutes(number),
            "h" => TimeSpan.FromHours(number),
            _ => null,
        };
        return value >= _shortest && value <= _longest;
    }
}
