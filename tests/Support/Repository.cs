using System.Runtime.CompilerServices;

namespace Support;

/// <summary>The clone that the tests were built from.</summary>
public static class Repository
{
    /// <param name="parts">Folders and a file, from the root on.</param>
    public static string PathOf(params ReadOnlySpan<string> parts) => Path.Combine([FindRoot(), .. parts]);

    private static string FindRoot([CallerFilePath] string here = "")
    {
        var root = Directory.GetParent(here)!;
        while (!File.Exists(Path.Combine(root.FullName, "KestrelEcho.sln")))
        {
            root = root.Parent ?? throw new InvalidOperationException("The repository's root was not found.");
        }

        return root.FullName;
    }
}
