using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Faults.Attacks;

/// <summary>
/// The process of the attackers. Says when it is ready and when it has done enough, goes on until its input ends, and says what it did,
/// or what the server failed to do.
/// </summary>
internal static class Attacker
{
    public const string Verb = "--attack";
    public const string Ready = "ready";
    public const string Enough = "enough";
    public const string Ended = "ended: ";

    /// <param name="arguments">The verb, the attack's name, the server's address, the count.</param>
    public static async Task<int> RunAsync(string[] arguments)
    {
        var attack = AttackKinds.All.Single(attack => attack.Name == arguments[1]);
        using var stop = new CancellationTokenSource();
        new Thread(() =>
        {
            while (Console.In.Read() >= 0)
            {
            }

            stop.Cancel();
        })
        { IsBackground = true, Name = "end of input" }.UnsafeStart();
        try
        {
            var progress = new AttackProgress(() => Console.WriteLine(Ready), () => Console.WriteLine(Enough));
            var account = await attack.RunAsync(
                IPEndPoint.Parse(arguments[2]), int.Parse(arguments[3], CultureInfo.InvariantCulture), progress, stop.Token);
            await Console.Out.WriteLineAsync($"{Ended}{account}");
            return 0;
        }
        catch (Exception exception) when (exception is FaultsException or SocketException or OperationCanceledException)
        {
            await Console.Error.WriteLineAsync(exception.Message);
            return 1;
        }
    }
}
