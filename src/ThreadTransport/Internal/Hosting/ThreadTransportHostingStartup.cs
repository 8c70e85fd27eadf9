using Microsoft.AspNetCore.Hosting;

[assembly: HostingStartup(typeof(ThreadTransport.Internal.Hosting.ThreadTransportHostingStartup))]

namespace ThreadTransport.Internal.Hosting;

/// <summary>
/// Puts an application on threads without a line of code, when it is started with
/// <c>ASPNETCORE_HOSTINGSTARTUPASSEMBLIES=ThreadTransport</c>. Runs before the application configures Kestrel, which is as good as
/// after.
/// </summary>
internal sealed class ThreadTransportHostingStartup : IHostingStartup
{
    public void Configure(IWebHostBuilder builder) => builder.UseThreadTransport();
}
