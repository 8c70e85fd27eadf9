using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Compare.CommandLine;

/// <summary>The usual help, with examples and exit codes after it.</summary>
internal sealed class CompareHelp(HelpAction usual) : SynchronousCommandLineAction
{
    private const string More = """
        Examples:
          Ten thousand connections on each transport:
            Compare
          Fewer and busier, in messages of 64 bytes, five runs of each:
            Compare -n 100 --rounds 2000 --size 64 --repeat 5
          One transport alone, every run into a file:
            Compare --transports threads --json threads.json

        The table goes to standard output, progress to standard error.

        Exit codes:
          0    every connection got back what it sent, in every round of every run
          1    a server or the load failed
          2    a usage error, or a limit of this machine is too low
          130  interrupted

        """;

    public override int Invoke(ParseResult parseResult)
    {
        var code = usual.Invoke(parseResult);
        parseResult.InvocationConfiguration.Output.WriteLine(More);
        return code;
    }
}
