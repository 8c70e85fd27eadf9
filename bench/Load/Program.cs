using Load;

return await LoadCommand.RunAsync(args);
