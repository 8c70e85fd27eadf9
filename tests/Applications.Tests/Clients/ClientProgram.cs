using Support.Processes;

namespace Applications.Tests.Clients;

/// <summary>Programs that share no code with .NET. A test is skipped where its program is not installed.</summary>
internal static class ClientProgram
{
    public static void SkipUnlessInstalled(string program)
        => Assert.SkipUnless(ChildCommand.Find(program) is not null, $"{program} is not installed.");

    /// <summary>Runs it to its end, which has to be a good one.</summary>
    public static async Task<ChildExit> RunAsync(string program, params string[] arguments)
    {
        SkipUnlessInstalled(program);
        var exit = await ChildProcess.RunAsync(new ChildCommand(program, arguments));
        Assert.True(exit.Code == 0, $"{program} ended with {exit.Code}: {exit.Error}{exit.Output}");
        return exit;
    }
}
