using System.Globalization;
using System.Text.RegularExpressions;

namespace MnistDistributed.Coordinator.Tests.Http;

/// <summary>What Prometheus would take from an answer of <c>/metrics</c>.</summary>
internal sealed partial class Scrape
{
    private readonly List<(string Name, HashSet<string> Labels, double Value)> _samples = [];

    private Scrape(string text, string format)
    {
        (Text, Format) = (text, format);
        foreach (string line in text.Split('\n').Where(line => line.Length > 0 && line[0] != '#'))
        {
            var sample = Sample().Match(line);
            Assert.True(sample.Success, $"This is no sample: {line}");
            _samples.Add((
                sample.Groups["name"].Value,
                [.. Label().Matches(sample.Groups["labels"].Value).Select(label => label.Value)],
                Number(sample.Groups["value"].Value)));
        }
    }

    public string Text { get; }

    public string Format { get; }

    public static async Task<Scrape> Of(string url, string accept = "text/plain")
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{url}/metrics");
        request.Headers.TryAddWithoutValidation("Accept", accept);
        using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
        answer.EnsureSuccessStatusCode();
        string text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return new Scrape(text, answer.Content.Headers.ContentType!.ToString());
    }

    /// <summary>The values of all series that have these labels, such as <c>run="a"</c>.</summary>
    public IReadOnlyList<double> All(string name, params string[] labels) =>
        [.. _samples.Where(sample => sample.Name == name && sample.Labels.IsSupersetOf(labels)).Select(sample => sample.Value)];

    /// <summary>The value of the only series that has these labels; null if there is none.</summary>
    public double? One(string name, params string[] labels) => All(name, labels) is { Count: > 0 } values ? Assert.Single(values) : null;

    /// <summary>The names of all metrics that have a series with a label.</summary>
    public IReadOnlyList<string> Names(string label) =>
        [.. _samples.Where(sample => sample.Labels.Contains(label)).Select(sample => sample.Name).Distinct().Order(StringComparer.Ordinal)];

    private static double Number(string text) => text switch
    {
        "+Inf" => double.PositiveInfinity,
        "-Inf" => double.NegativeInfinity,
        _ => double.Parse(text, CultureInfo.InvariantCulture),
    };

    [GeneratedRegex(@"^(?<name>[a-zA-Z_:][\w:]*)(\{(?<labels>[^{}]*)\})? (?<value>\S+)$")]
    private static partial Regex Sample();

    [GeneratedRegex("""\w+="[^"]*["]""")]
    private static partial Regex Label();
}
