using System.Net.Sockets;

namespace Compare.Counters;

/// <summary>
/// Answers questions about this process's runtime over a Unix socket, one asker at a time, on one thread that sleeps between the
/// questions: until somebody asks, it costs the server nothing.
/// </summary>
internal static class CounterServer
{
    /// <summary>Names the socket, in Linux's abstract namespace: it leaves no file behind.</summary>
    public const string AddressVariable = "COMPARE_COUNTERS";

    /// <summary>The question for an exact <see cref="Snapshot"/>.</summary>
    private const byte AskSnapshot = (byte)'s';

    /// <summary>The question for one that stops nobody.</summary>
    private const byte AskRoughSnapshot = (byte)'r';

    /// <summary>The question for <see cref="CollectionProbe"/>.</summary>
    private const byte AskCollections = (byte)'c';

    public static void Start(string address)
    {
        PauseWatch.Start();

        // Compiled before anybody is busy.
        _ = Snapshot.Take(isExact: false);
        var listening = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listening.Bind(new UnixDomainSocketEndPoint("\0" + address));
        listening.Listen(1);
        new Thread(Run) { IsBackground = true, Name = "counters" }.UnsafeStart(listening);
    }

    private static void Run(object? listening)
    {
        while (true)
        {
            using var asker = ((Socket)listening!).Accept();
            try
            {
                Answer(asker);
            }
            catch (SocketException)
            {
                // The asker is gone, perhaps in the middle of an answer: the next one, please.
            }
        }
    }

    private static void Answer(Socket asker)
    {
        Span<byte> question = stackalloc byte[1];
        while (asker.Receive(question) == 1)
        {
            switch (question[0])
            {
                case AskSnapshot:
                    asker.Send(Snapshot.Take(isExact: true));
                    break;
                case AskRoughSnapshot:
                    asker.Send(Snapshot.Take(isExact: false));
                    break;
                case AskCollections:
                    asker.Send(CollectionProbe.Run());
                    break;
                default:
                    // Not one of ours.
                    return;
            }
        }
    }
}
