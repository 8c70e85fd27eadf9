using System.Diagnostics;
using System.Globalization;
using Faults.Attacks;
using Faults.Load;
using Faults.Processes;
using HdrHistogram;

namespace Faults;

/// <summary>How a fault is measured.</summary>
/// <param name="Connections">How many bystanders there are.</param>
/// <param name="Pause">Between the messages of each.</param>
/// <param name="Window">How long each measurement lasts, at least.</param>
/// <param name="Repeats">How often it is measured without and with the fault, in turns.</param>
/// <param name="Scale">What part of the usual number of peers attacks.</param>
internal sealed record FaultSettings(int Connections, TimeSpan Pause, TimeSpan Window, int Repeats, double Scale);

/// <summary>What a fault did to a server, and to others.</summary>
/// <param name="Without">The bystanders' times without the fault, in nanoseconds.</param>
/// <param name="With">The same while it went on.</param>
/// <param name="Failures">How many bystanders failed.</param>
/// <param name="FirstFailure">What was the matter with the first of them.</param>
/// <param name="Peak">What the server held at most.</param>
/// <param name="Left">How many descriptors more than before it still had some seconds after.</param>
/// <param name="Account">What the attackers did, the last time.</param>
/// <param name="ExitCode">The server's, when it was told to stop after all that.</param>
/// <param name="StopTime">How long that took.</param>
/// <param name="Log">What the server has logged.</param>
internal sealed record FaultResult(
    LongConcurrentHistogram Without, LongConcurrentHistogram With, int Failures, string? FirstFailure, ProcessSample Peak, int Left,
    string Account, int ExitCode, TimeSpan StopTime, string Log)
{
    private const double NanosecondsPerMillisecond = 1e6;

    public double P99Without => Without.GetValueAtPercentile(99) / NanosecondsPerMillisecond;

    public double P99With => With.GetValueAtPercentile(99) / NanosecondsPerMillisecond;

    public double Ratio => P99With / P99Without;
}

/// <summary>Puts one fault to one server, several times, with a load of good connections beside it.</summary>
internal static class FaultRun
{
    private static readonly TimeSpan _warmUp = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _sampleInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>Everything takes its time on a machine with few cores; this only ends what hangs.</summary>
    private static readonly TimeSpan _bound = TimeSpan.FromSeconds(120);

    /// <summary>How long the server has to let go of the attackers' connections.</summary>
    private static readonly TimeSpan _letGo = TimeSpan.FromSeconds(5);

    /// <summary>What the echo host's own stop may wait for connections: those of bystanders and vanished peers.</summary>
    private static readonly TimeSpan _shutdownTimeout = TimeSpan.FromSeconds(5);

    public static async Task<FaultResult> RunAsync(IAttack attack, string place, FaultSettings settings, CancellationToken interrupt)
    {
        using var server = await Server.StartEchoHostAsync(place, _shutdownTimeout, port: 0, interrupt);
        var without = Bystanders.CreateHistogram();
        var with = Bystanders.CreateHistogram();
        var account = "";
        var peak = default(ProcessSample);
        var left = 0;
        int failures;
        string? firstFailure;
        await using (var bystanders = await Bystanders.StartAsync(server.Address, settings.Connections, settings.Pause, interrupt))
        {
            await Task.Delay(_warmUp, interrupt);
            var before = ProcessSample.CountDescriptors(server.ProcessId);
            for (var i = 0; i < settings.Repeats; i++)
            {
                bystanders.TakeTimes();
                await Task.Delay(settings.Window, interrupt);
                without.Add(bystanders.TakeTimes());
                account = await AttackAsync(attack, server, settings, bystanders, with, sample => peak = Max(peak, sample), interrupt);
                left = await LetGoAsync(server, before, interrupt);
            }

            failures = bystanders.Failures;
            firstFailure = bystanders.FirstFailure;
        }

        var (exitCode, stopTime) = await server.StopAsync(_bound, interrupt);
        return new FaultResult(without, with, failures, firstFailure, peak, left, account, exitCode, stopTime, server.Log);
    }

    /// <returns>What the attackers say that they did.</returns>
    private static async Task<string> AttackAsync(
        IAttack attack,
        Server server,
        FaultSettings settings,
        Bystanders bystanders,
        LongConcurrentHistogram with,
        Action<ProcessSample> onSample,
        CancellationToken interrupt)
    {
        var count = Math.Max(1, (int)(attack.Count * settings.Scale));
        using var attacker = Child.Start(
            $"attack {attack.Name}",
            Programs.Self,
            Attacker.Verb, attack.Name, server.Address.ToString(), count.ToString(CultureInfo.InvariantCulture));
        await attacker.ReadAsync(Attacker.Ready, _bound, interrupt);
        if (attack.IsFrozen)
        {
            attacker.Signal(Libc.Stop);
        }

        bystanders.TakeTimes();
        var began = Stopwatch.GetTimestamp();
        var enough = attack.IsFrozen ? Task.CompletedTask : attacker.ReadAsync(Attacker.Enough, _bound, interrupt);
        while (!enough.IsCompleted || Stopwatch.GetElapsedTime(began) < settings.Window)
        {
            onSample(ProcessSample.Take(server.ProcessId));
            await Task.Delay(_sampleInterval, interrupt);
        }

        await enough;
        with.Add(bystanders.TakeTimes());
        if (attack.IsFrozen)
        {
            attacker.Signal(Libc.Continue);
        }

        attacker.CloseInput();
        var account = await attacker.ReadAsync(Attacker.Ended, _bound, interrupt);
        await attacker.WaitForExitAsync(_bound, interrupt);
        return account;
    }

    private static async Task<int> LetGoAsync(Server server, int before, CancellationToken interrupt)
    {
        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            var left = ProcessSample.CountDescriptors(server.ProcessId) - before;
            if (left <= 0 || Stopwatch.GetElapsedTime(began) > _letGo)
            {
                return Math.Max(left, 0);
            }

            await Task.Delay(_sampleInterval, interrupt);
        }
    }

    private static ProcessSample Max(ProcessSample a, ProcessSample b) => new(
        Math.Max(a.ResidentKilobytes, b.ResidentKilobytes),
        Math.Max(a.Threads, b.Threads),
        Math.Max(a.Descriptors, b.Descriptors),
        Math.Max(a.Maps, b.Maps));
}
