namespace KestrelAsyncEcho.Settings;

internal static class SettingsFile
{
    public const string Name = "appsettings.json";

    /// <summary>
    /// The file of the working directory, so that an edit at the root of the repository counts at once, built or not. Elsewhere
    /// the copy that the build puts beside the program. Never both: a key deleted from the one must not live on in the other.
    /// </summary>
    public static string Find()
    {
        var here = Path.GetFullPath(Name);
        return File.Exists(here) ? here : Path.Combine(AppContext.BaseDirectory, Name);
    }
}
