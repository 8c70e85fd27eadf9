using System.Globalization;

namespace PipeClient.Reporting;

/// <summary>Figures for people: short, and with the unit that fits.</summary>
internal static class Quantity
{
    private const double Kilo = 1024;

    private static readonly string[] _byteUnits = ["B", "KB", "MB", "GB", "TB"];

    /// <summary>With three digits: <c>871us</c>, <c>1.24ms</c>, <c>60.0s</c>.</summary>
    public static string Time(TimeSpan time) => time.TotalMicroseconds switch
    {
        0 => "0",
        < 1000 => Digits(time.TotalMicroseconds) + "us",
        < 1_000_000 => Digits(time.TotalMilliseconds) + "ms",
        _ => Digits(time.TotalSeconds) + "s",
    };

    public static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    public static string Rate(double perSecond) =>
        perSecond.ToString(perSecond is 0 or >= 100 ? "N0" : "N2", CultureInfo.InvariantCulture) + "/s";

    public static string Share(double share) => share.ToString("0.0 %", CultureInfo.InvariantCulture);

    /// <summary>A KB is 1024 bytes, as on the command line.</summary>
    public static string Bytes(double bytes)
    {
        var unit = 0;
        while (bytes >= Kilo && unit < _byteUnits.Length - 1)
        {
            bytes /= Kilo;
            unit++;
        }

        return $"{(unit == 0 ? bytes.ToString("F0", CultureInfo.InvariantCulture) : Digits(bytes))} {_byteUnits[unit]}";
    }

    private static string Digits(double value) =>
        value.ToString(value switch { < 9.995 => "F2", < 99.95 => "F1", _ => "F0" }, CultureInfo.InvariantCulture);
}
