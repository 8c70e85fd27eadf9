using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace PipeClient.CommandLine;

/// <summary>The usual help, with examples and exit codes after it.</summary>
internal sealed class ClientHelp(HelpAction usual) : SynchronousCommandLineAction
{
    private const string More = """
        Examples:
          Ten thousand connections, each echoing "hello" once:
            PipeClient -n 10000
          64 bytes, a hundred rounds, against another machine:
            PipeClient -n 1000 --size 64 --rounds 100 --host 10.0.0.7:1234
          One connection, a message larger than any socket buffer:
            PipeClient --size 100MB --host [::1]:1234
          For a script:
            PipeClient -n 500 --summary json | tail -n 1

        Exit codes:
          0    every connection got back what it sent, in every round
          1    connections failed during the load
          2    a usage error, or a limit of this machine is too low
          3    connections could not be opened
          4    an echo was wrong
          130  interrupted; what was done so far is printed

        """;

    public override int Invoke(ParseResult parseResult)
    {
        var code = usual.Invoke(parseResult);
        parseResult.InvocationConfiguration.Output.WriteLine(More);
        return code;
    }
}
