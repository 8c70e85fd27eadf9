using KestrelAsyncEcho.CommandLine;
using KestrelAsyncEcho.Settings;
using KestrelAsyncEcho.Statistics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace KestrelAsyncEcho.Hosting;

/// <summary>One run of the server: read the settings, start, say so, wait for the signal, stop, tell the counts.</summary>
internal static class EchoServer
{
    public static async Task<int> RunAsync(IReadOnlyDictionary<EchoOption, string> given)
    {
        IConfigurationRoot? configuration = null;
        EchoSettings? settings = null;
        using var statistics = new ServerStatistics();
        IHost? host = null;
        try
        {
            configuration = EchoConfiguration.Build(given, SettingsFile.Find());
            settings = EchoSettingsReader.Read(configuration);
            host = EchoHostBuilder.Build(configuration, settings, await ListenEndpoints.ResolveAsync(settings), statistics);
            statistics.Threads.Start();
            await StartAsync(host, statistics.Threads);
        }
        catch (Exception exception)
        {
            host?.Dispose();
            var (exitCode, lines) = StartFailure.Describe(exception, configuration, settings);
            foreach (var line in lines)
            {
                Console.Error.WriteLine($"error: {line}");
            }

            return exitCode;
        }

        using (host)
        {
            await host.WaitForShutdownAsync();
        }

        statistics.Write(Console.Out);
        return ExitCode.Stopped;
    }

    private static async Task StartAsync(IHost host, ThreadPeak threads)
    {
        var stopping = host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;

        // Before connections begin to end: what opened since the last look has not been seen yet.
        stopping.Register(threads.Sample);
        try
        {
            await host.StartAsync();
            host.Services.GetRequiredService<StartPhase>().End();
            host.Services.GetRequiredService<BoundAddresses>().Write(Console.Out);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // A signal came before the server was up: a stop like any other.
        }
    }
}
