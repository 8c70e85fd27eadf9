namespace KestrelAsyncEcho.Tests;

/// <summary>A working directory with its own appsettings.json.</summary>
internal sealed class SettingsFolder : IDisposable
{
    public SettingsFolder(string? json = null)
    {
        if (json is not null)
        {
            System.IO.File.WriteAllText(File, json);
        }
    }

    public string Path { get; } = Directory.CreateTempSubdirectory("echo-").FullName;

    public string File => System.IO.Path.Combine(Path, "appsettings.json");

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
