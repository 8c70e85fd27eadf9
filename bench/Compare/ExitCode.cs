namespace Compare;

/// <summary>The process's exit codes, as <c>--help</c> documents them.</summary>
internal static class ExitCode
{
    public const int Ok = 0;
    public const int Failed = 1;
    public const int Usage = 2;
    public const int Worse = 3;
    public const int Interrupted = 130;
}
