namespace Compare.Load;

/// <summary>A load on one server, from its start to its end.</summary>
internal interface ILoad
{
    /// <summary>The most connections that are open at once.</summary>
    int Connections { get; }

    Task<Findings> RunAsync(LoadContext context);
}
