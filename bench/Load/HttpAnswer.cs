namespace Load;

/// <summary>What has come of an answer so far.</summary>
internal enum HttpAnswer
{
    /// <summary>There must be more.</summary>
    Unfinished,
    Right,
    Wrong,
}

/// <summary>Compares an answer with what it should be, as it comes.</summary>
internal static class HttpAnswers
{
    extension(HttpAnswer)
    {
        /// <param name="answer">All that has come.</param>
        /// <param name="expect">The right body.</param>
        public static HttpAnswer Judge(ReadOnlySpan<byte> answer, ReadOnlySpan<byte> expect)
        {
            var head = "HTTP/1.1 200 OK\r\n"u8;
            if (answer.Length >= head.Length && !answer.StartsWith(head))
            {
                return HttpAnswer.Wrong;
            }

            var end = answer.IndexOf("\r\n\r\n"u8);
            if (end < 0)
            {
                return HttpAnswer.Unfinished;
            }

            var headers = answer[..end];
            var body = answer[(end + 4)..];
            return headers.IndexOf("Transfer-Encoding: chunked"u8) >= 0 ? JudgeChunks(body, expect)
                : body.Length < expect.Length ? HttpAnswer.Unfinished
                : body.SequenceEqual(expect) ? HttpAnswer.Right
                : HttpAnswer.Wrong;
        }
    }

    /// <summary>In one chunk, as servers send what is small.</summary>
    private static HttpAnswer JudgeChunks(ReadOnlySpan<byte> body, ReadOnlySpan<byte> expect)
    {
        var end = "\r\n0\r\n\r\n"u8;
        if (!body.EndsWith(end))
        {
            return HttpAnswer.Unfinished;
        }

        var chunk = body[(body.IndexOf("\r\n"u8) + 2)..^end.Length];
        return chunk.SequenceEqual(expect) ? HttpAnswer.Right : HttpAnswer.Wrong;
    }
}
