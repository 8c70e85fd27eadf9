using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Compare.Processes;

/// <summary>
/// The other half of <see cref="Launcher"/>, in the child: asks the kernel to kill this process when its parent's thread ends,
/// leaves the terminal's foreground group, keeps to its cores, and becomes the program. All of that survives the exec, so the program
/// needs to know nothing, and it dies with the comparison even where no handler can run.
/// </summary>
internal static class GuardedLaunch
{
    private const string Verb = "--guarded-launch";

    /// <summary>In the place of a list of cores.</summary>
    private const string AnyCore = "any";

    /// <summary>Sets variables of the environment and becomes the program: what follows it is not for the launch's own runtime.</summary>
    private const string EnvironmentSetter = "env";

    /// <summary>
    /// Off while the launch runs: its runtime never ends, so its diagnostics socket would stay behind and be in the way of the
    /// program's own, which has the same name.
    /// </summary>
    private const string Diagnostics = "DOTNET_EnableDiagnostics_IPC";

    /// <summary>As shells have it for a command that cannot be run.</summary>
    private const int CannotRun = 127;

    public static ProcessStartInfo Wrap(ChildCommand command)
    {
        string[] environment = command.Environment.Count == 0
            ? []
            : [EnvironmentSetter, .. command.Environment.Select(variable => $"{variable.Key}={variable.Value}")];
        var start = new ProcessStartInfo(
            Programs.Dotnet,
            [
                "exec", typeof(GuardedLaunch).Assembly.Location, Verb, Environment.ProcessId.ToString(CultureInfo.InvariantCulture),
                command.Cores is { } cores ? string.Join(',', cores) : AnyCore,
                .. environment, command.FileName, .. command.Arguments,
            ])
        {
            WorkingDirectory = command.WorkingDirectory,
        };
        InheritedSettings.RemoveFrom(start.Environment);
        start.Environment[Diagnostics] = "0";
        return start;
    }

    public static bool IsRequested(string[] arguments) => arguments is [Verb, _, _, _, ..];

    public static int Run(string[] arguments)
    {
        var parent = int.Parse(arguments[1], CultureInfo.InvariantCulture);
        if (Libc.prctl(Libc.SetParentDeathSignal, Libc.SignalKill) != 0)
        {
            return Refuse("no signal at the parent's death");
        }

        if (Libc.getppid() != parent)
        {
            // It died before the kernel was asked.
            return CannotRun;
        }

        if (arguments[2] != AnyCore
            && !CoreSet.Keep([.. arguments[2].Split(',').Select(core => int.Parse(core, CultureInfo.InvariantCulture))]))
        {
            return Refuse($"cannot keep to the cores {arguments[2]}");
        }

        _ = Libc.unsetenv(Diagnostics);
        // Ctrl+C in a terminal is for the comparison alone: it ends its children itself.
        _ = Libc.setpgid(0, 0);
        var program = arguments[3..];
        _ = Libc.execvp(program[0], [.. program, null]);
        return Refuse($"{program[0]} cannot be run");
    }

    private static int Refuse(string what)
    {
        Console.Error.WriteLine($"{what}: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}");
        return CannotRun;
    }
}
