using System.Diagnostics;
using System.Net.Sockets;
using System.Security.Authentication;

namespace Load;

/// <summary>
/// One of the clients that load a server together: does one exchange after the other. One that takes too long is ended from outside, by
/// closing its socket, which costs an exchange nothing.
/// </summary>
internal abstract class Worker : IDisposable
{
    /// <summary>So long may an exchange take, as a client of a real service would wait.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan _pauseAfterFailure = TimeSpan.FromMilliseconds(100);

    private long _began;
    private bool _isOverdue;

    /// <summary>Exchanges that ended well in the time that counts.</summary>
    public long Messages { get; private set; }

    /// <summary>Exchanges until the end comes.</summary>
    public async Task RunAsync(Recorder recorder)
    {
        while (!recorder.HasEnded)
        {
            var began = Stopwatch.GetTimestamp();
            Volatile.Write(ref _began, began);
            string? failure;
            try
            {
                failure = await ExchangeAsync();
            }
            catch (Exception exception) when (exception is SocketException or IOException or ObjectDisposedException
                or AuthenticationException)
            {
                failure = _isOverdue ? $"no answer within {Timeout.TotalSeconds:0} s" : exception.Message;
            }

            Volatile.Write(ref _began, 0);
            if (failure is null)
            {
                Messages += recorder.Answered(began, Stopwatch.GetTimestamp()) ? 1 : 0;
            }
            else if (!recorder.HasEnded)
            {
                recorder.Failed(failure);
                Close();
                _isOverdue = false;

                // Not to add to the trouble of a server that is down or refuses.
                await Task.Delay(_pauseAfterFailure);
            }
        }
    }

    /// <summary>What comes before the first exchange.</summary>
    public virtual ValueTask OpenAsync() => ValueTask.CompletedTask;

    /// <summary>Ends an exchange that takes too long.</summary>
    public void EndIfOverdue()
    {
        if (Volatile.Read(ref _began) is not 0 and var began && Stopwatch.GetElapsedTime(began) > Timeout)
        {
            _isOverdue = true;
            Close();
        }
    }

    public void Dispose() => Close();

    /// <returns>Null if the answer was right, otherwise what it was.</returns>
    protected abstract ValueTask<string?> ExchangeAsync();

    /// <summary>Any thread may call this, at any time.</summary>
    protected abstract void Close();
}
