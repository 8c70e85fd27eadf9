using System.Globalization;

namespace Compare.Measurement;

/// <summary>
/// What the whole machine has done so far, by <c>/proc/stat</c>: time spent in processes, and time that the host of a virtual machine
/// has taken away. Interrupts are left out: loopback traffic makes them, and they belong to nobody.
/// </summary>
internal readonly record struct MachineLoad(TimeSpan Busy, TimeSpan Stolen)
{
    /// <summary>In hundredths of a second, on every Linux that .NET runs on.</summary>
    private static readonly TimeSpan _tick = TimeSpan.FromMilliseconds(10);

    public static MachineLoad Read()
    {
        try
        {
            return Parse(File.ReadLines("/proc/stat").First());
        }
        catch (IOException)
        {
            return default;
        }
    }

    /// <param name="line">The first: user, nice, system, idle, iowait, irq, softirq, steal.</param>
    public static MachineLoad Parse(string line)
    {
        var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..]
            .Select(field => long.Parse(field, CultureInfo.InvariantCulture))
            .ToArray();
        return fields.Length < 8 ? default : new((fields[0] + fields[1] + fields[2]) * _tick, fields[7] * _tick);
    }
}
