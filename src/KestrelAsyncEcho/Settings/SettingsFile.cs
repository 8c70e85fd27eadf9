namespace KestrelAsyncEcho.Settings;

internal static class SettingsFile
{
    public const string Name = "appsettings.json";

    /// <summary>
    /// The file of the working directory, so that an edit at the root of the repository counts at once, built or not. Elsewhere
    /// the copy that the build puts beside the program. Never both: a key deleted from the one must not live on in the other.
    /// </summary>
    /// <exception cref="SettingsException">There is something of that name, but it is no file that could be read.</exception>
    public static string Find()
    {
        var here = Path.GetFullPath(Name);
        var besideTheProgram = Path.Combine(AppContext.BaseDirectory, Name);
        return IsThere(here) || !IsThere(besideTheProgram) ? here : besideTheProgram;
    }

    /// <summary>
    /// File.Exists alone says no to a directory and to what this account may not see, and the settings in it would silently not
    /// be used.
    /// </summary>
    private static bool IsThere(string path)
    {
        try
        {
            return File.GetAttributes(path).HasFlag(FileAttributes.Directory)
                ? throw new SettingsException($"{path} is a directory. Allowed: a JSON file, or none.")
                : true;
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new SettingsException($"{path}: {exception.Message}");
        }
    }
}
