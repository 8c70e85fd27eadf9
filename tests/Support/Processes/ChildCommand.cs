namespace Support.Processes;

/// <summary>What to run as a child process.</summary>
/// <param name="FileName">The program: a path, or a name to be found on PATH.</param>
/// <param name="Arguments">Each is passed as it is, without a shell.</param>
public sealed record ChildCommand(string FileName, params IReadOnlyList<string> Arguments)
{
    public string? WorkingDirectory { get; init; }

    /// <summary>Added to the inherited environment; a null value removes a variable from it.</summary>
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>();

    /// <summary>Runs a built program with the runtime that runs the tests, wherever <c>dotnet</c> is installed.</summary>
    public static ChildCommand Dotnet(string assemblyPath, params IEnumerable<string> arguments)
        => new(System.Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [assemblyPath, .. arguments]);

    /// <summary>The full path of a program on PATH, or null: for tests that skip where it is not installed.</summary>
    public static string? Find(string program)
        => (System.Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, program))
            .FirstOrDefault(File.Exists);

    public override string ToString() => string.Join(' ', [FileName, .. Arguments]);
}
