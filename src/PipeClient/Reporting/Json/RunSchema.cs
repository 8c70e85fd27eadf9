using System.ComponentModel;
using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;

namespace PipeClient.Reporting.Json;

/// <summary>The JSON Schema of <see cref="RunDocument"/>, made of the types that are written.</summary>
internal static class RunSchema
{
    private static readonly JsonSerializerOptions _indented = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static string Create()
    {
        var schema = JsonSchemaExporter.GetJsonSchemaAsNode(
            RunJson.Default.RunDocument,
            new JsonSchemaExporterOptions { TreatNullObliviousAsNonNullable = true, TransformSchemaNode = Describe }).AsObject();
        schema.Insert(0, "$schema", "https://json-schema.org/draft/2020-12/schema");
        schema.Insert(1, "title", "The result of a run of pipeclient, version 1");
        return schema.ToJsonString(_indented);
    }

    /// <summary>What a member says of itself; otherwise what its type says.</summary>
    private static JsonNode Describe(JsonSchemaExporterContext context, JsonNode schema)
    {
        var description = Attribute(context.PropertyInfo?.AttributeProvider) ?? Attribute(context.TypeInfo.Type);
        if (description is not null && schema is JsonObject node)
        {
            node.Insert(0, "description", description.Description);
        }

        return schema;
    }

    private static DescriptionAttribute? Attribute(ICustomAttributeProvider? of) =>
        of?.GetCustomAttributes(typeof(DescriptionAttribute), inherit: false).OfType<DescriptionAttribute>().FirstOrDefault();
}
