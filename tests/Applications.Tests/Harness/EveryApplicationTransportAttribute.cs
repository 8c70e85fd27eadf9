using Microsoft.AspNetCore.Hosting;
using Support.StockWrapper;

namespace Applications.Tests.Harness;

/// <summary>
/// A row for every transport, and one more for this transport with every request moved to a dedicated thread, as
/// <c>app.UseConnectionThread()</c> does.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class EveryApplicationTransportAttribute(params object[] cases) : EveryTransportAttribute(cases)
{
    protected override IReadOnlyList<ITransport> Chosen { get; } = [.. Transports.Every, new RequestsOnThreads()];
}

/// <summary>The same without the wrapper, for tests that start programs: Kestrel's transport, and this one in each of its forms.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class EveryServingTransportAttribute(params object[] cases) : EveryTransportAttribute(cases)
{
    protected override IReadOnlyList<ITransport> Chosen { get; } =
        [.. Transports.Every.Where(transport => transport is not WrapperTransport), new RequestsOnThreads()];
}

/// <summary>This transport, with the option that moves every request to a dedicated thread.</summary>
internal sealed class RequestsOnThreads : ITransport
{
    private readonly ITransport _threads = Transports.ThreadsWith(options => options.UseConnectionThread = true);

    public string Name => "RequestsOnThreads";

    public void Use(IWebHostBuilder host, TransportSettings settings) => _threads.Use(host, settings);

    public override string ToString() => Name;
}
