using PipeClient;
using PipeClient.CommandLine;
using PipeClient.Limits;
using PipeClient.Reporting;

// A reply goes on on the thread that the kernel tells of it: no hop to another one. Read once, before the first socket.
Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1");
using var signals = new Signals();
return await new ClientCommand(Streams.OfProcess(), SystemLimits.Read).RunAsync(args, signals.Interrupt);
