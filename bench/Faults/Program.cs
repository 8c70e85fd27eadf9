using Faults;
using Faults.Attacks;
using Faults.CommandLine;
using Faults.Serving;

// A reply goes on on the thread that the kernel tells of it, in the load as in the attacks. Read once, before the first socket;
// the servers, whose behaviour it would change, are started without it.
if (args is not [FaultServer.Verb, ..])
{
    Environment.SetEnvironmentVariable(Variables.InlineCompletions, "1");
}

return args switch
{
    [FaultServer.Verb, ..] => await FaultServer.RunAsync(args),
    [Attacker.Verb, ..] => await Attacker.RunAsync(args),
    _ => await FaultsCommand.RunAsync(args),
};
