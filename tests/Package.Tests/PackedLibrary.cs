using System.Reflection;

namespace Package.Tests;

/// <summary>The library as its package, in a folder that serves as a feed. Packed once for all tests of its collection.</summary>
public sealed class PackedLibrary : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("package-tests-");

    public static string Project { get; } = typeof(PackedLibrary).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == "Library")
        .Value!;

    /// <summary>Where everything of a test may go; deleted at the end.</summary>
    public string Folder => _folder.FullName;

    public string Feed => Path.Combine(Folder, "feed");

    public string Package => Directory.GetFiles(Feed, "*.nupkg").Single();

    public string Symbols => Directory.GetFiles(Feed, "*.snupkg").Single();

    /// <summary>As in the package's name.</summary>
    public string Version => Path.GetFileNameWithoutExtension(Package)["ThreadTransport.".Length..];

    public async ValueTask InitializeAsync()
        => await Sdk.RunAsync(Folder, "pack", Project, "-c", "Release", "-o", Feed, "--artifacts-path", Path.Combine(Folder, "artifacts"));

    public ValueTask DisposeAsync()
    {
        _folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }
}

/// <summary>The tests of the package. Others need not wait for it to be packed.</summary>
[CollectionDefinition(nameof(Packed))]
public sealed class Packed : ICollectionFixture<PackedLibrary>;
