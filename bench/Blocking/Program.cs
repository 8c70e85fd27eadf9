using Blocking;

return args is [SleepServer.Verb, ..] ? await SleepServer.RunAsync(args) : await new BlockingCommand().RunAsync(args);
