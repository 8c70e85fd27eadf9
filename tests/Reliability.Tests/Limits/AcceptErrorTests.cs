using Support;
using Support.Processes;

namespace Reliability.Tests.Limits;

/// <summary>
/// Whatever error the kernel answers <c>accept</c> with, the endpoint is not lost. The errors come from <c>strace</c>: in every thread's
/// first <c>accept</c>, for it counts them by thread.
/// </summary>
[Trait("Promise", "P8")]
public sealed class AcceptErrorTests
{
    public static TheoryData<string, string> Errors
    {
        get
        {
            var rows = new TheoryData<string, string>();
            foreach (var error in (string[])["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM", "EPERM", "ECONNABORTED", "EPROTO"])
            {
                rows.Add(EchoProcess.Threads, error);
                rows.Add(EchoProcess.Sockets, error);
            }

            return rows;
        }
    }

    [Theory, MemberData(nameof(Errors))]
    public async Task Error_OfAccept_LosesNeitherTheEndpointNorAClient(string transport, string error)
    {
        await using var server = await LimitedHost.StartAsync(
            transport, await StraceAsync(error), "--verbosity", "debug");

        var clients = await server.ServeAsync(10);

        foreach (var client in clients)
        {
            await client.AssertEchoesAsync("still");
            client.Dispose();
        }

        var exit = await server.StopAsync();
        Assert.Equal(0, exit.Code);
        Assert.DoesNotContain("Critical", exit.Error, StringComparison.Ordinal);

        // Either way of the two that it is told, and it was met at all.
        Assert.True(
            exit.Error.Contains("no connection could be accepted", StringComparison.Ordinal)
                || exit.Error.Contains("Connection id \"(null)\"", StringComparison.Ordinal),
            exit.Error);
    }

    private static async Task<string[]> StraceAsync(string error)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && ChildCommand.Find("strace") is not null, "strace is not installed.");

        // A daemon beside the server, which stays the child of the test.
        string[] strace = ["strace", "-D", "-f", "-qq", "-o", "/dev/null", "-e", "trace=accept4", "-e", $"inject=accept4:error={error}:when=1"];
        var works = await ChildProcess.RunAsync(new ChildCommand(strace[0], [.. strace[1..], "true"]));
        Assert.SkipUnless(works.Code == 0, $"strace may not trace here: {works.Error}");
        return strace;
    }
}
