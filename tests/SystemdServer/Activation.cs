using System.Collections;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace SystemdServer;

/// <summary>Does to this process what systemd does before it starts a service: the socket as descriptor 3, and the environment.</summary>
internal static class Activation
{
    private const int FirstHandedOver = 3;
    private const int SetDescriptorFlags = 2;

    public static void BecomeServer(string transport)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Listen();
        Console.WriteLine($"port {((IPEndPoint)socket.LocalEndPoint!).Port}");

        var process = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        var environment = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(
            variable => (string)variable.Key, variable => (string?)variable.Value);
        environment["LISTEN_PID"] = process;
        environment["LISTEN_FDS"] = "1";

        // Arguments and environment end with a null.
        var program = Environment.ProcessPath!;
        string?[] arguments = [program, typeof(Activation).Assembly.Location, "serve", transport, null];
        string?[] variables = [.. environment.Select(variable => $"{variable.Key}={variable.Value}"), null];

        // Whatever descriptor 3 was to the runtime, it is needed no more.
        if (dup2((int)socket.Handle, FirstHandedOver) < 0
            || fcntl(FirstHandedOver, SetDescriptorFlags, 0) < 0
            || execve(program, arguments, variables) < 0)
        {
            throw new InvalidOperationException($"Error {Marshal.GetLastPInvokeError()}.");
        }
    }

#pragma warning disable IDE1006, SYSLIB1054 // The names libc has for them; source generation would need unsafe code in this project.
    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int dup2(int descriptor, int target);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int fcntl(int descriptor, int command, int value);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int execve(
        [MarshalAs(UnmanagedType.LPUTF8Str)] string path,
        [MarshalAs(UnmanagedType.LPArray, ArraySubType = UnmanagedType.LPStr)] string?[] arguments,
        [MarshalAs(UnmanagedType.LPArray, ArraySubType = UnmanagedType.LPStr)] string?[] environment);
#pragma warning restore IDE1006, SYSLIB1054
}
