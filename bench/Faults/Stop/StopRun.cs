using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Faults.Attacks;
using Faults.Processes;
using Faults.Serving;

namespace Faults.Stop;

/// <summary>How a server ended.</summary>
/// <param name="Connections">How many there were.</param>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Time">From the signal to the end of the process.</param>
/// <param name="Whole">How many peers got all that they were owed, and a FIN.</param>
/// <param name="Restarted">From then on until a new server echoed on the same port.</param>
internal sealed record StopResult(int Connections, int ExitCode, TimeSpan Time, int Whole, TimeSpan Restarted);

/// <summary>Fills a server with connections in one state, ends it, and starts the next one on its port at once.</summary>
internal static class StopRun
{
    private const int SmallBuffer = 4096;

    private static readonly TimeSpan _bound = TimeSpan.FromSeconds(120);

    /// <param name="state">What the connections are at.</param>
    /// <param name="place">The transport.</param>
    /// <param name="connections">How many are asked for.</param>
    /// <param name="timeout">The server's shutdown timeout.</param>
    /// <param name="signal">What ends it.</param>
    /// <param name="interrupt">Ends the run.</param>
    public static async Task<StopResult> RunAsync(
        StopState state, string place, int connections, TimeSpan timeout, int signal, CancellationToken interrupt)
    {
        using var server = await Server.StartFaultServerAsync(place, timeout, idleTimeout: null, port: 0, interrupt);
        var peers = await OpenAsync(server.Address, state, state.Count(connections, place), interrupt);
        var began = Stopwatch.GetTimestamp();
        server.Signal(signal);
        var reading = Task.WhenAll(peers.Select(peer => state.Reads ? ReadToEndAsync(peer) : Task.FromResult(-1L)));
        var exitCode = await server.WaitForExitAsync(_bound, interrupt);
        var time = Stopwatch.GetElapsedTime(began);
        var owed = state == StopState.Drain ? Handlers.DrainSize - 1 : 0;
        var whole = (await reading.WaitAsync(_bound, interrupt)).Count(received => received == owed);

        began = Stopwatch.GetTimestamp();
        using var next = await Server.StartFaultServerAsync(place, timeout, idleTimeout: null, server.Address.Port, interrupt);
        using var peer = await Peers.OpenAsync(next.Address, interrupt);
        await peer.SendAsync(new[] { Handlers.Echo }, SocketFlags.None, interrupt);
        await Peers.EchoByteAsync(peer, interrupt);
        var restarted = Stopwatch.GetElapsedTime(began);
        Peers.ResetAll(peers);
        return new StopResult(peers.Length, exitCode, time, whole, restarted);
    }

    private static async Task<Socket[]> OpenAsync(IPEndPoint server, StopState state, int count, CancellationToken interrupt)
    {
        var peers = new Socket[count];
        await Peers.ForEachAsync(
            count,
            async (i, interrupt) =>
            {
                var peer = peers[i] = await Peers.OpenAsync(server, interrupt, SmallBuffer);

                // One byte back says that its handler is there.
                await peer.SendAsync(state == StopState.Idle ? [state.Kind, 0] : new[] { state.Kind }, SocketFlags.None, interrupt);
                if (await peer.ReceiveAsync(new byte[1], SocketFlags.None, interrupt) == 0)
                {
                    throw new FaultsException("the server ended a connection before it was told to stop");
                }
            },
            interrupt);
        return peers;
    }

    /// <returns>How many bytes came before the FIN; -1 if there was a RST instead.</returns>
    private static async Task<long> ReadToEndAsync(Socket peer)
    {
        var buffer = new byte[64 * 1024];
        long received = 0;
        try
        {
            while (await peer.ReceiveAsync(buffer, SocketFlags.None) is var n and > 0)
            {
                received += n;
            }

            return received;
        }
        catch (SocketException)
        {
            return -1;
        }
    }
}
