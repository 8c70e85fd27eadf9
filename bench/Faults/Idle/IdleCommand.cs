using System.CommandLine;
using System.Diagnostics;
using System.Net.Sockets;
using Faults.Attacks;
using Faults.CommandLine;
using Faults.Processes;
using Faults.Serving;
using Spectre.Console;

namespace Faults.Idle;

/// <summary>What it costs to watch for idle connections, and how exactly they are ended.</summary>
internal static class IdleCommand
{
    private const int Failed = 1;

    private static readonly TimeSpan _measured = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan _shutdownTimeout = TimeSpan.FromSeconds(10);

    /// <summary>For all to be opened and have been measured before the first one's time is up.</summary>
    private static readonly TimeSpan _opening = TimeSpan.FromSeconds(20);

    /// <summary>How late the last one may be.</summary>
    private static readonly TimeSpan _exactness = TimeSpan.FromSeconds(1);

    private static readonly Option<int> _connections = Options.Number("--connections", "How many are idle", 10_000, 1, 15_000);

    private static readonly Option<int> _timeout = Options.Number("--timeout", "The idle timeout, in seconds", 40, 40, 600);

    public static Command Create()
    {
        var command = new Command("idle", "Measures what the idle timeout of the thread transport costs a server of idle connections, and how exact it is.")
        {
            _connections, _timeout,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken interrupt)
    {
        var connections = parsed.GetValue(_connections);
        var timeout = TimeSpan.FromSeconds(parsed.GetValue(_timeout));
        var table = Report.CreateTable("idle timeout", "processor time a second", "ended", "earliest", "median", "latest");
        var good = true;
        foreach (var limit in new TimeSpan?[] { null, timeout })
        {
            using var server = await Server.StartFaultServerAsync(Place.Threads, _shutdownTimeout, limit, port: 0, interrupt);
            var peers = new (Socket Socket, long IdleSince)[connections];
            using (var opening = CancellationTokenSource.CreateLinkedTokenSource(interrupt))
            {
                opening.CancelAfter(_opening);
                await Peers.ForEachAsync(
                    connections,
                    async (i, stop) =>
                    {
                        var peer = await Peers.OpenAsync(server.Address, stop);
                        await peer.SendAsync(new[] { Handlers.Echo }, SocketFlags.None, stop);
                        await Peers.EchoByteAsync(peer, stop);
                        peers[i] = (peer, Stopwatch.GetTimestamp());
                    },
                    opening.Token);
            }

            var cost = await MeasureAsync(server.ProcessId, interrupt);
            if (limit is null)
            {
                table.AddRow("none", Cost(cost), "-", "-", "-", "-");
            }
            else
            {
                var late = await Task.WhenAll(peers.Select(peer => WaitForEndAsync(peer.Socket, peer.IdleSince, timeout, interrupt)));
                Array.Sort(late);
                good &= late[0] >= TimeSpan.Zero && late[^1] <= _exactness;
                table.AddRow(
                    Report.Text($"{timeout.TotalSeconds} s"), Cost(cost), Report.Text($"{late.Length:N0}"), Lateness(late[0]), Lateness(late[late.Length / 2]),
                    Lateness(late[^1]));
            }

            Peers.ResetAll(peers.Select(peer => peer.Socket));
        }

        AnsiConsole.Write(table);
        Console.WriteLine(Report.Text($"{connections:N0} idle connections on threads; how long after their time they were ended, as they saw it."));
        return good ? 0 : Failed;
    }

    /// <returns>The processor time of the process in a second.</returns>
    private static async Task<TimeSpan> MeasureAsync(int process, CancellationToken interrupt)
    {
        using var server = Process.GetProcessById(process);
        var before = server.TotalProcessorTime;
        await Task.Delay(_measured, interrupt);
        server.Refresh();
        return (server.TotalProcessorTime - before) / _measured.TotalSeconds;
    }

    private static async Task<TimeSpan> WaitForEndAsync(Socket peer, long idleSince, TimeSpan timeout, CancellationToken interrupt)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(interrupt);
        bound.CancelAfter(timeout * 2);
        try
        {
            await peer.ReceiveAsync(new byte[1], SocketFlags.None, bound.Token);
            throw new FaultsException("the server did not reset an idle connection");
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionReset)
        {
            return Stopwatch.GetElapsedTime(idleSince) - timeout;
        }
    }

    private static string Cost(TimeSpan cost) => Report.Text($"{cost.TotalMilliseconds:F1} ms");

    private static string Lateness(TimeSpan late) => Report.Text($"+{late.TotalSeconds:F2} s");
}
