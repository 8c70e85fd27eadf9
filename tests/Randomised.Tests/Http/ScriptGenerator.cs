using System.Text;
using CsCheck;

namespace Randomised.Tests.Http;

/// <summary>Draws scripts: pipelined requests, most of them right, the others wrong in one or more of the known ways.</summary>
internal static class ScriptGenerator
{
    private const string Last = "GET /empty HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

    private static readonly Gen<string> _method = Weighted(
        (10, "GET"), (10, "POST"), (3, "PUT"), (2, "HEAD"), (1, "DELETE"), (1, "OPTIONS"), (1, "CONNECT"), (1, "get"), (1, "M-SEARCH"),
        (1, ""), (1, "G(T"));

    private static readonly Gen<string> _path = Weighted(
        (6, "/echo"), (6, "/blocking"), (6, "/stream"), (3, "/ignore"), (3, "/early"), (1, "/throw"), (1, "/abort"), (1, "/close"),
        (1, "/short"), (2, "/empty"), (3, "/upgrade"), (1, "/nowhere"), (1, "*"), (1, "http://a/echo"), (1, "echo"), (1, "/%zz"),
        (1, "/a%2Fb/../echo"), (1, "/echo#part"), (1, "/e\0cho"), (1, "/\u00e9"));

    private static readonly Gen<string> _query = Gen.Frequency(
        (6, Gen.Const("")),
        (2, Weighted((1, "?a=b"), (1, "?"), (1, "?a=%41%zz&&"))),
        (1, Gen.Int[1, 400].Select(n => "?" + new string('q', n))));

    private static readonly Gen<string> _version = Weighted(
        (30, "HTTP/1.1"), (4, "HTTP/1.0"), (1, "HTTP/1.2"), (1, "HTTP/2.0"), (1, "HTTP/1.1 "), (1, "http/1.1"), (1, ""));

    private static readonly Gen<string> _lineEnd = Weighted((60, "\r\n"), (1, "\n"), (1, "\r"), (1, "\r\r\n"));

    private static readonly Gen<string> _host = Weighted(
        (30, "Host: a\r\n"), (1, ""), (1, "Host: a\r\nHost: b\r\n"), (1, "Host: a b\r\n"), (1, "Host:\r\n"), (1, "host:a:80\r\n"));

    private static readonly Gen<string> _header = Gen.Frequency(
        (3, Weighted((3, "Connection: keep-alive\r\n"), (2, "Connection: close\r\n"), (1, "Connection: close, keep-alive\r\n"))),
        (3, Weighted((3, "Expect: 100-continue\r\n"), (1, "Expect: something\r\n"))),
        (2, Gen.Const("Connection: Upgrade\r\nUpgrade: custom\r\n")),
        (2, Gen.Int[1, 1200].Select(n => $"X-Long: {new string('v', n)}\r\n")),
        (2, Gen.Select(Gen.Char['a', 'z'], Gen.String[Gen.Char.AlphaNumeric, 0, 20], (name, value) => $"X-{name}: {value}\r\n")),
        (2, Weighted(
            (1, "No colon\r\n"), (1, "Space : x\r\n"), (1, " folded: x\r\n"), (1, "X-Bad: \0\r\n"), (1, ": nameless\r\n"),
            (1, "X-Tab:\tx\t\r\n"), (1, "X-High: \u00e9\r\n"), (1, "X-Bare: a\nb\r\n"), (1, "Content-Length: 5\r\n"),
            (1, "Content-Length: -1\r\n"), (1, "Content-Length: x\r\n"), (1, "Content-Length: 99999999999999999999\r\n"),
            (1, "Content-Length: 30000\r\n"), (1, "Transfer-Encoding: gzip\r\n"), (1, "Transfer-Encoding: chunked, gzip\r\n"),
            (1, "Transfer-Encoding: gzip, chunked\r\n"), (1, "Transfer-Encoding: identity\r\n"))));

    private static readonly Gen<string> _headers = _header.Array[0, 4].Select(string.Concat);

    private static readonly Gen<string> _content = Gen.Frequency(
        (6, Gen.Int[0, 200]), (2, Gen.Int[0, 5_000]), (1, Gen.Int[0, 25_000])).Select(Letters);

    private static readonly Gen<string> _chunk = Gen.Frequency(
        (20, _content.Where(content => content.Length > 0).Select(content => $"{content.Length:x}\r\n{content}\r\n")),
        (2, Gen.Const("5;extension=\"x\"\r\nabcde\r\n")),
        (2, Gen.Const("0005\r\nabcde\r\n")),
        (1, Weighted(
            (1, "g\r\nabc\r\n"), (1, "5\r\nabc\r\n"), (1, "2\r\nabcde\r\n"), (1, "-1\r\n\r\n"), (1, "fffffffff\r\nx\r\n"), (1, "3\nabc\n"),
            (1, "\r\n"), (1, "3 \r\nabc\r\n"))));

    private static readonly Gen<string> _chunksEnd = Weighted(
        (20, "0\r\n\r\n"), (3, "0\r\nX-Trailer: t\r\n\r\n"), (1, "0\r\nNo colon\r\n\r\n"), (1, "0\r\n"), (1, ""), (1, "00\r\n\r\n"));

    /// <summary>The headers that announce a body, and the body.</summary>
    private static readonly Gen<(string Headers, string Body)> _body = Gen.Frequency(
        (4, Gen.Const(("", ""))),
        (6, _content.Select(content => ($"Content-Length: {content.Length}\r\n", content))),
        (6, Gen.Select(_chunk.Array[0, 5], _chunksEnd, (chunks, end) => ("Transfer-Encoding: chunked\r\n", string.Concat(chunks) + end))),
        (1, Gen.Select(_content, Gen.Int[1, 50], (content, missing) => ($"Content-Length: {content.Length + missing}\r\n", content))),
        (1, _content.Select(content => ($"Content-Length: {content.Length}\r\nTransfer-Encoding: chunked\r\n", content))));

    private static readonly Gen<string> _request = Gen.Select(
        Gen.Select(_method, _path, _query, _version, (method, path, query, version) => $"{method} {path}{query} {version}"),
        _lineEnd,
        _host,
        _headers,
        _body,
        (line, lineEnd, host, headers, body) => $"{line}{lineEnd}{host}{headers}{body.Headers}\r\n{body.Body}");

    public static Gen<Script> Scripts { get; } = Gen.Select(
        _request.Array[0, 4],
        Gen.Frequency((20, Gen.Const(Last)), (1, Gen.Const("")), (1, Gen.Const("\0\x16\x03\x01")), (1, Gen.Const("GET /em"))),
        Gen.Int[0, 1000].Array[0, 8],
        Gen.Frequency(
            (20, Gen.Const(ClientEnd.Wait)),
            (2, Gen.Const(ClientEnd.HalfClose)),
            (1, Gen.Const(ClientEnd.Close)),
            (1, Gen.Const(ClientEnd.Reset))),
        (requests, last, cuts, end) => new Script(string.Concat(requests) + last, cuts, end));

    private static Gen<string> Weighted(params (int Weight, string Text)[] texts) => Gen.Frequency(texts);

    /// <summary>Text that tells its place.</summary>
    private static string Letters(int count)
    {
        var text = new StringBuilder(count);
        for (var i = 0; i < count; i++)
        {
            text.Append((char)('a' + (i % 23)));
        }

        return text.ToString();
    }
}
