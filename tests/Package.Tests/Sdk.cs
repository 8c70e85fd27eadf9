using Support.Processes;

namespace Package.Tests;

/// <summary>The SDK's own commands, which leave no server behind that would keep their output open.</summary>
internal static class Sdk
{
    private static readonly TimeSpan _bound = TimeSpan.FromMinutes(5);

    /// <summary>Runs a command of the SDK; anything but success fails with what it said.</summary>
    /// <param name="folder">The working directory.</param>
    /// <param name="command">For instance <c>build</c>.</param>
    /// <param name="arguments">The rest.</param>
    public static Task RunAsync(string folder, string command, params string[] arguments)
        => RunAsync(folder, ChildCommand.Dotnet(command, [.. arguments, "--disable-build-servers"]));

    /// <summary>The same for <c>dotnet tool</c>, which builds nothing.</summary>
    /// <param name="folder">The working directory.</param>
    /// <param name="arguments">What follows <c>dotnet tool</c>.</param>
    public static Task RunToolAsync(string folder, params string[] arguments) => RunAsync(folder, ChildCommand.Dotnet("tool", arguments));

    private static async Task RunAsync(string folder, ChildCommand command)
    {
        var exit = await ChildProcess.RunAsync(
            command with
            {
                WorkingDirectory = folder,
                Environment = new Dictionary<string, string?>
                {
                    ["DOTNET_NOLOGO"] = "1",
                    ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1",
                    ["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0",
                    ["MSBUILDDISABLENODEREUSE"] = "1",

                    // Set by the command that runs the tests, and of its tools, not of the ones that are run here.
                    ["MSBuildSDKsPath"] = null,
                    ["MSBUILD_EXE_PATH"] = null,
                    ["MSBuildExtensionsPath"] = null,
                },
            },
            _bound);
        Assert.True(exit.Code == 0, $"{command} ended with {exit.Code}:\n{exit.Output}{exit.Error}");
    }
}
