using System.Buffers.Binary;
using System.IO.Compression;
using HdrHistogram;
using HdrHistogram.Encoding;
using HdrHistogram.Utilities;

namespace PipeClient.Reporting.Files;

/// <summary>
/// HdrHistogram's compressed V2 encoding: a cookie, a length, and the histogram as the library encodes it, in a zlib stream. The
/// library's own compression is not used: it leaves the stream without its end, which strict readers refuse.
/// </summary>
internal static class CompressedHistogram
{
    private const int Cookie = 0x1c849314;
    private const int HeaderLength = 2 * sizeof(int);

    public static string ToBase64(LongHistogram counts)
    {
        using var compressed = new MemoryStream();
        compressed.SetLength(HeaderLength);
        compressed.Position = HeaderLength;
        using (var zlib = new ZLibStream(compressed, CompressionLevel.Optimal, leaveOpen: true))
        {
            zlib.Write(Encode(counts));
        }

        var length = (int)compressed.Length;
        var bytes = compressed.GetBuffer().AsSpan(0, length);
        BinaryPrimitives.WriteInt32BigEndian(bytes, Cookie);
        BinaryPrimitives.WriteInt32BigEndian(bytes[sizeof(int)..], length - HeaderLength);
        return Convert.ToBase64String(bytes);
    }

    private static byte[] Encode(LongHistogram counts)
    {
        var buffer = ByteBuffer.Allocate(counts.GetNeededByteBufferCapacity());
        var encoded = new byte[counts.Encode(buffer, HistogramEncoderV2.Instance)];
        buffer.Position = 0;
        for (var i = 0; i < encoded.Length; i++)
        {
            encoded[i] = buffer.Get();
        }

        return encoded;
    }
}
