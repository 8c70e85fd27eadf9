using System.CommandLine;
using System.Globalization;
using System.Text;
using PipeClient.Load.Messages;

namespace PipeClient.CommandLine.Options;

/// <summary>What is sent, and how much of it is compared with what comes back.</summary>
internal sealed class MessageOptions
{
    private const int MaxFileSize = 1 << 30;
    private const ulong DefaultSeed = 1234;

    public Option<string> Data { get; } = new("--data")
    {
        Description = "the text that every connection sends and expects back",
        HelpName = "text",
        DefaultValueFactory = _ => "hello",
        CustomParser = OptionValue.Parser<string>((text, out value) => (value = text).Length > 0, "a text that is not empty"),
    };

    public Option<SizeRange?> Size { get; } = new("--size")
    {
        Description = "send so many pseudorandom bytes instead of a text, other ones in every message: 64, 4KB, 1B-64KB",
        HelpName = "bytes",
        CustomParser = OptionValue.Optional<SizeRange>(
            SizeRange.TryParse, "1 to 1GB, such as 64, 4KB or 1MB, or a range such as 1B-64KB"),
    };

    public Option<byte[]?> File { get; } = new("--file")
    {
        Description = "send what this file contains",
        HelpName = "file",
        CustomParser = OptionValue.Parser<byte[]?>(TryReadFile, "a file that can be read, of 1 byte to 1GB"),
    };

    public Option<ulong?> Seed { get; } = new("--seed")
    {
        Description = "where the pseudorandom bytes of --size start; the same seed, the same bytes",
        HelpName = "number",
        CustomParser = OptionValue.Optional<ulong>(
            (text, out value) => ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value),
            "a whole number from 0 to 18446744073709551615"),
    };

    public Option<Verification> Verify { get; } = OptionValue.Words(new Option<Verification>("--verify")
    {
        Description = "how replies are compared: full (every byte), length (as many bytes as were sent), none (and more do not matter)",
        HelpName = "how",
        DefaultValueFactory = _ => Verification.Full,
        CustomParser = OptionValue.Parser<Verification>(TryParseVerification, "full, length or none"),
    }, "full", "length", "none");

    public IEnumerable<Option> All => [Data, Size, File, Seed, Verify];

    public void Validate(OptionRules rules)
    {
        rules.Exclude(Size, Data, File);
        rules.Exclude(File, Data);
        rules.Require(Seed, Size);
    }

    public MessageContent Read(ParseResult parsed) =>
        parsed.GetValue(Size) is { } size ? new RandomContent(size.Min, size.Max, parsed.GetValue(Seed) ?? DefaultSeed)
        : parsed.GetValue(File) is { Length: > 0 } file ? new FixedContent(file)
        : new FixedContent(Encoding.UTF8.GetBytes(parsed.GetValue(Data)!));

    private static bool TryParseVerification(string text, out Verification value)
    {
        value = text switch
        {
            "length" => Verification.Length,
            "none" => Verification.None,
            _ => Verification.Full,
        };
        return text is "full" or "length" or "none";
    }

    private static bool TryReadFile(string path, out byte[]? value)
    {
        value = null;
        try
        {
            if (new FileInfo(path).Length <= MaxFileSize)
            {
                value = System.IO.File.ReadAllBytes(path);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            // Said by the answer.
        }

        return value is { Length: > 0 and <= MaxFileSize };
    }
}
