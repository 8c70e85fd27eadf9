using Compare.Counters;

/// <summary>
/// What the runtime calls before <c>Main</c> of a program that was started with <c>DOTNET_STARTUP_HOOKS</c>. The comparison starts
/// every .NET server so, whatever its transport: each answers for its own runtime, and no server needs to know of it.
/// </summary>
#pragma warning disable CA1050 // The runtime looks for a type of this name outside any namespace.
internal static class StartupHook
#pragma warning restore CA1050
{
    public static void Initialize()
    {
        if (Environment.GetEnvironmentVariable(CounterServer.AddressVariable) is { Length: > 0 } address)
        {
            CounterServer.Start(address);
        }
    }
}
