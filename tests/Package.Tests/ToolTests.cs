using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using Support;
using Support.Processes;

namespace Package.Tests;

/// <summary>The load client as whoever installs it gets it.</summary>
public sealed class ToolTests(PackedTool tool) : IClassFixture<PackedTool>
{
    [Fact]
    public void Package_Opened_HasTheToolAndAReadmeWithoutLinks()
    {
        using var package = ZipFile.OpenRead(tool.Package);
        Assert.Contains(package.Entries, entry => entry.FullName.EndsWith("/DotnetToolSettings.xml", StringComparison.Ordinal));
        using var readme = new StreamReader(package.GetEntry("README.md")!.Open());
        Assert.DoesNotContain("](", readme.ReadToEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tool_Installed_LoadsAServer()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serving = EchoAsync(listener, connections: 3);
        var exit = await RunAsync("-n", "3", "--rounds", "2", "--host", listener.LocalEndpoint.ToString()!);
        Assert.Equal((0, ""), (exit.Code, exit.Error));
        Assert.Contains("Max conc: 3", exit.OutputLines);
        await serving.Bounded();
    }

    [Fact]
    public async Task Tool_AskedForHelp_CallsItselfByItsName()
    {
        var exit = await RunAsync("--help");
        Assert.Equal(0, exit.Code);
        Assert.Contains(exit.OutputLines, line => line.StartsWith("pipeclient [", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Tool_MisusedFromAShell_EndsWithTwo()
    {
        var exit = await RunAsync("--assert", "p99");
        Assert.Equal(2, exit.Code);
        Assert.StartsWith("PipeClient: --assert 'p99' is not allowed", Assert.Single(exit.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Completion_InBash_OffersOptionsAndTheirValues()
    {
        Assert.SkipUnless(ChildCommand.Find("bash") is not null, "needs bash");

        // As bash calls it at a tab: the line, the cursor, the words, and which of them the cursor is in.
        const string script = """
            PATH="$1:$PATH"
            source <(pipeclient completion bash)
            complete -p pipeclient
            offer() {
                COMP_LINE=$1
                COMP_POINT=${#COMP_LINE}
                read -ra COMP_WORDS <<< "$1"
                [[ $1 == *' ' ]] && COMP_WORDS+=('')
                COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
                COMPREPLY=()
                _pipeclient_completion
                echo "$1: ${COMPREPLY[*]}"
            }
            offer 'pipeclient --connect-'
            offer 'pipeclient -n 5 --ver'
            offer 'pipeclient --verify '
            offer 'pipeclient --verify l'
            offer 'pipeclient comp'
            offer 'pipeclient completion z'
            """;
        var exit = await RunAsync(new ChildCommand("bash", "-c", script, "bash", Path.GetDirectoryName(tool.Command)!));
        Assert.Equal(
            [
                "complete -o default -F _pipeclient_completion pipeclient",
                "pipeclient --connect-: --connect-parallelism --connect-rate --connect-timeout",
                "pipeclient -n 5 --ver: --verify --version",
                "pipeclient --verify : full length none",
                "pipeclient --verify l: length",
                "pipeclient comp: completion",
                "pipeclient completion z: zsh",
            ],
            exit.OutputLines);
    }

    private Task<ChildExit> RunAsync(params string[] arguments) => RunAsync(new ChildCommand(tool.Command, arguments));

    /// <summary>With the runtime that runs the tests, wherever it is.</summary>
    private static Task<ChildExit> RunAsync(ChildCommand command)
    {
        var host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH");
        return ChildProcess.RunAsync(host is null
            ? command
            : command with { Environment = new Dictionary<string, string?> { ["DOTNET_ROOT"] = Path.GetDirectoryName(host) } });
    }

    private static async Task EchoAsync(TcpListener listener, int connections)
    {
        var serving = new List<Task>();
        while (serving.Count < connections)
        {
            var client = await listener.AcceptTcpClientAsync();
            serving.Add(Task.Run(async () =>
            {
                using (client)
                {
                    var stream = client.GetStream();
                    await stream.CopyToAsync(stream);
                }
            }));
        }

        await Task.WhenAll(serving);
    }
}
