using ThreadTransport;

namespace Microsoft.AspNetCore.Connections;

/// <summary>Puts raw connection handlers on their connection's thread from the first line.</summary>
public static class ConnectionBuilderThreadTransportExtensions
{
    /// <summary>
    /// Moves the rest of the connection pipeline onto the connection's thread from its very first line, for handlers that block
    /// before they read: Kestrel starts every connection on the pool. A connection that is not on the thread transport passes
    /// through unchanged.
    /// </summary>
    /// <param name="connectionBuilder">The pipeline, as in <c>listenOptions.UseConnectionThread()</c>.</param>
    /// <returns>The same <paramref name="connectionBuilder"/>.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="connectionBuilder"/> is null.</exception>
    public static IConnectionBuilder UseConnectionThread(this IConnectionBuilder connectionBuilder)
    {
        ArgumentNullException.ThrowIfNull(connectionBuilder);
        return connectionBuilder.Use(next => async connection =>
        {
            if (connection.Features.Get<IConnectionThreadFeature>() is { } thread)
            {
                await thread.ReturnAsync();
            }

            await next(connection);
        });
    }
}
