namespace Support;

/// <summary>For what looks, when it is disposed of, at what a test has left behind.</summary>
public static class AsyncDisposableExtensions
{
    /// <summary>
    /// Uses it and disposes of it. Unlike with <c>await using</c>, what the use has failed with is still the first that one reads if the
    /// disposal fails too, as it often does after that.
    /// </summary>
    public static async Task UseAsync<T>(this T resource, Func<T, Task> use)
        where T : IAsyncDisposable
    {
        try
        {
            await use(resource);
        }
        catch (Exception failure)
        {
            await DisposeAfterAsync(resource, failure);
            throw;
        }

        await resource.DisposeAsync();
    }

    private static async Task DisposeAfterAsync(IAsyncDisposable resource, Exception failure)
    {
        try
        {
            await resource.DisposeAsync();
        }
#pragma warning disable CA1031 // Whatever it is, it comes second.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            throw new AggregateException(failure, exception);
        }
    }
}
