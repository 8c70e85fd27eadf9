using System.Reflection;

namespace Package.Tests;

/// <summary>The load client packed as a tool, and installed from the folder that it was packed to, once for all its tests.</summary>
public sealed class PackedTool : IAsyncLifetime
{
    private static readonly string _project = typeof(PackedTool).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == "Tool")
        .Value!;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tool-tests-");

    public string Package => Directory.GetFiles(Feed, "*.nupkg").Single();

    /// <summary>Where the command is.</summary>
    public string Command => Path.Combine(Tools, "pipeclient");

    private string Feed => Path.Combine(_folder.FullName, "feed");

    private string Tools => Path.Combine(_folder.FullName, "tools");

    public async ValueTask InitializeAsync()
    {
        var folder = _folder.FullName;
        await Sdk.RunAsync(folder, "pack", _project, "-c", "Release", "-o", Feed, "--artifacts-path", Path.Combine(folder, "artifacts"));
        var config = Path.Combine(folder, "nuget.config");
        await File.WriteAllTextAsync(config, $"""
            <configuration>
              <config>
                <add key="globalPackagesFolder" value="packages" />
              </config>
              <packageSources>
                <clear />
                <add key="folder" value="{Feed}" />
              </packageSources>
            </configuration>
            """);
        await Sdk.RunToolAsync(folder, "install", "PipeClient", "--tool-path", Tools, "--configfile", config);
    }

    public ValueTask DisposeAsync()
    {
        _folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }
}
