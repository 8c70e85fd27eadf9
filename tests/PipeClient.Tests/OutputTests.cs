using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
using HdrHistogram;
using Json.Schema;
using PipeClient.CommandLine;
using PipeClient.Limits;
using PipeClient.Reporting;
using PipeClient.Tests.Servers;

namespace PipeClient.Tests;

/// <summary>What a run writes for programs: JSON, CSV, histogram logs, crank's blocks.</summary>
public sealed class OutputTests : IDisposable
{
    private static readonly string[] _rising = ["min", "p50", "p90", "p99", "p999", "p9999", "max"];

    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("pipeclient-tests-");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Json_ToStandardOutput_IsAllThatIsThere()
    {
        await using var server = TestServer.Start(Behaviour.EchoAsync);
        Assert.Equal(ExitCode.Ok, await RunAsync(server, "-n", "4", "--messages", "50", "--json", "-", "--assert", "errors==0"));
        using var json = JsonDocument.Parse(_output.ToString());
        var run = json.RootElement;
        Assert.Equal(1, run.GetProperty("schemaVersion").GetInt32());
        Assert.Equal("closed", run.GetProperty("load").GetProperty("mode").GetString());
        Assert.Equal(200, run.GetProperty("messages").GetInt64());
        Assert.Equal(1000, run.GetProperty("bytesReceived").GetInt64());
        Assert.True(run.GetProperty("messagesPerSecond").GetDouble() > 0);
        Assert.Equal(50, run.GetProperty("fairness").GetProperty("fewest").GetInt64());
        Assert.Equal(1, run.GetProperty("fairness").GetProperty("ratio").GetDouble());
        Assert.Equal(4, run.GetProperty("latencySeconds").GetProperty("connect").GetProperty("count").GetInt64());
        Assert.Equal(JsonValueKind.Null, run.GetProperty("latencySeconds").GetProperty("clientLag").ValueKind);
        var times = run.GetProperty("latencySeconds").GetProperty("message");
        Assert.Equal(200, times.GetProperty("count").GetInt64());
        double[] rising = [.. _rising.Select(name => times.GetProperty(name).GetDouble())];
        Assert.Equal(rising.Order(), rising);
        Assert.InRange(times.GetProperty("mean").GetDouble(), rising[0], rising[^1]);
        var assertion = Assert.Single(run.GetProperty("assertions").EnumerateArray());
        Assert.Equal("errors==0", assertion.GetProperty("assertion").GetString());
        Assert.True(assertion.GetProperty("holds").GetBoolean());
        Assert.Contains("Max conc: 4", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_ToStandardOutputQuietly_LeavesStandardErrorEmpty()
    {
        await using var server = TestServer.Start(Behaviour.EchoAsync);
        Assert.Equal(ExitCode.Ok, await RunAsync(server, "--json", "-", "--quiet"));
        JsonDocument.Parse(_output.ToString()).Dispose();
        Assert.Empty(_error.ToString());
    }

    [Fact]
    public async Task Json_OfEveryMode_IsAsTheSchemaSays()
    {
        await using var server = TestServer.Start(Behaviour.EchoAsync);
        await using var silent = TestServer.Start(Behaviour.NeverReplyAsync);
        await using var wrong = TestServer.Start(Behaviour.EchoWithWrongByteAt(1));
        var schema = JsonSchema.FromText(await File.ReadAllTextAsync(SchemaPath, Cancellation));
        foreach (var (target, arguments) in new (TestServer, string[])[]
        {
            (server, ["-n", "3", "--rounds", "2"]),
            (server, ["-n", "3", "--total", "10", "--warmup", "50ms", "--assert", "p99<1us", "--assert", "lag.p99<1ms"]),
            (server, ["-n", "3", "--rate", "1000", "--messages", "5", "--host", server.Target.ToString()]),
            (server, ["-n", "3", "--hold", "50ms"]),
            (silent, ["-n", "3", "--echo-timeout", "50ms"]),
            (wrong, ["-n", "3"]),
        })
        {
            var file = PathOf("run.json");
            await RunAsync(target, [.. arguments, "--json", file]);
            var text = await File.ReadAllTextAsync(file, Cancellation);
            Assert.True(Fits(text), text);
            Assert.False(Fits(text.Replace("\"exitCode\"", "\"exitcode\"", StringComparison.Ordinal)));
        }

        bool Fits(string text)
        {
            using var json = JsonDocument.Parse(text);
            return schema.Evaluate(json.RootElement).IsValid;
        }
    }

    [Fact]
    public async Task Schema_Printed_IsTheOneInTheDocumentation()
    {
        Assert.Equal(ExitCode.Ok, await CommandAsync("schema"));
        Assert.Equal(await File.ReadAllTextAsync(SchemaPath, Cancellation), _output.ToString());
    }

    [Fact]
    public async Task Csv_OfARun_HasARowForEverySecond()
    {
        await using var server = TestServer.Start(Behaviour.EchoAsync);
        var file = PathOf("run.csv");
        Assert.Equal(ExitCode.Ok, await RunAsync(server, "-n", "4", "--total", "1000", "--hold", "1s", "--csv", file));
        var rows = (await File.ReadAllLinesAsync(file, Cancellation)).Select(line => line.Split(',')).ToList();
        Assert.StartsWith("second,phase,start_s,length_s,connections,", string.Join(',', rows[0]), StringComparison.Ordinal);
        Assert.InRange(rows.Count, 3, 60);
        Assert.All(rows, row => Assert.Equal(rows[0].Length, row.Length));
        Assert.Equal(Enumerable.Range(1, rows.Count - 1), rows.Skip(1).Select(row => int.Parse(row[0], CultureInfo.InvariantCulture)));
        Assert.Equal(1000, Sum("messages"));
        Assert.Equal(4, Sum("opened"));
        Assert.Equal(5000, Sum("bytes_received"));
        Assert.Equal("ended", rows[^1][1]);

        long Sum(string column) => rows.Skip(1).Sum(row => long.Parse(row[Array.IndexOf(rows[0], column)], CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task Csv_ToStandardOutput_IsAllThatIsThere()
    {
        await using var server = TestServer.Start(Behaviour.EchoAsync);
        Assert.Equal(ExitCode.Ok, await RunAsync(server, "--messages", "5", "--csv", "-"));
        Assert.All(_output.ToString().TrimEnd().Split('\n'), line => Assert.Matches(@"^(second|\d+),", line));
    }

    [Fact]
    public async Task Hdr_OfAnOpenLoop_IsALogThatTheLibraryReads()
    {
        await using var server = TestServer.Start(Behaviour.EchoAsync);
        var file = PathOf("run.hlog");
        Assert.Equal(ExitCode.Ok, await RunAsync(server, "-n", "4", "--rate", "2000", "--total", "400", "--hdr", file));
        await using var stream = File.OpenRead(file);
        using var reader = new HistogramLogReader(stream);
        var counts = reader.ReadHistograms()
            .GroupBy(histogram => histogram.Tag ?? "")
            .ToDictionary(tag => tag.Key, tag => tag.Sum(histogram => histogram.TotalCount));
        Assert.Equal(
            new Dictionary<string, long>
            {
                [""] = 400,
                ["first-byte"] = 400,
                ["uncorrected"] = 400,
                ["first-byte-uncorrected"] = 400,
                ["client-late"] = 400,
                ["connect"] = 4,
            },
            counts);
        var lines = await File.ReadAllLinesAsync(file, Cancellation);
        Assert.Equal("#[Histogram log format version 1.3]", lines[0]);
        var data = lines.Skip(3).First(line => !line.StartsWith("Tag=", StringComparison.Ordinal)).Split(',');
        Assert.Equal(4, data.Length);
        AssertWhole(Convert.FromBase64String(data[3]));
    }

    [Fact]
    public async Task Crank_Asked_EndsWithABlockThatNamesAndMeasures()
    {
        await using var server = TestServer.Start(Behaviour.EchoAsync);
        Assert.Equal(ExitCode.Ok, await RunAsync(server, "-n", "4", "--messages", "5", "--crank"));
        var lines = _output.ToString().TrimEnd().Split('\n');
        Assert.Equal("#StartJobStatistics", lines[^3]);
        Assert.Equal("#EndJobStatistics", lines[^1]);
        using var json = JsonDocument.Parse(lines[^2]);
        var names = json.RootElement.GetProperty("Metadata").EnumerateArray().Select(one => one.GetProperty("Name").GetString()).ToList();
        var measured = json.RootElement.GetProperty("Measurements").EnumerateArray().ToDictionary(
            one => one.GetProperty("Name").GetString()!, one => one.GetProperty("Value").GetDouble());
        Assert.Equal(names.Order(), measured.Keys.Order());
        Assert.Equal(20, measured["pipeclient/messages"]);
        Assert.Equal(4, measured["pipeclient/connections"]);
        Assert.Equal(0, measured["pipeclient/errors"]);
        Assert.True(measured["pipeclient/rate"] > 0);
        Assert.True(measured["pipeclient/latency/99"] > 0);
    }

    [Fact]
    public async Task File_ThatCannotBeWrittenToTheEnd_IsSaidInOneLine()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "needs a disk that is full");
        await using var server = TestServer.Start(Behaviour.EchoAsync);
        Assert.Equal(ExitCode.Usage, await RunAsync(server, "--json", "/dev/full"));
        Assert.Contains("PipeClient: --json '/dev/full' cannot be written: ", _error.ToString(), StringComparison.Ordinal);
        Assert.Contains("Max conc: 1", _output.ToString(), StringComparison.Ordinal);
    }

    /// <summary>A cookie, the length of what follows, and a zlib stream that is complete and holds a histogram of its own length.</summary>
    private static void AssertWhole(byte[] histogram)
    {
        Assert.Equal(0x1c849314, BinaryPrimitives.ReadInt32BigEndian(histogram));
        Assert.Equal(histogram.Length - 8, BinaryPrimitives.ReadInt32BigEndian(histogram.AsSpan(4)));
        using var inflated = new MemoryStream();
        using (var zlib = new ZLibStream(new MemoryStream(histogram, 8, histogram.Length - 8), CompressionMode.Decompress))
        {
            zlib.CopyTo(inflated);
        }

        Assert.Equal(0x1c849313, BinaryPrimitives.ReadInt32BigEndian(inflated.ToArray()));
        Assert.Equal(inflated.Length - 40, BinaryPrimitives.ReadInt32BigEndian(inflated.ToArray().AsSpan(4)));
        Assert.Equal(Adler(inflated.ToArray()), BinaryPrimitives.ReadUInt32BigEndian(histogram.AsSpan(histogram.Length - 4)));
    }

    private static uint Adler(byte[] bytes)
    {
        var (low, high) = (1u, 0u);
        foreach (var value in bytes)
        {
            low = (low + value) % 65521;
            high = (high + low) % 65521;
        }

        return high << 16 | low;
    }

    public void Dispose()
    {
        _output.Dispose();
        _error.Dispose();
        _folder.Delete(recursive: true);
    }

    /// <summary>Beside the tests, where the build has put it.</summary>
    private static string SchemaPath => Path.Combine(AppContext.BaseDirectory, "pipeclient.schema.json");

    private string PathOf(string name) => Path.Combine(_folder.FullName, name);

    private Task<int> RunAsync(TestServer server, params string[] arguments) =>
        CommandAsync(["--host", server.Target.ToString(), .. arguments]);

    private Task<int> CommandAsync(params string[] arguments) =>
        new ClientCommand(new Streams(_output, _error), () => new SystemLimits()).RunAsync(arguments, Cancellation).Bounded();
}
