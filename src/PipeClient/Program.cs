using PipeClient;
using PipeClient.CommandLine;
using PipeClient.Limits;

using var signals = new Signals();
return await new ClientCommand(Console.Out, Console.Error, SystemLimits.Read).RunAsync(args, signals.Interrupt);
