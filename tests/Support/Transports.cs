using System.Reflection;
using Microsoft.AspNetCore.Hosting;
using Support.StockWrapper;
using ThreadTransport;
using Xunit;
using Xunit.Sdk;
using Xunit.v3;

namespace Support;

/// <summary>The transports that the suites run on.</summary>
public static class Transports
{
    public static IReadOnlyList<ITransport> Threaded { get; } =
        [new WrapperTransport(), new Threads("Threads", startSplit: false), new Threads("ThreadsSplit", startSplit: true)];

    public static IReadOnlyList<ITransport> Every { get; } = [new SocketsTransport(), .. Threaded];

    /// <summary>The thread transport with settings of a test's own.</summary>
    public static ITransport ThreadsWith(Action<ThreadTransportOptions> configure) => new Threads("Threads", startSplit: false, configure);

    private sealed class Threads(string name, bool startSplit, Action<ThreadTransportOptions>? configure = null) : ITransport
    {
        public string Name => name;

        public void Use(IWebHostBuilder host, TransportSettings settings) => host.UseThreadTransport(options =>
        {
            options.Backlog = settings.Backlog;
            options.NoDelay = settings.NoDelay;
            options.MaxReadBufferSize = settings.MaxReadBufferSize;
            options.MaxWriteBufferSize = settings.MaxWriteBufferSize;
            options.CreateBoundListenSocket = settings.CreateBoundListenSocket;
            options.FinOnError = settings.FinOnError;
            options.SplitAtStart = startSplit;
            configure?.Invoke(options);
        });

        public override string ToString() => Name;
    }
}

/// <summary>A row for every transport; with <see cref="Cases"/>, a row for each transport and case.</summary>
[AttributeUsage(AttributeTargets.Method)]
public class EveryTransportAttribute(params object[] cases) : DataAttribute
{
    public object[] Cases => cases;

    protected virtual IReadOnlyList<ITransport> Chosen => Transports.Every;

    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(MethodInfo testMethod, DisposalTracker disposalTracker)
        => new([.. from transport in Chosen from row in Rows(transport) select row]);

    // Transports do not travel between processes, so the rows are made where the tests run.
    public override bool SupportsDiscoveryEnumeration() => false;

    private IEnumerable<ITheoryDataRow> Rows(ITransport transport)
        => cases.Length == 0
            ? [new TheoryDataRow<ITransport>(transport)]
            : cases.Select(@case => new TheoryDataRow<ITransport, object>(transport, @case));
}

/// <summary>A row for every transport that promises a thread for each connection: all but Kestrel's own.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class EveryThreadedTransportAttribute(params object[] cases) : EveryTransportAttribute(cases)
{
    protected override IReadOnlyList<ITransport> Chosen => Transports.Threaded;
}

/// <summary>A row for each form of a connection of this transport: direct and split.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class EveryThreadTransportAttribute(params object[] cases) : EveryTransportAttribute(cases)
{
    protected override IReadOnlyList<ITransport> Chosen { get; } =
        [.. Transports.Threaded.Where(transport => transport.Name.StartsWith("Threads", StringComparison.Ordinal))];
}

/// <summary>
/// A row for every transport but the wrapper, which starts a thread for every accept and waits for it, and tells of a connection's end
/// when Kestrel's transport does, though its own thread may not have come.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class EveryTransportButTheWrapperAttribute(params object[] cases) : EveryTransportAttribute(cases)
{
    protected override IReadOnlyList<ITransport> Chosen { get; } = [.. Transports.Every.Where(transport => transport.Name != "Wrapper")];
}
