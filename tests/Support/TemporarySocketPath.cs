using System.Net.Sockets;

namespace Support;

/// <summary>A fresh directory with a path for a Unix domain socket; removed with all that is left in it.</summary>
public sealed class TemporarySocketPath : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("tt-");

    public string Path => System.IO.Path.Combine(_directory.FullName, "s");

    public UnixDomainSocketEndPoint EndPoint => new(Path);

    public void Dispose() => _directory.Delete(recursive: true);
}
