using System.Text;
using Load;

namespace Compare.Tests;

public sealed class HttpAnswerTests
{
    private const string Head = "HTTP/1.1 200 OK\r\nDate: today\r\n";

    [Theory]
    [InlineData(Head + "Content-Length: 2\r\n\r\nok")]
    [InlineData(Head + "Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n")]
    public void Answer_ThatIsRight_IsSoOnlyWhenItIsWhole(string answer)
    {
        Assert.Equal(HttpAnswer.Right, Judge(answer));
        Assert.All(
            Enumerable.Range(0, answer.Length), length => Assert.Equal(HttpAnswer.Unfinished, Judge(answer[..length])));
    }

    [Theory]
    [InlineData("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 2\r\n\r\nok")]
    [InlineData(Head + "Content-Length: 2\r\n\r\nno")]
    [InlineData(Head + "Content-Length: 3\r\n\r\nok!")]
    [InlineData(Head + "Transfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n")]
    public void Answer_ThatIsNotWhatIsExpected_IsWrong(string answer) => Assert.Equal(HttpAnswer.Wrong, Judge(answer));

    private static HttpAnswer Judge(string answer) => HttpAnswer.Judge(Encoding.ASCII.GetBytes(answer), "ok"u8);
}
