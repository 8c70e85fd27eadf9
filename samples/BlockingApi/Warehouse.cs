namespace BlockingApi;

/// <summary>
/// Another service, asked by a synchronous client. Simulated: the calling thread sleeps for as long as the answer would take, which is
/// what such a client's call is to it.
/// </summary>
public sealed class Warehouse(IConfiguration configuration)
{
    private readonly TimeSpan _answersIn = configuration.GetValue("Warehouse:AnswersIn", TimeSpan.FromMilliseconds(50));

    public int InStock(int product)
    {
        Thread.Sleep(_answersIn);
        return product % 7;
    }
}
