namespace KestrelAsyncEcho;

internal static class ExitCode
{
    public const int Stopped = 0;
    public const int Failed = 1;
    public const int WrongSetting = 2;
}
