using System.CommandLine.Parsing;

namespace Compare.Servers;

/// <summary>Reads a server of the user's own from the command line.</summary>
internal static class ExternalServer
{
    /// <param name="text"><c>name=command</c>; the command's words are divided as a shell divides them, and no shell runs it.</param>
    /// <param name="server">The contender.</param>
    public static bool TryParse(string text, out Contender server)
    {
        var parts = text.Split('=', 2, StringSplitOptions.TrimEntries);
        string[] words = parts.Length == 2 ? [.. CommandLineParser.SplitCommandLine(parts[1])] : [];
        var ok = words.Length > 0 && IsName(parts[0])
            && words.Any(word => word.Contains(Contender.PortPlaceholder, StringComparison.Ordinal));
        server = ok ? Contender.External(parts[0], [FromHere(words[0]), .. words[1..]]) : null!;
        return ok;
    }

    private static bool IsName(string name) =>
        name.Length is > 0 and <= 20 && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.' or '#' or '+');

    /// <summary>A path is from where this program was started; a bare name is for PATH.</summary>
    private static string FromHere(string program) => program.Contains('/') ? Path.GetFullPath(program) : program;
}
