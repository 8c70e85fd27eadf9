using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Compare.CommandLine;

/// <summary>The usual help, with examples and exit codes after it.</summary>
internal sealed class CompareHelp(HelpAction usual) : SynchronousCommandLineAction
{
    private const string More = """
        Examples:
          What shows the most, in two minutes:
            Compare --quick
          Everything, in half an hour:
            Compare
          A hundred busy connections and a thousand, server and client on a core each:
            Compare --scenario echo -n 100 --pin
            Compare --scenario echo -n 1000 --pin
          A server of your own beside them:
            Compare --scenario echo,churn --server "mine=./echo --port {port}"
          One more part of an earlier run, and then a check against it:
            Compare --scenario http --append artifacts/compare/results.json
            Compare --scenario http --against artifacts/compare/results.json

        The tables go to standard output, progress to standard error.

        Exit codes:
          0    every message that came back was right, and with --against nothing got worse
          1    a server or the load failed
          2    a usage error, or a limit of this machine is too low
          3    a ratio got worse than in the results of --against, by more than the noise of both
          130  interrupted

        """;

    public override int Invoke(ParseResult parseResult)
    {
        var code = usual.Invoke(parseResult);
        parseResult.InvocationConfiguration.Output.WriteLine(More);
        return code;
    }
}
