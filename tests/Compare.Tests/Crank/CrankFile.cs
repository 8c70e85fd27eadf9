using System.Globalization;
using Fluid;
using Support;
using YamlDotNet.Serialization;

namespace Compare.Tests.Crank;

/// <summary>
/// bench/crank.yml as crank reads it: YAML, and arguments that are Liquid templates of the variables of file, job, scenario and command
/// line, the later ones winning.
/// </summary>
internal sealed class CrankFile
{
    private static readonly FluidParser _liquid = new();

    private readonly Node _root;
    private readonly string _folder;

    private CrankFile(string path)
    {
        _folder = Path.GetDirectoryName(path)!;
        _root = new Node(new DeserializerBuilder().Build().Deserialize<Dictionary<object, object>>(File.ReadAllText(path)));
    }

    /// <summary>The jobs that the file has itself, and does not import.</summary>
    public IReadOnlyList<string> Jobs => _root["jobs"].Keys;

    public IReadOnlyList<string> Scenarios => _root["scenarios"].Keys;

    public static CrankFile Read() => new(Repository.PathOf("bench", "crank.yml"));

    public string ProjectOf(string job)
    {
        var source = _root["jobs"][job]["source"];
        return Path.GetFullPath(Path.Combine(_folder, source.Text("localFolder"), source.Text("project")));
    }

    public string ReadyTextOf(string job) => _root["jobs"][job].Text("readyStateText");

    /// <summary>The names of the jobs that serve and load in a scenario.</summary>
    public (string Application, string Load) JobsOf(string scenario) =>
        (_root["scenarios"][scenario]["application"].Text("job"), _root["scenarios"][scenario]["load"].Text("job"));

    /// <param name="job">One of the file's own.</param>
    /// <param name="scenario">In which it is used.</param>
    /// <param name="role">As what: application or load.</param>
    /// <param name="given">What a command line would give.</param>
    public string[] ArgumentsOf(string job, string scenario, string role, IReadOnlyDictionary<string, string> given)
    {
        var context = new TemplateContext();
        foreach (var variables in (Node[])
            [_root["variables"], _root["jobs"][job]["variables"], _root["scenarios"][scenario][role]["variables"]])
        {
            foreach (var name in variables.Keys)
            {
                context.SetValue(name, variables.Text(name));
            }
        }

        foreach (var (name, value) in given)
        {
            context.SetValue(name, value);
        }

        return _liquid.Parse(_root["jobs"][job].Text("arguments")).Render(context).Split(' ', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>A mapping, or none where the file has none.</summary>
    private sealed class Node(object? value)
    {
        private readonly Dictionary<object, object> _values = value as Dictionary<object, object> ?? [];

        public IReadOnlyList<string> Keys => [.. _values.Keys.Select(key => (string)key)];

        public Node this[string key] => new(_values.GetValueOrDefault(key));

        public string Text(string key) =>
            Convert.ToString(_values.GetValueOrDefault(key), CultureInfo.InvariantCulture)
            ?? throw new InvalidDataException($"There is no {key}.");
    }
}
