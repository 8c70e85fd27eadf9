// A server as systemd starts it, for tests.
//   SystemdServer serve sockets|threads     serves HTTP on the sockets that it was handed
//   SystemdServer activate sockets|threads  takes systemd's place: makes a socket, prints its port, and becomes the server
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Systemd;
using SystemdServer;

switch (args)
{
    case ["activate", var transport]:
        Activation.BecomeServer(transport);
        return;
    case ["serve", var transport]:
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.UseSystemd());
        if (transport == "threads")
        {
            builder.WebHost.UseThreadTransport();
        }

        // What AddSystemd adds if the parent process is systemd.
        builder.Services.AddSingleton<ISystemdNotifier, SystemdNotifier>();
        builder.Services.AddSingleton<IHostLifetime, SystemdLifetime>();
        var app = builder.Build();
        app.Run(http => http.Response.WriteAsync(
            Thread.CurrentThread.IsThreadPoolThread ? "served on the pool\n" : "served on a thread\n"));
        app.Run();
        return;
    default:
        throw new ArgumentException("serve sockets|threads, or activate sockets|threads");
}
