using Servers;

return await ServerCommand.RunAsync(args);
