using System.Net.Sockets;
using PipeClient.Load.Echoing;
using PipeClient.Load.Outcome;

namespace PipeClient.Load.Connecting;

/// <summary>
/// Opens all connections: the first finds the address that answers, the rest follow, a bounded number of connects at a time.
/// </summary>
internal sealed class ConnectPhase(LoadOptions options, EchoContext context)
{
    private readonly EchoConnection?[] _opened = new EchoConnection?[options.Connections];
    private SocketConnector? _connector;
    private int _next;

    public int Retries => _connector?.Retries ?? 0;

    /// <summary>
    /// Returns the connections that could be opened; the others are in the ledger. An interruption just ends it, blaming nobody.
    /// </summary>
    public async Task<EchoConnection[]> RunAsync(CancellationToken interrupt)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(interrupt);
        deadline.CancelAfter(options.ConnectTimeout);
        if (await TryOpenFirstAsync(deadline.Token, interrupt))
        {
            var workers = Math.Min(options.ConnectParallelism, options.Connections - 1);
            await Task.WhenAll(Enumerable.Range(0, workers).Select(_ => OpenAsync(deadline.Token, interrupt)));
        }

        return [.. _opened.OfType<EchoConnection>()];
    }

    private async Task<bool> TryOpenFirstAsync(CancellationToken deadline, CancellationToken interrupt)
    {
        try
        {
            var addresses = await options.Targets[0].ResolveAsync(deadline);
            for (var i = 0; i < addresses.Length; i++)
            {
                // An address that does not answer must leave time for the ones after it.
                using var share = CancellationTokenSource.CreateLinkedTokenSource(deadline);
                share.CancelAfter(options.ConnectTimeout / (addresses.Length - i));
                try
                {
                    _connector = new SocketConnector(addresses[i]);
                    Keep(0, await _connector.ConnectAsync(share.Token));
                    _next = 1;
                    return true;
                }
                catch (Exception) when (i < addresses.Length - 1 && !deadline.IsCancellationRequested)
                {
                    // The next address may answer; when none does, the last one's failure stands for all.
                }
            }
        }
        catch (Exception e)
        {
            Blame(e, options.Connections, interrupt);
        }

        return false;
    }

    private async Task OpenAsync(CancellationToken deadline, CancellationToken interrupt)
    {
        for (int i; (i = Interlocked.Increment(ref _next) - 1) < options.Connections;)
        {
            try
            {
                deadline.ThrowIfCancellationRequested();
                Keep(i, await _connector!.ConnectAsync(deadline));
            }
            catch (Exception e)
            {
                Blame(e, 1, interrupt);
            }
        }
    }

    private void Keep(int index, Socket socket)
    {
        try
        {
            var connection = new EchoConnection(socket, context);
            connection.Start();
            _opened[index] = connection;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private void Blame(Exception exception, int times, CancellationToken interrupt)
    {
        if (!interrupt.IsCancellationRequested)
        {
            context.Failures.Add(Failure.OfConnect(exception), times);
        }
    }
}
