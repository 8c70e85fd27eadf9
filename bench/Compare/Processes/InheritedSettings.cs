namespace Compare.Processes;

/// <summary>
/// Variables of the environment that would change what a child does behind the comparison's back. What is the runtime's own
/// (<c>DOTNET_gcServer</c> and its like) stays: it is the same for all of them.
/// </summary>
internal static class InheritedSettings
{
    private static readonly string[] _prefixes = ["", "DOTNET_", "ASPNETCORE_"];

    private static readonly string[] _sections = ["Echo", "ThreadTransport", "SocketTransport", "Kestrel", "Logging"];

    private static readonly string[] _names =
    [
        "URLS", "HTTP_PORTS", "HTTPS_PORTS",
        "STARTUP_HOOKS", "HOSTINGSTARTUPASSEMBLIES", "HOSTINGSTARTUPEXCLUDEASSEMBLIES", "PREVENTHOSTINGSTARTUP",
    ];

    public static void RemoveFrom(IDictionary<string, string?> environment)
    {
        foreach (var name in environment.Keys.Where(IsSetting).ToList())
        {
            environment.Remove(name);
        }
    }

    private static bool IsSetting(string variable) => _prefixes.Any(prefix =>
        variable.StartsWith(prefix, StringComparison.OrdinalIgnoreCase) && IsSettingItself(variable[prefix.Length..]));

    private static bool IsSettingItself(string name) =>
        _names.Contains(name, StringComparer.OrdinalIgnoreCase)
        || _sections.Any(section => name.StartsWith(section, StringComparison.OrdinalIgnoreCase)
            && name[section.Length..] is "" or ['_', '_', ..] or [':', ..]);
}
