using System.CommandLine;
using PipeClient.Reporting.Json;

namespace PipeClient.CommandLine;

/// <summary>Prints the JSON Schema of what <c>--json</c> writes.</summary>
internal static class SchemaCommand
{
    public static Command Create(TextWriter output)
    {
        var command = new Command("schema", "prints the JSON Schema of what --json writes");
        command.SetAction(_ => output.WriteLine(RunSchema.Create()));
        return command;
    }
}
