namespace MnistDistributed.Deploy.Tests.Watching;

/// <summary>What a program exports.</summary>
/// <param name="Text">In Prometheus' text format.</param>
/// <param name="OpenMetrics">In the OpenMetrics format.</param>
internal sealed record Exposition(string Text, string OpenMetrics)
{
    private static readonly HttpClient Http = new();

    /// <summary>Asks a program for it, in both formats.</summary>
    public static async Task<Exposition> Of(int port) =>
        new(await Scrape(port, "text/plain", "0.0.4"), await Scrape(port, "application/openmetrics-text", "1.0.0"));

    private static async Task<string> Scrape(int port, string format, string version)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"http://127.0.0.1:{port}/metrics"));
        request.Headers.Add("Accept", $"{format};version={version}");
        using var answer = await Http.SendAsync(request);
        Assert.Equal(format, answer.Content.Headers.ContentType?.MediaType);
        return await answer.Content.ReadAsStringAsync();
    }
}
