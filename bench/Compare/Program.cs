using Compare;
using Compare.CommandLine;
using Compare.Limits;
using Compare.Processes;

if (GuardedLaunch.IsRequested(args))
{
    return GuardedLaunch.Run(args);
}

using var signals = new Signals();
return await new CompareCommand(Console.Out, Console.Error, SystemLimits.Read).RunAsync(args, signals.Interrupt);
