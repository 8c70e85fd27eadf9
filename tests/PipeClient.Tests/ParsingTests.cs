using PipeClient.CommandLine;
using PipeClient.Load;

namespace PipeClient.Tests;

public sealed class ParsingTests
{
    [Theory]
    [InlineData("localhost:1234", "localhost", 1234)]
    [InlineData("10.0.0.1:1", "10.0.0.1", 1)]
    [InlineData("[::1]:65535", "::1", 65535)]
    public void Target_WellFormed_IsTakenApartAndShownAsTyped(string text, string host, int port)
    {
        Assert.True(Target.TryParse(text, out var target));
        Assert.Equal(new Target(host, port), target);
        Assert.Equal(text, target.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("localhost")]
    [InlineData(":1234")]
    [InlineData("localhost:")]
    [InlineData("localhost:0")]
    [InlineData("localhost:65536")]
    [InlineData("localhost:+1")]
    [InlineData("::1:1234")]
    [InlineData("[localhost]:1234")]
    [InlineData("[]:1234")]
    [InlineData("a b:1234")]
    public void Target_Malformed_IsRefused(string text) => Assert.False(Target.TryParse(text, out _));

    [Theory]
    [InlineData("64", 64)]
    [InlineData("64B", 64)]
    [InlineData("4KB", 4096)]
    [InlineData("1mb", 1 << 20)]
    [InlineData("1GB", 1 << 30)]
    public void ByteSize_WellFormed_IsInBytes(string text, long bytes)
    {
        Assert.True(ByteSize.TryParse(text, out var parsed));
        Assert.Equal(bytes, parsed);
    }

    [Theory]
    [InlineData("")]
    [InlineData("KB")]
    [InlineData("-1")]
    [InlineData("1.5KB")]
    [InlineData("1XB")]
    public void ByteSize_Malformed_IsRefused(string text) => Assert.False(ByteSize.TryParse(text, out _));

    [Theory]
    [InlineData("30", 30_000)]
    [InlineData("1.5s", 1500)]
    [InlineData("500ms", 500)]
    [InlineData("2m", 120_000)]
    [InlineData("1h", 3_600_000)]
    public void Duration_WellFormed_IsATime(string text, int milliseconds)
    {
        Assert.True(Duration.TryParse(text, out var parsed));
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), parsed.Value);
    }

    [Theory]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("-1s")]
    [InlineData("1.2.3s")]
    [InlineData("1 s")]
    [InlineData("99999999999999999999999999999999")]
    public void Duration_Malformed_IsRefused(string text) => Assert.False(Duration.TryParse(text, out _));
}
