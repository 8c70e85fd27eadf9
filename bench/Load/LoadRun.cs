using System.Diagnostics;
using System.Globalization;

namespace Load;

/// <summary>All workers together, from the first connection to the last answer.</summary>
internal static class LoadRun
{
    private static readonly TimeSpan _lookForOverdue = TimeSpan.FromMilliseconds(250);

    public static async Task<LoadReport> RunAsync(
        IReadOnlyList<Worker> workers, TimeSpan warmUp, TimeSpan duration, TextWriter output, CancellationToken interrupt)
    {
        try
        {
            var began = Stopwatch.GetTimestamp();
            foreach (var worker in workers)
            {
                await worker.OpenAsync();
                interrupt.ThrowIfCancellationRequested();
            }

            await output.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture, $"connected: {workers.Count} in {Stopwatch.GetElapsedTime(began).TotalSeconds:F3} s"));
            await output.FlushAsync(CancellationToken.None);

            var recorder = new Recorder(warmUp, duration);
            var running = Task.WhenAll(workers.Select(worker => Task.Run(() => worker.RunAsync(recorder), CancellationToken.None)));
            while (!recorder.HasEnded && !running.IsCompleted)
            {
                await Task.WhenAny(running, Task.Delay(_lookForOverdue, interrupt));
                interrupt.ThrowIfCancellationRequested();
                foreach (var worker in workers)
                {
                    worker.EndIfOverdue();
                }
            }

            // What is still under way then will never count; one that was just connecting again may have to be told twice.
            do
            {
                CloseAll(workers);
                await Task.WhenAny(running, Task.Delay(_lookForOverdue, interrupt));
            }
            while (!running.IsCompleted);

            await running;
            return recorder.Report(workers);
        }
        finally
        {
            CloseAll(workers);
        }
    }

    private static void CloseAll(IReadOnlyList<Worker> workers)
    {
        foreach (var worker in workers)
        {
            worker.Dispose();
        }
    }
}
