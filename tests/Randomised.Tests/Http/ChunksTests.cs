namespace Randomised.Tests.Http;

public sealed class ChunksTests
{
    private const string Head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    private const string Next = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";

    [Theory]
    [InlineData("a\r\nabcdefghij\r\n0\r\n\r\n")]
    [InlineData("9\r\nabcdefghi\r\n1\r\nj\r\n0\r\n\r\n")]
    [InlineData("1\r\na\r\n2\r\nbc\r\n7\r\ndefghij\r\n0\r\n\r\n")]
    public void Join_TheSameContentInOtherChunks_IsTheSame(string body)
        => Assert.Equal($"{Head}abcdefghij\r\n0\r\n\r\n{Next}", Chunks.Join(Head + body + Next));

    [Theory]
    [InlineData("3\r\nabc\r\n0\r\n\r\n", "3\r\nabd\r\n0\r\n\r\n")]
    [InlineData("3\r\nabc\r\n0\r\n\r\n", "3\r\nabc\r\n")]
    [InlineData("3\r\nabc\r\n0\r\n\r\n", "2\r\nab\r\n0\r\n\r\n")]
    public void Join_OtherContent_IsNotTheSame(string one, string other)
        => Assert.NotEqual(Chunks.Join(Head + one + Next), Chunks.Join(Head + other + Next));

    [Fact]
    public void Join_AnswerThatIsCut_IsTheBeginningOfTheWhole()
    {
        const string Whole = Head + "5\r\nabcde\r\n3\r\nfgh\r\n0\r\n\r\n";
        for (var length = 0; length < Whole.Length; length++)
        {
            Assert.StartsWith(Chunks.Join(Whole[..length]), Chunks.Join(Whole), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData(Next)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc" + Next)]
    [InlineData("5\r\nabcde\r\n0\r\n\r\n")]
    public void Join_NoChunks_ChangesNothing(string text) => Assert.Equal(text, Chunks.Join(text));
}
