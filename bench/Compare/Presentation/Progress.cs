using System.Globalization;
using Compare.Load;
using Compare.Plan;

namespace Compare.Presentation;

/// <summary>
/// Says what is going on, line by line, apart from the results: those stay readable when they go to a file. Lines come from
/// threads of the pool.
/// </summary>
internal sealed class Progress(TextWriter output)
{
    private readonly TextWriter _output = TextWriter.Synchronized(output);

    public void ServerStarted(PlannedRun run, object address, int process) =>
        Line(run, $"server on {address}, process {process}");

    public void LoadMoved(PlannedRun run, LoadPlan load, LoadMoment moment)
    {
        if (moment.IsConnected)
        {
            Line(run, $"connected {moment.Text}");
        }
        else if (moment.Round == LoadPlan.FirstRound)
        {
            Line(run, $"first echo of all {moment.Text}, then {load.MeasuredRounds} rounds");
        }
    }

    public void RunEnded(PlannedRun run, RunResult result)
    {
        var cpu = result.CpuMicrosecondsPerEcho is { } each
            ? string.Create(CultureInfo.InvariantCulture, $"{each:F1} us of server CPU each")
            : "server CPU not known";
        Line(run, $"{result.EchoesPerSecond:N0} echoes/s, {cpu}, {result.PeakThreads} threads");
    }

    private void Line(PlannedRun run, FormattableString what)
    {
        _output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"[{run.Number}/{run.Of}] {run.Contender.Name}: {what.ToString(CultureInfo.InvariantCulture)}"));
        _output.Flush();
    }
}
