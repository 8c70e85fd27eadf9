namespace Compare.CommandLine;

/// <summary>Whether server and client get cores of their own.</summary>
internal enum Placement
{
    No,
    Yes,

    /// <summary>The one after the other.</summary>
    Both,
}
