namespace Servers.Work;

/// <summary>The works by their names, and where they keep their files.</summary>
internal sealed class Works(TimeSpan sleep) : IDisposable
{
    public const string Echo = "echo";
    public const string Sleep = "sleep";
    public const string File = "file";
    public const string Sqlite = "sqlite";

    public static readonly IReadOnlyList<string> All = [Echo, Sleep, File, Sqlite];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("compare-servers-");
    private readonly List<IDisposable> _open = [];

    public IWork Create(string name)
    {
        IWork work = name switch
        {
            Sleep => new SleepWork(sleep),
            File => new FileWork(_folder.FullName),
            Sqlite => new SqliteWork(Path.Combine(_folder.FullName, "work.db")),
            _ => new NoWork(),
        };
        if (work is IDisposable open)
        {
            _open.Add(open);
        }

        return work;
    }

    public void Dispose()
    {
        foreach (var open in _open)
        {
            open.Dispose();
        }

        _folder.Delete(recursive: true);
    }
}
