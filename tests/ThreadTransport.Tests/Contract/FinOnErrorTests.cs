namespace ThreadTransport.Tests.Contract;

/// <summary>Kestrel's switch for connections that end with a FIN whatever happens. It belongs to the process.</summary>
[Collection(nameof(Alone))]
public sealed class FinOnErrorTests
{
    private const string Switch = "Microsoft.AspNetCore.Server.Kestrel.FinOnError";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("Contract", "14")]
    public void Switch_OfTheProcess_IsTheDefault(bool on)
    {
        AppContext.SetSwitch(Switch, on);
        try
        {
            Assert.Equal(on, new ThreadTransportOptions().FinOnError);
        }
        finally
        {
            AppContext.SetSwitch(Switch, false);
        }
    }
}
