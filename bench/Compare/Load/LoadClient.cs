using System.Globalization;
using Compare.Measurement;
using Compare.Processes;

namespace Compare.Load;

/// <summary>Runs the load client as a child process against one server.</summary>
internal static class LoadClient
{
    /// <param name="launcher">Starts it.</param>
    /// <param name="plan">The load.</param>
    /// <param name="server">Against whom. Should it end before the client does, that is what failed.</param>
    /// <param name="onMoment">Hears of each moment as soon as its line is read, on a thread of the pool.</param>
    /// <param name="interrupt">Kills the client.</param>
    /// <returns>An account in which every echo is verified; all else throws.</returns>
    public static async Task<LoadSummary> RunAsync(
        Launcher launcher, LoadPlan plan, ServerProcess server, Action<LoadMoment> onMoment, CancellationToken interrupt)
    {
        LoadSummary? summary = null;
        await using var client = await ChildProcess.StartAsync(launcher, Command(plan, server), line =>
        {
            if (LoadMoment.Parse(line) is { } moment)
            {
                onMoment(moment);
            }
            else if (LoadSummary.Parse(line) is { } account)
            {
                summary = account;
            }
        });

        // The client needs no bound from here: each of its phases has its own.
        await Task.WhenAny(client.Exited, server.Exited).WaitAsync(interrupt);
        if (server.Exited.IsCompleted)
        {
            throw await server.DescribeEndAsync();
        }

        var exitCode = await client.Exited;
        if (exitCode != 0)
        {
            throw new ComparisonException(
                $"the load on the {server.Name} server failed: the client's exit code is {exitCode}", client.Error);
        }

        return summary?.IsComplete(plan) == true
            ? summary
            : throw new ComparisonException($"the client gave no account of every echo of the {server.Name} server", client.Error);
    }

    private static ChildCommand Command(LoadPlan plan, ServerProcess server) => ChildCommand.Dotnet(
        Programs.Client,
        [
            "--connections", plan.Connections.ToString(CultureInfo.InvariantCulture),
            "--rounds", plan.Rounds.ToString(CultureInfo.InvariantCulture),
            "--host", server.Address.ToString(),
            "--summary", "json",
            .. plan.Message,
        ]);
}
