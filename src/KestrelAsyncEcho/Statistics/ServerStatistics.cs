namespace KestrelAsyncEcho.Statistics;

/// <summary>All that is counted and measured about one run of the server, and how it is told at the end.</summary>
internal sealed class ServerStatistics : IDisposable
{
    private readonly ProcessStatus _status = new();

    public ServerStatistics() => Threads = new ThreadPeak(_status);

    public ConnectionCounts Connections { get; } = new();

    public ThreadPeak Threads { get; }

    /// <summary>The closing lines. Programs read them; a change here is a change of interface.</summary>
    public void Write(TextWriter output)
    {
        Threads.Sample();
        output.WriteLine($"resident {_status.PeakResidentKilobytes()}K");
        output.WriteLine($"Max conc: {Connections.Peak}");
        output.WriteLine($"Total: {Connections.Total}");
        output.WriteLine($"Now: {Connections.Now}");
        output.WriteLine($"threads: {Threads.Value}");
        output.Flush();
    }

    public void Dispose()
    {
        Threads.Dispose();
        _status.Dispose();
    }
}
