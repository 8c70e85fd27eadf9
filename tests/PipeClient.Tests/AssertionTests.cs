using PipeClient.Judgement;
using PipeClient.Load.Outcome;

namespace PipeClient.Tests;

public sealed class AssertionTests
{
    [Theory]
    [InlineData("p99<5ms", "p99", 0.005)]
    [InlineData("p99 <= 500us", "p99", 0.0005)]
    [InlineData("p99.9<1.5s", "p99.9", 1.5)]
    [InlineData("connect.p50<1m", "connect.p50", 60)]
    [InlineData("first-byte.max<100ns", "first-byte.max", 1e-7)]
    [InlineData("rate>=50000", "rate", 50_000)]
    [InlineData("rate>=50k/s", "rate", 50_000)]
    [InlineData("rate>2M", "rate", 2e6)]
    [InlineData("errors==0", "errors", 0)]
    [InlineData("error-rate<0.1%", "error-rate", 0.001)]
    [InlineData("messages!=10k", "messages", 10_000)]
    [InlineData("fairness>50%", "fairness", 0.5)]
    [InlineData("fairness>0.5", "fairness", 0.5)]
    public void TryParse_WellFormed_KnowsMetricAndBound(string text, string metric, double bound)
    {
        Assert.True(Assertion.TryParse(text, out var assertion, out _));
        Assert.Equal(text, assertion.Text);
        Assert.Equal(metric, assertion.Metric.Name);
        Assert.Equal(bound, assertion.Bound, bound * 1e-9);
    }

    [Theory]
    [InlineData("", "give a metric, one of < <= > >= == !=, and a value")]
    [InlineData("p99", "give a metric, one of < <= > >= == !=, and a value")]
    [InlineData("p99=5ms", "give a metric, one of < <= > >= == !=, and a value")]
    [InlineData("<5ms", "'' is no metric; there are p50, p99, p99.9 (any percentile)")]
    [InlineData("latency<5ms", "'latency' is no metric")]
    [InlineData("p0<5ms", "'p0' is no metric")]
    [InlineData("p101.0<5ms", "'p101.0' is no metric")]
    [InlineData("connect.rate>5", "'connect.rate' is no metric")]
    [InlineData("p99<5", "'5' is nothing to compare p99 with: give a time with its unit, such as 500us, 5ms or 1.5s")]
    [InlineData("p99<", "'' is nothing to compare p99 with")]
    [InlineData("p99<<5ms", "'<5ms' is nothing to compare p99 with")]
    [InlineData("p99<-5ms", "'-5ms' is nothing to compare p99 with")]
    [InlineData("rate>=5ms", "'5ms' is nothing to compare rate with: give a rate, such as 50000, 50k or 50k/s")]
    [InlineData("errors==0%", "'0%' is nothing to compare errors with: give a number")]
    [InlineData("fairness>1x", "'1x' is nothing to compare fairness with: give a share, such as 0.5 or 50%")]
    public void TryParse_Malformed_SaysWhatIsAllowed(string text, string expected)
    {
        Assert.False(Assertion.TryParse(text, out _, out var why));
        Assert.StartsWith(expected, why, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("p50<3ms", true)]
    [InlineData("p50<1ms", false)]
    [InlineData("min==1ms", true)]
    [InlineData("max>=4ms", true)]
    [InlineData("mean<2.4ms", false)]
    [InlineData("p100<4ms", false)]
    [InlineData("p999<=4.1ms", true)]
    [InlineData("message.p50<3ms", true)]
    [InlineData("rate==2", true)]
    [InlineData("rate!=2", false)]
    [InlineData("messages>3", true)]
    [InlineData("errors==3", true)]
    [InlineData("error-rate<=30%", true)]
    [InlineData("error-rate<30%", false)]
    [InlineData("fairness>=25%", true)]
    [InlineData("slowest>=2", true)]
    [InlineData("fastest<8", false)]
    [InlineData("connect-time<=1s", true)]
    public void Judge_OfAResult_ComparesItsFigure(string text, bool holds)
    {
        Assert.True(Assertion.TryParse(text, out var assertion, out _));
        Assert.Equal(holds, assertion.Judge(Results.Of(failures: 3, milliseconds: [1, 2, 3, 4])).Holds);
    }

    [Theory]
    [InlineData("p99<5ms")]
    [InlineData("p99>=0s")]
    [InlineData("connect.max<1s")]
    [InlineData("lag.p99<1s")]
    [InlineData("fairness>=0")]
    public void Judge_WhereNothingWasMeasured_DoesNotHold(string text)
    {
        Assert.True(Assertion.TryParse(text, out var assertion, out _));
        var finding = assertion.Judge(Results.Of(failures: 0) with { Fairness = Fairness.None });
        Assert.False(finding.Holds);
        Assert.Contains("there is no", finding.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Finding_Shown_HasTheAssertionAndTheFigure()
    {
        Assert.True(Assertion.TryParse("p50<1ms", out var assertion, out _));
        Assert.Equal("p50<1ms (p50 is 2.00ms)", assertion.Judge(Results.Of(failures: 0, milliseconds: [1, 2, 3])).ToString());
    }
}
