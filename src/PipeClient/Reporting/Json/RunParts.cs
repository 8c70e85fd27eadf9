using System.ComponentModel;
using System.Reflection;
using System.Runtime.InteropServices;
using PipeClient.Judgement;
using PipeClient.Load.Outcome;

namespace PipeClient.Reporting.Json;

[Description("The program that ran the load, and where.")]
internal sealed record ClientDocument(
    string Version,
    string Runtime,
    string System,
    int Processors,
    [property: Description("Processor time of the client over all cores, from its start.")] double CpuSeconds)
{
    public static ClientDocument OfProcess() => new(
        typeof(ClientDocument).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion,
        RuntimeInformation.FrameworkDescription,
        $"{RuntimeInformation.OSDescription} {RuntimeInformation.OSArchitecture}",
        Environment.ProcessorCount,
        OperatingSystem.IsIOS() || OperatingSystem.IsTvOS() ? 0 : Environment.CpuUsage.TotalTime.TotalSeconds);
}

[Description("A round in which all connections echo once.")]
internal sealed record RoundDocument(double Seconds, int Echoes, double EchoesPerSecond);

[Description("A byte of an echo that was not what was sent: where in its message, and what should have been there.")]
internal sealed record WrongEchoDocument(int Offset, byte Expected, byte Actual);

[Description("Messages that connections got back while the load was measured.")]
internal sealed record FairnessDocument(
    [property: Description("By the slowest connection.")] long Fewest,
    [property: Description("By the fastest connection.")] long Most,
    double Mean,
    [property: Description("Fewest over most; null when there was no message.")] double? Ratio)
{
    public static FairnessDocument Of(Fairness fairness) => new(fairness.Fewest, fairness.Most, fairness.Mean, fairness.Ratio());
}

[Description("What was done with one target.")]
internal sealed record TargetDocument(
    string Target,
    [property: Description("Connections that it was to have.")] int Connections,
    [property: Description("Connections that were opened.")] int Opened,
    [property: Description("Connections that failed, those that could not be opened included.")] int Errors,
    long Messages,
    double MessagesPerSecond,
    [property: Description("Whole messages: corrected in an open loop.")] TimesDocument? LatencySeconds)
{
    public static TargetDocument Of(TargetResult target, TimeSpan measured) => new(
        target.Target.ToString(),
        target.Requested,
        target.Opened,
        target.Failed,
        target.Messages,
        measured > TimeSpan.Zero ? target.Messages / measured.TotalSeconds : 0,
        TimesDocument.Of(target.Latency));
}

[Description("Something that was to be so.")]
internal sealed record AssertionDocument(
    [property: Description("As it was given.")] string Assertion,
    string Metric,
    [property: Description("Times in seconds, rates a second; null when nothing was measured.")] double? Actual,
    bool Holds)
{
    public static AssertionDocument Of(Finding finding) =>
        new(finding.Assertion.Text, finding.Assertion.Metric.Name, finding.Actual, finding.Holds);
}
