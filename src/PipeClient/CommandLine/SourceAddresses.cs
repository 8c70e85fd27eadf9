using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace PipeClient.CommandLine;

/// <summary>Addresses, as a list with ranges: <c>127.0.0.2</c>, <c>10.0.0.5,10.0.0.7</c>, <c>127.0.0.2-127.0.0.9</c>, <c>fd00::2</c>.</summary>
internal static class SourceAddresses
{
    /// <summary>More than any machine has, and few enough to be listed.</summary>
    private const int Most = 65536;

    public static bool TryParse(string text, out IReadOnlyList<IPAddress> addresses)
    {
        var list = new List<IPAddress>();
        addresses = list;
        foreach (var part in text.Split(','))
        {
            var ends = part.Split('-');
            if (ends.Length > 2 || !TryParseOne(ends[0], out var first) || !TryParseOne(ends[^1], out var last) || !TryAdd(list, first, last))
            {
                return false;
            }
        }

        // One socket cannot be bound to another family than it connects to.
        return list.TrueForAll(address => address.AddressFamily == list[0].AddressFamily);
    }

    private static bool TryAdd(List<IPAddress> list, IPAddress first, IPAddress last)
    {
        if (first.Equals(last))
        {
            list.Add(first);
            return list.Count <= Most;
        }

        if (first.AddressFamily != AddressFamily.InterNetwork || last.AddressFamily != AddressFamily.InterNetwork)
        {
            return false;
        }

        var from = Number(first);
        var to = Number(last);
        if (from > to || to - from >= (uint)(Most - list.Count))
        {
            return false;
        }

        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        for (var number = (long)from; number <= to; number++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(bytes, (uint)number);
            list.Add(new IPAddress(bytes));
        }

        return true;
    }

    /// <summary>Whole addresses only: IPAddress would take 1 for 0.0.0.1.</summary>
    private static bool TryParseOne(string text, out IPAddress address) =>
        IPAddress.TryParse(text, out address!)
        && (address.AddressFamily == AddressFamily.InterNetworkV6 || text.Count(c => c == '.') == 3);

    private static uint Number(IPAddress address) => BinaryPrimitives.ReadUInt32BigEndian(address.GetAddressBytes());
}
