namespace Compare.Servers;

/// <summary>What a server is to do in a scenario.</summary>
/// <param name="Protocol">What it speaks: <see cref="Raw"/>, <see cref="Http"/> or <see cref="Https"/>.</param>
/// <param name="Work">What its handler does with each message of a raw connection.</param>
internal sealed record ServerRole(string Protocol, string Work = "")
{
    public const string Raw = "raw";
    public const string Http = "http";
    public const string Https = "https";

    /// <summary>Sends back what comes: any server in any language can do it.</summary>
    public static ServerRole Echo { get; } = new(Raw, "echo");

    public static ServerRole Web { get; } = new(Http);

    public static ServerRole SecureWeb { get; } = new(Https);

    public static ServerRole RawHandler(string work) => new(Raw, work);
}
