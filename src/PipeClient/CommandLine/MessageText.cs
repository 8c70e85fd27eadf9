namespace PipeClient.CommandLine;

/// <summary>Makes the message of a given size.</summary>
internal static class MessageText
{
    private const int Seed = 1234;

    /// <summary>
    /// The same pseudorandom bytes every time, so that bytes lost, doubled or out of order do not match by accident and a
    /// failure can be reproduced.
    /// </summary>
    public static byte[] OfSize(int size)
    {
        var bytes = new byte[size];
        new Random(Seed).NextBytes(bytes);
        return bytes;
    }
}
