using System.Globalization;

namespace Servers.Work;

/// <summary>Writes a small file through to the disk, and reads it back.</summary>
internal sealed class FileWork(string folder) : IWork
{
    private static readonly byte[] _content = new byte[4096];

    private int _number;

    public void Run()
    {
        var path = Path.Combine(folder, Interlocked.Increment(ref _number).ToString(CultureInfo.InvariantCulture));
        using (var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0, FileOptions.WriteThrough))
        {
            file.Write(_content);
        }

        _ = File.ReadAllBytes(path);
        File.Delete(path);
    }
}
