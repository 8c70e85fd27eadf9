using System.CommandLine;
using System.CommandLine.Invocation;

namespace KestrelAsyncEcho.CommandLine;

/// <summary>Reads which options were given, with their text. What they mean is checked with the configuration.</summary>
internal static class EchoCommand
{
    // The help wraps its paragraphs to the terminal's width.
    private const string Description =
        "Echoes what every TCP client sends until it ends its stream, on a thread per connection or on stock Kestrel.\n\n"
        + "Each setting is taken from the command line, else from the environment (Echo__Port=5000, ThreadTransport__StackSize=1MB), "
        + "else from appsettings.json (sections Echo, ThreadTransport, SocketTransport, Kestrel, Logging), else it is the default "
        + "below. appsettings.json is read from the working directory; where there is none, from the program's own folder.\n\n"
        + "Prints \"Listening on <address>\" for every bound address when it is ready. SIGINT or SIGTERM stops it gracefully, and it "
        + "prints its counts; SIGINT while it stops kills it. Exit codes: 0 stopped, 1 could not start, 2 a setting is wrong.";

    /// <summary>
    /// Answers an exit code when there is nothing left to run (help, version, a wrong command line), or null and what was given.
    /// </summary>
    public static int? Parse(string[] args, out IReadOnlyDictionary<EchoOption, string> given)
    {
        var options = EchoOption.All.ToDictionary(option => option, ToSymbol);
        var root = new RootCommand(Description);
        foreach (var option in options.Values)
        {
            root.Add(option);
        }

        var result = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        given = new Dictionary<EchoOption, string>();
        switch (result.Action)
        {
            case ParseErrorAction:
                // The first says it; those that follow are mostly its echo.
                Console.Error.WriteLine($"error: {result.Errors[0].Message} --help lists the options.");
                return ExitCode.WrongSetting;
            case not null:
                return result.Invoke();
        }

        given = options
            .Where(option => result.GetResult(option.Value) is { Implicit: false })
            .ToDictionary(option => option.Key, option => result.GetValue(option.Value) ?? "");
        return null;
    }

    private static Option<string> ToSymbol(EchoOption option)
    {
        var symbol = new Option<string>(option.Name)
        {
            Description = option.Description,
            HelpName = option.Value,
            Arity = ArgumentArity.ExactlyOne,
        };
        if (option.Default is not null)
        {
            // For the help alone: an implied value is not among those given.
            symbol.DefaultValueFactory = _ => option.Default;
        }

        return symbol;
    }
}
