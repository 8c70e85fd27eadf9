namespace PipeClient.Reporting.Files;

/// <summary>
/// A file that a run writes to while it goes on, or standard output in its place. A disk that is full ends the file, not the run;
/// what went wrong is to be asked for in the end. One thread at a time.
/// </summary>
internal sealed class OutputFile : IDisposable
{
    private readonly string _option;
    private readonly string _path;
    private readonly TextWriter _writer;
    private readonly bool _ownsWriter;

    private OutputFile(string option, string path, TextWriter writer, bool ownsWriter)
    {
        _option = option;
        _path = path;
        _writer = writer;
        _ownsWriter = ownsWriter;
    }

    /// <summary>Null as long as all went well.</summary>
    public string? Error { get; private set; }

    /// <param name="option">The option that asks for it, for messages.</param>
    /// <param name="path">The file, which is overwritten, or <see cref="OutputPlan.StandardOutput"/>.</param>
    /// <param name="standardOutput">What is written to then.</param>
    public static OutputFile Open(string option, string path, TextWriter standardOutput)
    {
        if (path == OutputPlan.StandardOutput)
        {
            return new OutputFile(option, path, standardOutput, ownsWriter: false);
        }

        try
        {
            return new OutputFile(option, path, new StreamWriter(path) { NewLine = "\n" }, ownsWriter: true);
        }
        catch (Exception e) when (IsOfFile(e))
        {
            return new OutputFile(option, path, TextWriter.Null, ownsWriter: false) { Error = Describe(option, path, e) };
        }
    }

    /// <summary>Writes lines, and has them where others can read them.</summary>
    public void Write(Action<TextWriter> write)
    {
        if (Error is not null)
        {
            return;
        }

        try
        {
            write(_writer);
            _writer.Flush();
        }
        catch (Exception e) when (IsOfFile(e))
        {
            Error = Describe(_option, _path, e);
        }
    }

    public void Dispose()
    {
        if (_ownsWriter)
        {
            Close();
        }
    }

    private void Close()
    {
        try
        {
            _writer.Dispose();
        }
        catch (Exception e) when (IsOfFile(e))
        {
            // What could not be flushed has been said.
        }
    }

    private static bool IsOfFile(Exception e) =>
        e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException;

    private static string Describe(string option, string path, Exception e) => $"{option} '{path}' cannot be written: {e.Message}";
}
