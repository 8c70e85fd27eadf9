using KestrelAsyncEcho.CommandLine;
using KestrelAsyncEcho.Hosting;

return EchoCommand.Parse(args, out var given) ?? await EchoServer.RunAsync(given);
