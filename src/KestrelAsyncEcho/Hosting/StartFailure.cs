using System.Net.Sockets;
using KestrelAsyncEcho.Settings;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace KestrelAsyncEcho.Hosting;

/// <summary>Says in plain lines why the server did not start, and with which exit code the program ends.</summary>
internal static class StartFailure
{
    public static (int ExitCode, IEnumerable<string> Lines) Describe(
        Exception exception,
        IConfigurationRoot? configuration,
        EchoSettings? settings)
        => exception switch
        {
            SettingsException wrong => (ExitCode.WrongSetting, wrong.Failures),
            OptionsValidationException wrong => (
                ExitCode.WrongSetting,
                wrong.Failures.Select(failure => configuration?.Locate(failure) ?? failure)),
            StartException => (ExitCode.Failed, [exception.Message]),
            _ when settings is not null && WhyNotBound(exception, settings) is { } reason
                => (ExitCode.Failed, [$"Cannot listen on {settings.Address}: {reason}"]),
            _ => (ExitCode.Failed, [$"Cannot start: {exception.GetType().Name}: {exception.Message.ReplaceLineEndings(" ")}"]),
        };

    private static string? WhyNotBound(Exception exception, EchoSettings settings)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case AddressInUseException when settings.UnixSocket is not null:
                    return "the file exists. Another server listens there, or a killed one left it behind; then delete it.";
                case AddressInUseException:
                    return "the address is in use. Choose another port with --port; 0 takes a free one.";
                case SocketException { SocketErrorCode: SocketError.AccessDenied }:
                    return settings is { UnixSocket: null, Port: > 0 and < 1024 }
                        ? "permission denied. Ports below 1024 need a privilege (Linux: CAP_NET_BIND_SERVICE); choose another with --port."
                        : "permission denied.";
                case SocketException when settings.UnixSocket is { } path && !Directory.Exists(Path.GetDirectoryName(path)):
                    return "its directory does not exist.";
                case SocketException { SocketErrorCode: SocketError.AddressNotAvailable }:
                    return "this machine has no such address. Choose another with --host; * listens on all.";
                case SocketException:
                    return $"{cause.Message}.";
            }
        }

        return null;
    }
}
