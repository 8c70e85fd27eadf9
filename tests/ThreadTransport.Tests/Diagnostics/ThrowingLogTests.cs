using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Support;
using ThreadTransport.Internal.Listening;

namespace ThreadTransport.Tests.Diagnostics;

/// <summary>Logging providers may throw, and their logger passes that on. No connection may depend on it.</summary>
public sealed class ThrowingLogTests
{
    [Theory, EveryThreadTransport("fin", "reset", "abort", "failed output", "slow reader")]
    public async Task Connection_WithALogThatThrows_EndsAndGivesItsThreadBack(ITransport transport, string ending)
    {
        await using var harness = await TransportHarness.BindAsync(transport);
        var services = ((ThreadTransportFactory)harness.Factory).Services;
        harness.Services.GetRequiredService<ILoggerFactory>().AddProvider(new ThrowingProvider());
        var (connection, client) = await harness.ConnectAsync(receiveBufferSize: ending == "slow reader" ? 64 * 1024 : null);
        var echo = Task.Run(() => Applications.EchoAsync(connection));
        await client.SendAsync("x");
        await client.ReceiveExactlyAsync(1);

        switch (ending)
        {
            case "fin":
                client.ShutdownSend();
                break;
            case "reset":
                client.Reset();
                break;
            case "abort":
                connection.Abort(new ConnectionAbortedException("enough"));
                break;
            case "failed output":
                connection.Transport.Output.Complete(new InvalidOperationException("no more"));
                break;
            default:
                await client.SendAsync(Pattern.Create(1024 * 1024));
                client.Reset();
                break;
        }

        await Record.ExceptionAsync(() => echo.Bounded());
        await connection.DisposeAsync().Bounded();
        await TestTimeout.EventuallyAsync(() => services.Threads.Parked == services.Threads.Alive, "the thread is parked again");
        Assert.Equal(0, services.Stays.Rented);
        Assert.Equal(0, services.Poller?.Registered ?? 0);
    }

    private sealed class ThrowingProvider : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
            => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId id, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            => throw new IOException("The disk is full.");

        public void Dispose()
        {
        }
    }
}
