using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Blocking;

/// <summary>
/// The server under test, a process of its own: an ordinary minimal API with an endpoint that sleeps and two that take uploads. Says its
/// port when it is ready; at the end of its standard input it says how many threads it had at most, and ends, also where its pool is
/// starved.
/// </summary>
internal static class SleepServer
{
    public const string Verb = "--serve";
    public const string Path = "/sleep";
    public const string AwaitedUpload = "/upload/awaited";
    public const string SynchronousUpload = "/upload/synchronous";
    public const string Ready = "port ";
    public const string Peak = "peak ";

    private const int BufferSize = 16 * 1024;

    private static readonly TimeSpan _lookAtThreads = TimeSpan.FromMilliseconds(50);

    /// <param name="arguments">The verb, the place, the scenario's name, the milliseconds to sleep.</param>
    public static async Task<int> RunAsync(string[] arguments)
    {
        var scenario = Scenario.All.Single(scenario => scenario.Name == arguments[2]);
        var sleep = int.Parse(arguments[3], CultureInfo.InvariantCulture);
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AllowSynchronousIO = true);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            if (scenario.IsEncrypted)
            {
                listen.UseHttps(CreateCertificate());
            }
            else if (scenario.IsHttp2)
            {
                listen.Protocols = HttpProtocols.Http2;
            }
        }));
        var onThreads = arguments[1] == Place.Threads;
        if (onThreads)
        {
            builder.WebHost.UseThreadTransport(options => options.StackSize = 256 * 1024);
        }

        await using var app = builder.Build();
        if (onThreads)
        {
            app.UseConnectionThread();
        }

        if (arguments[1] == Place.Awaiting)
        {
            app.MapGet(Path, async () =>
            {
                await Task.Delay(sleep);
                return "ok";
            });
        }
        else
        {
            app.MapGet(Path, () =>
            {
                Thread.Sleep(sleep);
                return "ok";
            });
        }

        app.MapPost(AwaitedUpload, async (HttpContext context) =>
        {
            var received = 0L;
            var buffer = new byte[BufferSize];
            while (await context.Request.Body.ReadAsync(buffer) is var n and > 0)
            {
                received += n;
            }

            return $"{received}";
        });
        app.MapPost(SynchronousUpload, (HttpContext context) =>
        {
            var received = 0L;
            var buffer = new byte[BufferSize];
            while (context.Request.Body.Read(buffer) is var n and > 0)
            {
                received += n;
            }

            return $"{received}";
        });
        await app.StartAsync();
        new Thread(ReportThreadsAndEnd) { IsBackground = true, Name = "end of input" }.UnsafeStart();
        await Console.Out.WriteLineAsync($"{Ready}{new Uri(app.Urls.Single()).Port}");
        await app.WaitForShutdownAsync();
        return 0;
    }

    private static void ReportThreadsAndEnd()
    {
        var peak = 0;
        using var looking = new CancellationTokenSource();
        var look = new Thread(() =>
        {
            while (!looking.Token.WaitHandle.WaitOne(_lookAtThreads))
            {
                peak = Math.Max(peak, ThreadPool.ThreadCount);
            }
        })
        { IsBackground = true, Name = "look at the pool" };
        look.UnsafeStart();
        while (Console.In.Read() >= 0)
        {
        }

        looking.Cancel();
        look.Join();
        Console.Out.WriteLine($"{Peak}{peak}");
        Environment.Exit(0);
    }

    private static X509Certificate2 CreateCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var now = DateTimeOffset.UtcNow;
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
    }
}
