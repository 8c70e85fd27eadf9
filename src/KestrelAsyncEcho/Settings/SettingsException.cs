namespace KestrelAsyncEcho.Settings;

/// <summary>Settings that cannot be used. Each failure is a line that says what was given, where, and what is allowed.</summary>
internal sealed class SettingsException(IReadOnlyList<string> failures) : Exception(string.Join(Environment.NewLine, failures))
{
    public SettingsException(string failure)
        : this([failure])
    {
    }

    public IReadOnlyList<string> Failures { get; } = failures;
}
