using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using ThreadTransport;
using ThreadTransport.Internal.Hosting;
using ThreadTransport.Internal.Listening;

namespace Microsoft.AspNetCore.Hosting;

/// <summary>Puts Kestrel on the thread transport.</summary>
public static class WebHostBuilderThreadTransportExtensions
{
    /// <summary>
    /// Gives every connection that Kestrel accepts its own operating-system thread. Works before or after <c>UseKestrel</c>;
    /// endpoints that the thread transport does not take stay on Kestrel's Sockets transport.
    /// </summary>
    /// <remarks>
    /// Settings that cannot be end in an <see cref="OptionsValidationException"/> that names them: from <c>builder.Build()</c> of
    /// a <c>WebApplication</c>, from the start of a generic host.
    /// </remarks>
    /// <param name="hostBuilder">The host to configure.</param>
    /// <returns>The same <paramref name="hostBuilder"/>.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="hostBuilder"/> is null.</exception>
    public static IWebHostBuilder UseThreadTransport(this IWebHostBuilder hostBuilder)
    {
        ArgumentNullException.ThrowIfNull(hostBuilder);

        // Kestrel asks the factories last to first, and adds its own only where there is none. So its own goes in here, first,
        // with all that belongs to it.
        return hostBuilder.UseSockets().ConfigureServices(services =>
        {
            services.TryAddEnumerable(ServiceDescriptor.Singleton<IConnectionListenerFactory, SocketTransportFactory>());
            services.TryAddEnumerable(ServiceDescriptor.Singleton<IConnectionListenerFactory, ThreadTransportFactory>());
            services.TryAddEnumerable(ServiceDescriptor.Singleton<IConfigureOptions<ThreadTransportOptions>, ConfigurationBinder>());
            services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<ThreadTransportOptions>, OptionsValidator>());
            services.TryAddEnumerable(ServiceDescriptor.Transient<IStartupFilter, RequestThreadFilter>());
            services.AddOptions<ThreadTransportOptions>().ValidateOnStart();
        });
    }

    /// <inheritdoc cref="UseThreadTransport(IWebHostBuilder)"/>
    /// <param name="hostBuilder">The host to configure.</param>
    /// <param name="configureOptions">
    /// Changes the settings, after they were read from the configuration section <c>ThreadTransport</c>. Runs once, on the thread
    /// that builds a <c>WebApplication</c> or starts a generic host.
    /// </param>
    /// <returns>The same <paramref name="hostBuilder"/>.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static IWebHostBuilder UseThreadTransport(
        this IWebHostBuilder hostBuilder,
        Action<ThreadTransportOptions> configureOptions)
    {
        ArgumentNullException.ThrowIfNull(hostBuilder);
        ArgumentNullException.ThrowIfNull(configureOptions);
        return hostBuilder.UseThreadTransport().ConfigureServices(services => services.Configure(configureOptions));
    }
}
