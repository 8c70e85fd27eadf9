using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Support;

namespace ThreadTransport.Tests.Configuration;

/// <summary>Where the options come from, and what is said of those that cannot be.</summary>
public sealed class OptionsTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("options-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Defaults_AreAsDocumented()
    {
        var options = new ThreadTransportOptions();

        Assert.True(options.Enabled);
        Assert.False(options.UseConnectionThread);
        Assert.Equal(1_572_864, options.StackSize);
        Assert.Null(options.MaxConnections);
        Assert.Equal(WhenFull.Wait, options.WhenFull);
        Assert.Equal(4096, options.Backlog);
        Assert.True(options.NoDelay);
        Assert.Equal(1_048_576, options.MaxReadBufferSize);
        Assert.Equal(65_536, options.MaxWriteBufferSize);
        Assert.Null(options.MaxCachedThreads);
        Assert.Equal(TimeSpan.FromSeconds(30), options.CachedThreadIdleTimeout);
        Assert.Equal(0, options.MinThreads);
        Assert.True(options.DeferSends);
        Assert.True(options.YieldBeforeReceive);
        Assert.Equal(TimeSpan.FromMicroseconds(500), options.TimeSlice);
        Assert.Equal(TimeSpan.FromMicroseconds(50), options.SpinBeforeReceive);
        Assert.Equal(TimeSpan.FromSeconds(2), options.HoldForNewConnections);
        Assert.Equal(TimeSpan.FromMilliseconds(500), options.HoldAfterCollection);
        Assert.Null(options.IdleTimeout);
        Assert.Null(options.CanBind);
    }

    [Theory]
    [InlineData("65536", 65_536)]
    [InlineData("64KB", 65_536)]
    [InlineData("64 kb", 65_536)]
    [InlineData("256K", 262_144)]
    [InlineData("256KiB", 262_144)]
    [InlineData("1.5MB", 1_572_864)]
    [InlineData("1GB", 1_073_741_824)]
    [InlineData(" 262144B ", 262_144)]
    public async Task StackSize_InConfiguration_IsReadAsBytesOrText(string text, int expected)
        => Assert.Equal(expected, (await BindAsync(("StackSize", text))).StackSize);

    [Theory]
    [InlineData("30", 30_000)]
    [InlineData("0", 0)]
    [InlineData("1.5", 1500)]
    [InlineData("500ms", 500)]
    [InlineData("30s", 30_000)]
    [InlineData(" 2 M ", 120_000)]
    [InlineData("1h", 3_600_000)]
    [InlineData("00:01:00", 60_000)]
    [InlineData("1.00:00:00", 86_400_000)]
    [InlineData("infinite", -1)]
    [InlineData("-00:00:00.0010000", -1)]
    public async Task CachedThreadIdleTimeout_InConfiguration_IsReadAsSecondsOrText(string text, int milliseconds)
        => Assert.Equal(
            TimeSpan.FromMilliseconds(milliseconds),
            (await BindAsync(("CachedThreadIdleTimeout", text))).CachedThreadIdleTimeout);

    [Theory]
    [InlineData("null")]
    [InlineData("\"\"")]
    public async Task Key_WithNoValueInAFile_IsCleared(string none)
    {
        var options = await BindAsync(
            Json($$"""{ "MaxConnections": 5, "MaxReadBufferSize": "2MB", "MaxWriteBufferSize": "2MB", "MaxCachedThreads": 7 }"""),
            Json($$"""
                {
                  "MaxConnections": {{none}}, "MaxReadBufferSize": {{none}},
                  "MaxWriteBufferSize": {{none}}, "MaxCachedThreads": {{none}}
                }
                """));

        Assert.Null(options.MaxConnections);
        Assert.Null(options.MaxReadBufferSize);
        Assert.Null(options.MaxWriteBufferSize);
        Assert.Null(options.MaxCachedThreads);
    }

    [Fact]
    public async Task Key_ThatCannotBeWithoutAValue_HasItsDefaultForNull()
    {
        var options = await BindAsync(
            Json("""{ "StackSize": "512KB", "WhenFull": "Reject", "Backlog": 16 }"""),
            Json("""{ "StackSize": null, "WhenFull": null }"""));

        Assert.Equal(new ThreadTransportOptions().StackSize, options.StackSize);
        Assert.Equal(WhenFull.Wait, options.WhenFull);
        Assert.Equal(16, options.Backlog);
    }

    [Theory]
    [InlineData("\"256KB\"", "ThreadTransport = \"256KB\" is not a section")]
    [InlineData("[1]", "ThreadTransport:0 = \"1\" is not a setting")]
    [InlineData("""{ "StackSize": { "Size": 1 } }""", "ThreadTransport:StackSize has to be a single value")]
    public async Task Section_OfTheWrongShape_IsRefused(string section, string expected)
    {
        var exception = await Assert.ThrowsAsync<OptionsValidationException>(() => BindAsync(Json(section)));

        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Section_ThatIsNull_LeavesTheDefaults()
        => Assert.Equal(4096, (await BindAsync(Json("null"))).Backlog);

    [Fact]
    public async Task EveryKey_InConfiguration_IsRead()
    {
        var options = await BindAsync(
            ("Enabled", "false"),
            ("UseConnectionThread", "true"),
            ("StackSize", "512KB"),
            ("MaxConnections", "100"),
            ("WhenFull", "reject"),
            ("Backlog", "16"),
            ("NoDelay", "false"),
            ("MaxReadBufferSize", "2MB"),
            ("MaxWriteBufferSize", "0"),
            ("MaxCachedThreads", "7"),
            ("CachedThreadIdleTimeout", "00:01:00"),
            ("MinThreads", "5"),
            ("DeferSends", "false"),
            ("YieldBeforeReceive", "false"),
            ("TimeSlice", "0.1ms"),
            ("SpinBeforeReceive", "20us"),
            ("HoldForNewConnections", "1.5s"),
            ("HoldAfterCollection", "250ms"),
            ("IdleTimeout", "90"));

        Assert.False(options.Enabled);
        Assert.True(options.UseConnectionThread);
        Assert.Equal(512 * 1024, options.StackSize);
        Assert.Equal(100, options.MaxConnections);
        Assert.Equal(WhenFull.Reject, options.WhenFull);
        Assert.Equal(16, options.Backlog);
        Assert.False(options.NoDelay);
        Assert.Equal(2 * 1024 * 1024, options.MaxReadBufferSize);
        Assert.Equal(0, options.MaxWriteBufferSize);
        Assert.Equal(7, options.MaxCachedThreads);
        Assert.Equal(TimeSpan.FromMinutes(1), options.CachedThreadIdleTimeout);
        Assert.Equal(5, options.MinThreads);
        Assert.False(options.DeferSends);
        Assert.False(options.YieldBeforeReceive);
        Assert.Equal(TimeSpan.FromMicroseconds(100), options.TimeSlice);
        Assert.Equal(TimeSpan.FromMicroseconds(20), options.SpinBeforeReceive);
        Assert.Equal(TimeSpan.FromMilliseconds(1500), options.HoldForNewConnections);
        Assert.Equal(TimeSpan.FromMilliseconds(250), options.HoldAfterCollection);
        Assert.Equal(TimeSpan.FromSeconds(90), options.IdleTimeout);
    }

    [Theory]
    [InlineData("StackSize", "63KB", "64KB to 1GB")]
    [InlineData("StackSize", "65535", "64KB to 1GB")]
    [InlineData("StackSize", "2GB", "64KB to 1GB")]
    [InlineData("StackSize", "large", "not a size")]
    [InlineData("StackSize", "-1", "not a size")]
    [InlineData("StackSize", "0.3", "not a size")]
    [InlineData("StackSize", "99999999999999999999GB", "not a size")]
    [InlineData("MaxConnections", "0", "1 and up")]
    [InlineData("MaxConnections", "many", "not a whole number")]
    [InlineData("WhenFull", "Panic", "Wait, Reject")]
    [InlineData("WhenFull", "7", "Wait, Reject")]
    [InlineData("WhenFull", "Wait,Reject", "Wait, Reject")]
    [InlineData("WhenFull", " ", "Wait, Reject")]
    [InlineData("Backlog", "0", "1 and up")]
    [InlineData("NoDelay", "maybe", "true or false")]
    [InlineData("MaxReadBufferSize", "lots", "not a size")]
    [InlineData("MaxCachedThreads", "-1", "0 and up")]
    [InlineData("MinThreads", "-1", "0 and up")]
    [InlineData("DeferSends", "later", "true or false")]
    [InlineData("YieldBeforeReceive", "often", "true or false")]
    [InlineData("TimeSlice", "short", "\"50us\"")]
    [InlineData("TimeSlice", "99us", "0, or 100us to 3ms")]
    [InlineData("TimeSlice", "3.1ms", "0, or 100us to 3ms")]
    [InlineData("TimeSlice", "infinite", "0, or 100us to 3ms")]
    [InlineData("SpinBeforeReceive", "always", "\"50us\"")]
    [InlineData("SpinBeforeReceive", "1001us", "0 to 1ms")]
    [InlineData("SpinBeforeReceive", "infinite", "0 to 1ms")]
    [InlineData("HoldForNewConnections", "long", "\"30s\"")]
    [InlineData("HoldForNewConnections", "11s", "0 to 10s")]
    [InlineData("HoldForNewConnections", "infinite", "0 to 10s")]
    [InlineData("HoldAfterCollection", "infinite", "0 to 10s")]
    [InlineData("HoldAfterCollection", "11s", "0 to 10s")]
    [InlineData("CachedThreadIdleTimeout", "soon", "\"30s\"")]
    [InlineData("CachedThreadIdleTimeout", "", "not a time span")]
    [InlineData("CachedThreadIdleTimeout", "-1", "not a time span")]
    [InlineData("CachedThreadIdleTimeout", "99999999999999999999h", "not a time span")]
    [InlineData("CachedThreadIdleTimeout", "2.00:00:00", "00:00:00 to 1.00:00:00")]
    [InlineData("CachedThreadIdleTimeout", "86401", "00:00:00 to 1.00:00:00")]
    [InlineData("IdleTimeout", "soon", "\"30s\"")]
    [InlineData("IdleTimeout", "0.5", "00:00:01 to 1.00:00:00, or infinite")]
    [InlineData("IdleTimeout", "25h", "00:00:01 to 1.00:00:00, or infinite")]
    [InlineData("StackSze", "64KB", "not a setting")]
    public async Task Value_ThatCannotBe_IsNamedWithItsKeyAndWhatIsAllowed(string key, string value, string allowed)
    {
        var exception = await Assert.ThrowsAsync<OptionsValidationException>(() => BindAsync((key, value)));

        Assert.StartsWith($"ThreadTransport:{key} = ", exception.Message, StringComparison.Ordinal);
        Assert.Contains(value.Trim(), exception.Message, StringComparison.Ordinal);
        Assert.Contains(allowed, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Value_ThatCannotBe_IsRefusedWhenTheApplicationIsBuilt()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseThreadTransport(o => o.StackSize = 1024);

        var exception = Assert.Throws<OptionsValidationException>(builder.Build);

        Assert.Equal("ThreadTransport:StackSize = 1KB is out of range. Allowed: 64KB to 1GB.", exception.Message);
    }

    [Fact]
    public async Task MinThreads_AboveMaxCachedThreads_IsRefused()
    {
        var exception = await Assert.ThrowsAsync<OptionsValidationException>(() => BindAsync(("MinThreads", "5"), ("MaxCachedThreads", "4")));

        Assert.Equal(
            "ThreadTransport:MinThreads = 5 is out of range. Allowed: 0 to 4, which is MaxCachedThreads.", exception.Message);
    }

    [Fact]
    public async Task Delegate_AfterConfiguration_HasTheLastWord()
    {
        var options = await BindAsync([("StackSize", "512KB"), ("Backlog", "16")], o => o.StackSize = 128 * 1024);

        Assert.Equal(128 * 1024, options.StackSize);
        Assert.Equal(16, options.Backlog);
    }

    [Theory]
    [InlineData(64 * 1024, true)]
    [InlineData((192 * 1024) - 1, true)]
    [InlineData(192 * 1024, false)]
    public async Task StackSize_BelowTheComfortableOne_WarnsAndSaysWhy(int size, bool warns)
    {
        await using var harness = await TransportHarness.BindAsync(Transports.ThreadsWith(o => o.StackSize = size));

        Assert.Equal(
            warns,
            harness.Log.Events.Any(e => e.Level == LogLevel.Warning && e.Message.Contains("continuations", StringComparison.Ordinal)));
    }

    private static Task<ThreadTransportOptions> BindAsync(params (string Key, string Value)[] settings) => BindAsync(settings, null);

    private static Task<ThreadTransportOptions> BindAsync(
        (string Key, string Value)[] settings,
        Action<ThreadTransportOptions>? configure)
        => BindAsync(
            configuration => configuration.AddInMemoryCollection(
                settings.Select(s => KeyValuePair.Create($"ThreadTransport:{s.Key}", (string?)s.Value))),
            configure);

    /// <summary>Settings of files, the later over the earlier.</summary>
    private static Task<ThreadTransportOptions> BindAsync(params string[] files) => BindAsync(
        configuration =>
        {
            foreach (var file in files)
            {
                configuration.AddJsonFile(file, optional: false, reloadOnChange: false);
            }
        },
        null);

    /// <summary>A file with this section, which goes with the test.</summary>
    private string Json(string section)
    {
        var path = Path.Combine(_folder.FullName, $"{Guid.NewGuid():N}.json");
        File.WriteAllText(path, $$"""{ "ThreadTransport": {{section}} }""");
        return path;
    }

    /// <summary>Starts an application with these settings and returns what it made of them.</summary>
    private static async Task<ThreadTransportOptions> BindAsync(
        Action<IConfigurationBuilder> settings,
        Action<ThreadTransportOptions>? configure)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        settings(builder.Configuration);
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        if (configure is null)
        {
            builder.WebHost.UseThreadTransport();
        }
        else
        {
            builder.WebHost.UseThreadTransport(configure);
        }

        await using var app = builder.Build();
        await app.StartAsync().Bounded();
        var options = app.Services.GetRequiredService<IOptions<ThreadTransportOptions>>().Value;
        await app.StopAsync().Bounded();
        return options;
    }
}
