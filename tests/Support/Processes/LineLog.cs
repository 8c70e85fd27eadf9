namespace Support.Processes;

/// <summary>
/// The lines that a stream has brought so far, and waiting for one that is still to come. Written by the thread that reads the
/// stream, asked by any.
/// </summary>
internal sealed class LineLog
{
    private readonly Lock _lock = new();
    private readonly List<string> _lines = [];
    private TaskCompletionSource _changed = NewSource();
    private bool _ended;

    public string Text
    {
        get
        {
            lock (_lock)
            {
                return string.Concat(_lines.Select(line => line + "\n"));
            }
        }
    }

    /// <param name="line">The next line, or null at the end of the stream.</param>
    public void Add(string? line)
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            if (line is null)
            {
                _ended = true;
            }
            else
            {
                _lines.Add(line);
            }

            changed = _changed;
            _changed = NewSource();
        }

        changed.SetResult();
    }

    /// <summary>The first line that matches, or null when the stream ends without one.</summary>
    public async Task<string?> FirstAsync(Func<string, bool> matches)
    {
        for (var next = 0; ;)
        {
            Task changed;
            lock (_lock)
            {
                for (; next < _lines.Count; next++)
                {
                    if (matches(_lines[next]))
                    {
                        return _lines[next];
                    }
                }

                if (_ended)
                {
                    return null;
                }

                changed = _changed.Task;
            }

            await changed;
        }
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
