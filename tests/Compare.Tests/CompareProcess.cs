using Support.Processes;

namespace Compare.Tests;

/// <summary>The built program, run as anybody runs it.</summary>
internal static class CompareProcess
{
    /// <summary>
    /// From a folder that has nothing to do with it. By way of env, because a signal that the test runner was started to ignore
    /// would be ignored by its children too.
    /// </summary>
    public static ChildCommand Command(params IEnumerable<string> arguments)
    {
        var command = ChildCommand.Dotnet(Path.Combine(AppContext.BaseDirectory, "Compare.dll"), arguments);
        return new ChildCommand("env", ["--default-signal=INT", command.FileName, .. command.Arguments])
        {
            WorkingDirectory = Path.GetTempPath(),
        };
    }
}
