namespace KestrelAsyncEcho.Hosting;

/// <summary>Whether the server is still starting. Written by the thread that starts it, read by whoever logs.</summary>
internal sealed class StartPhase
{
    private volatile bool _over;

    public bool IsOver => _over;

    public void End() => _over = true;
}
