using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Xunit;

namespace Support.Processes;

/// <summary>The echo host as a child process that listens, seen from outside only. For test projects that reference the host.</summary>
public sealed class EchoProcess : IAsyncDisposable
{
    public const string Sockets = "sockets";
    public const string Threads = "threads";

    private const string UnixPrefix = "unix:";

    private readonly ChildProcess _child;

    private EchoProcess(ChildProcess child, string address)
    {
        _child = child;
        Address = address;
        EndPoint = address.StartsWith(UnixPrefix, StringComparison.Ordinal)
            ? new UnixDomainSocketEndPoint(address[UnixPrefix.Length..])
            : IPEndPoint.Parse(address);
    }

    /// <summary>Both transports: what is not about threads holds on each.</summary>
    public static TheoryData<string> Transports => [Sockets, Threads];

    /// <summary>The first address it listens on, as it prints it.</summary>
    public string Address { get; }

    public EndPoint EndPoint { get; }

    public int Port => ((IPEndPoint)EndPoint).Port;

    public int Id => _child.Id;

    /// <summary>What it has logged so far.</summary>
    public string Error => _child.Error;

    public static ChildCommand Command(params IEnumerable<string> arguments)
        => ChildCommand.Dotnet(Path.Combine(AppContext.BaseDirectory, "KestrelAsyncEcho.dll"), arguments) with
        {
            WorkingDirectory = AppContext.BaseDirectory,
        };

    public static Task<ChildExit> RunAsync(params IEnumerable<string> arguments) => ChildProcess.RunAsync(Command(arguments));

    /// <summary>Starts it on a free port.</summary>
    public static Task<EchoProcess> StartAsync(string transport, params IEnumerable<string> arguments)
        => StartAsync(Command(["--transport", transport, "--port", "0", .. arguments]));

    public static Task<EchoProcess> StartOnUnixSocketAsync(string transport, string path)
        => StartAsync(Command("--transport", transport, "--unix-socket", path));

    public static async Task<EchoProcess> StartAsync(ChildCommand command)
    {
        const string listening = "Listening on ";
        var child = ChildProcess.Start(command);
        try
        {
            return new EchoProcess(child, (await child.WaitForLineAsync(listening))[listening.Length..]);
        }
        catch
        {
            await child.DisposeAsync();
            throw;
        }
    }

    public Task<TestClient> ConnectAsync(int? receiveBufferSize = null) => TestClient.ConnectAsync(EndPoint, receiveBufferSize);

    /// <inheritdoc cref="ChildProcess.ExchangeDescriptorLimit"/>
    public ulong ExchangeDescriptorLimit(ulong limit) => _child.ExchangeDescriptorLimit(limit);

    public void Send(PosixSignal signal) => _child.Send(signal);

    public Task<ChildExit> WaitForExitAsync() => _child.WaitForExitAsync();

    public Task<ChildExit> StopAsync(PosixSignal signal = PosixSignal.SIGTERM)
    {
        _child.Send(signal);
        return _child.WaitForExitAsync();
    }

    public ValueTask DisposeAsync() => _child.DisposeAsync();
}
