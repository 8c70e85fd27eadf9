using Compare.Servers;

namespace Compare.Report;

/// <summary>
/// A colour for each server, the same in every picture, in pairs for light and dark. Told apart with every kind of colour vision; names
/// stand at the lines all the same.
/// </summary>
internal static class Palette
{
    private static readonly (string Class, string Light, string Dark)[] _colours =
    [
        ("threads", "#1f5fbf", "#6fa8ff"),
        ("sockets", "#b34700", "#f5a45d"),
        ("bare", "#4d7c0f", "#a3d65c"),
        ("other", "#86198f", "#e39bf0"),
    ];

    public static string ClassOf(string server) => Contender.BuiltIn.Contains(server) ? server : "other";

    public static string ColourOf(string server, bool isDark)
    {
        var colour = _colours.First(colour => colour.Class == ClassOf(server));
        return isDark ? colour.Dark : colour.Light;
    }

    /// <summary>As variables of a page.</summary>
    public static string Variables(bool isDark) =>
        string.Concat(_colours.Select(colour => $"--{colour.Class}:{(isDark ? colour.Dark : colour.Light)};"));

    /// <summary>As rules that give each class its colour.</summary>
    public static string Rules { get; } = string.Concat(_colours.Select(colour => $".{colour.Class}{{--own:var(--{colour.Class})}}"));
}
