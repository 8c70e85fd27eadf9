using CsCheck;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Randomised.Tests.Http;

namespace Randomised.Tests;

/// <summary>Random requests, right and wrong, cut anywhere: the same answer from both transports, byte for byte of its content.</summary>
[Collection(nameof(WholeProcess))]
public sealed class HttpAnswerTests(ITestOutputHelper output)
{
    private const int Scripts = 500;
    private const int AtOnce = 64;

    /// <summary>
    /// How often a script is sent before its answers are different: none on threads like any on Sockets. How a connection ends, and
    /// what is still sent on one that its client has half closed, is a race between Kestrel and its client on any transport; so is a
    /// time-out on a busy machine.
    /// </summary>
    private const int Tries = 6;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Http1_RandomRequests_GetTheSameAnswerOnBothTransports(bool split)
    {
        await using var server = await TwinServer.StartAsync(split, HttpProtocols.Http1);
        await ScriptGenerator.Scripts.SampleAsync(script => CompareAsync(server, script), output.WriteLine, iter: Scripts, threads: AtOnce);

        Assert.Empty(server.Criticals);
    }

    private static async Task CompareAsync(TwinServer server, Script script)
    {
        var onThreads = new HashSet<Answer>();
        var onSockets = new HashSet<Answer>();
        for (var tries = 0; tries < Tries; tries++)
        {
            var answers = await Task.WhenAll(Answer.GetAsync(server.OnThreads, script), Answer.GetAsync(server.OnSockets, script));
            onThreads.Add(answers[0]);
            onSockets.Add(answers[1]);
            if (script.End is ClientEnd.Close or ClientEnd.Reset
                || onThreads.Overlaps(onSockets)
                || answers[0].IsCutLike(answers[1]))
            {
                return;
            }
        }

        Assert.Fail($"{Join("Threads", onThreads)}{Environment.NewLine}{Join("Sockets", onSockets)}");
    }

    private static string Join(string transport, IEnumerable<Answer> answers)
        => string.Join(Environment.NewLine, answers.Select(answer => $"{transport}{(answer.Reset ? " (reset)" : "")}: {answer.Text}"));
}
