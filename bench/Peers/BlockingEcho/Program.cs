using System.Globalization;
using System.Net;
using System.Net.Sockets;

// What .NET itself costs: an echo server without Kestrel, pipes or tasks, whose threads block in Socket.Receive and Socket.Send.
if (args is not [var text] || !int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port > ushort.MaxValue)
{
    Console.Error.WriteLine("usage: BlockingEcho PORT");
    return 2;
}

using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
listener.Listen(4096);
Console.WriteLine($"Listening on {listener.LocalEndPoint}");
while (true)
{
    var socket = listener.Accept();
    socket.NoDelay = true;
    new Thread(Echo, 256 * 1024) { IsBackground = true }.UnsafeStart(socket);
}

static void Echo(object? state)
{
    using var socket = (Socket)state!;
    Span<byte> buffer = stackalloc byte[16 * 1024];
    SocketError error;
    int received;
    do
    {
        received = socket.Receive(buffer, SocketFlags.None, out error);
        socket.Send(buffer[..received], SocketFlags.None, out var sendError);
        error = error == SocketError.Success ? sendError : error;
    }
    while (received > 0 && error == SocketError.Success);
}
