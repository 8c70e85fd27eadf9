namespace Blocking;

/// <summary>A connection to the server.</summary>
internal interface IConnection : IDisposable
{
    /// <summary>One request and its answer.</summary>
    /// <returns>Null if the answer was right, otherwise what it was.</returns>
    Task<string?> RequestAsync(CancellationToken cancellationToken);
}
