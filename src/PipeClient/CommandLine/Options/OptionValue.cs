using System.CommandLine;
using System.CommandLine.Parsing;

namespace PipeClient.CommandLine.Options;

/// <summary>How the text after an option becomes its value, or one line that says what would have been allowed.</summary>
internal static class OptionValue
{
    public delegate bool TryParse<T>(string text, out T value);

    public static Func<ArgumentResult, T> Parser<T>(TryParse<T> tryParse, string allowed) => result =>
    {
        var text = result.Tokens.Count > 0 ? result.Tokens[^1].Value : "";
        if (!tryParse(text, out var value))
        {
            Refuse(result, text, allowed);
        }

        return value;
    };

    /// <summary>For options that may be missing.</summary>
    public static Func<ArgumentResult, T?> Optional<T>(TryParse<T> tryParse, string allowed)
        where T : struct
    {
        var parse = Parser(tryParse, allowed);
        return result => parse(result);
    }

    /// <summary>Has a shell complete an option's value to one of these, and to none that its type suggests.</summary>
    public static Option<T> Words<T>(Option<T> option, params string[] words)
    {
        option.CompletionSources.Clear();
        option.CompletionSources.Add(words);
        return option;
    }

    public static void Refuse(ArgumentResult result, string text, string allowed) =>
        result.AddError($"{(result.Parent as OptionResult)?.Option.Name} '{text}' is not allowed: give {allowed}");
}
