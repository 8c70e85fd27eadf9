namespace Applications.Tests.Harness;

/// <summary>For tests that wait for Kestrel's clock: all transports wait at the same time.</summary>
internal static class EveryTransportAtOnce
{
    public static Task RunAsync(Func<ITransport, Task> test)
        => Task.WhenAll(Transports.Every.Append(new RequestsOnThreads()).Select(async transport =>
        {
            try
            {
                await test(transport);
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException($"On {transport}: {exception.Message}", exception);
            }
        }));
}
