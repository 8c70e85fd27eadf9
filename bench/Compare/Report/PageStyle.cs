namespace Compare.Report;

/// <summary>The page's style sheet, which is built into the program, with the palette filled in.</summary>
internal static class PageStyle
{
    public static string Text { get; } = Read()
        .Replace("LIGHT", Palette.Variables(isDark: false), StringComparison.Ordinal)
        .Replace("DARK", Palette.Variables(isDark: true), StringComparison.Ordinal)
        .Replace("RULES", Palette.Rules, StringComparison.Ordinal);

    private static string Read()
    {
        using var stream = typeof(PageStyle).Assembly.GetManifestResourceStream("Page.css")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
