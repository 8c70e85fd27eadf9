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
            pipeclient -n 10000
          64 bytes, a hundred rounds, against another machine:
            pipeclient -n 1000 --size 64 --rounds 100 --host 10.0.0.7:1234
          A closed loop, 16 messages under way on each connection, two seconds of warm-up:
            pipeclient -n 100 --size 64 --duration 10s --warmup 2s --pipeline 16
          An open loop of 50,000 messages a second, whose latencies count from when they were due:
            pipeclient -n 1000 --size 64 --duration 30s --rate 50k/s --hdr latency.hlog
          Ten thousand connections over TLS, opened within 20 seconds and held for a minute:
            pipeclient -n 10000 --tls --insecure --ramp 20s --hold 1m
          For a build that is to fail when the server is slow:
            pipeclient -n 100 --duration 10s --assert "p99<5ms" --assert "rate>=50000" --assert "errors==0"
          For a script:
            pipeclient -n 500 --duration 5s --json - --quiet | jq .messagesPerSecond

        Exit codes:
          0    every connection got back what it sent, and what was asserted holds
          1    connections failed during the load
          2    a usage error, a limit of this machine is too low, or a file cannot be written
          3    connections could not be opened
          4    an echo was wrong
          5    an assertion failed
          130  interrupted; what was done so far is printed
          If several fit, it is the first of 130, 4, 3, 5, 1. An assertion about errors that holds takes the place of 3 and 1.

        """;

    public override int Invoke(ParseResult parseResult)
    {
        var code = usual.Invoke(parseResult);
        parseResult.InvocationConfiguration.Output.WriteLine(More);
        return code;
    }
}
