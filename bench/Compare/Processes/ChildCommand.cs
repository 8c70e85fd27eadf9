namespace Compare.Processes;

/// <summary>What to run as a child process.</summary>
/// <param name="FileName">The program: a path, or a name to be found on PATH.</param>
/// <param name="Arguments">Each is passed as it is, without a shell.</param>
internal sealed record ChildCommand(string FileName, params IReadOnlyList<string> Arguments)
{
    public string WorkingDirectory { get; init; } = "";

    /// <summary>Added to what the child inherits.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>The cores that it may run on, or null for all.</summary>
    public IReadOnlyList<int>? Cores { get; init; }

    /// <summary>A built .NET program, in its own folder: settings files of wherever the comparison was started are not its own.</summary>
    public static ChildCommand Dotnet(string assemblyPath, params IEnumerable<string> arguments) =>
        new(Programs.Dotnet, ["exec", assemblyPath, .. arguments])
        {
            WorkingDirectory = Path.GetDirectoryName(assemblyPath)!,
        };
}
