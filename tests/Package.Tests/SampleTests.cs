using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Support;

namespace Package.Tests;

/// <summary>The sample application answers, on its connections' threads and, by configuration alone, on the pool.</summary>
public sealed class SampleTests
{
    [Theory]
    [InlineData("true", "dedicated")]
    [InlineData("false", "pool")]
    public async Task Sample_OnThreadsOrNot_Answers(string enabled, string thread)
    {
        await using var sample = await SampleProcess.StartAsync($"--ThreadTransport:Enabled={enabled}");
        using var client = sample.CreateClient();

        Assert.Equal(thread, await client.GetStringAsync(new Uri("/thread", UriKind.Relative)).Bounded());
        Assert.Equal(10, (await GetAsync(client, "/products")).GetArrayLength());
        var product = await GetAsync(client, "/products/6");
        Assert.Equal("Product 6", product.GetProperty("name").GetString());
        Assert.Equal(6, product.GetProperty("inStock").GetInt32());
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync(new Uri("/products/0", UriKind.Relative)).Bounded()).StatusCode);

        Assert.Equal(HttpStatusCode.Created, await OrderAsync(client, """{ "product": 6, "quantity": 6 }"""));
        Assert.Equal(HttpStatusCode.Conflict, await OrderAsync(client, """{ "product": 6, "quantity": 7 }"""));
        Assert.Equal(HttpStatusCode.BadRequest, await OrderAsync(client, """{ "product": 6"""));
        Assert.Equal(0, await sample.StopAsync());
    }

    [Fact]
    public async Task Sample_ManyFirstRequestsAtOnce_AllOnDedicatedThreads()
    {
        await using var sample = await SampleProcess.StartAsync();
        using var client = sample.CreateClient();

        var answers = await Task.WhenAll(Enumerable.Range(0, 50)
            .Select(_ => client.GetStringAsync(new Uri("/thread", UriKind.Relative)))).Bounded();

        Assert.All(answers, answer => Assert.Equal("dedicated", answer));
    }

    private static async Task<JsonElement> GetAsync(HttpClient client, string path)
        => await client.GetFromJsonAsync<JsonElement>(new Uri(path, UriKind.Relative)).Bounded();

    private static async Task<HttpStatusCode> OrderAsync(HttpClient client, string json)
    {
        using var content = new StringContent(json);
        using var response = await client.PostAsync(new Uri("/orders", UriKind.Relative), content).Bounded();
        return response.StatusCode;
    }
}
