using System.Text;
using Support.Processes;

namespace KestrelAsyncEcho.Tests;

/// <summary>What connections come to only while thousands of threads want the cores is compiled when the server starts; on Sockets it is not.</summary>
public class PrecompilationTests
{
    [Theory]
    [InlineData(EchoProcess.Threads, true)]
    [InlineData(EchoProcess.Sockets, false)]
    public async Task Start_WithoutAConnection_CompilesWhatNoneHasComeTo(string transport, bool compiles)
    {
        var folder = Directory.CreateTempSubdirectory("tt-");
        try
        {
            var trace = Path.Combine(folder.FullName, "trace");
            var command = EchoProcess.Command("--transport", transport, "--port", "0");
            await using var server = await EchoProcess.StartAsync(command with
            {
                // The names of methods, as they are compiled.
                Environment = new Dictionary<string, string?>
                {
                    ["DOTNET_EnableEventPipe"] = "1",
                    ["DOTNET_EventPipeConfig"] = "Microsoft-Windows-DotNETRuntime:0x10:5",
                    ["DOTNET_EventPipeOutputPath"] = trace,
                },
            });

            Assert.Equal(0, (await server.StopAsync()).Code);

            var compiled = await File.ReadAllBytesAsync(trace, TestContext.Current.CancellationToken);
            Assert.True(Has("EchoServer"));
            Assert.All(
                ["TryWaitForLook", "YieldForOthers", "OnYielded", "AreFew", "TimedYield", "WaitForLoan"],
                method => Assert.Equal(compiles, Has(method)));

            bool Has(string name) => compiled.AsSpan().IndexOf(Encoding.Unicode.GetBytes(name)) >= 0;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
