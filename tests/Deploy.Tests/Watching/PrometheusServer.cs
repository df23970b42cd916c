using System.Globalization;
using System.Text.Json;

namespace MnistDistributed.Deploy.Tests.Watching;

/// <summary>A Prometheus of its own, with the configuration and the rules of deploy/prometheus.</summary>
internal sealed class PrometheusServer : IAsyncDisposable
{
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(30) };
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly ProgramProcess _process;
    private readonly Uri _api;

    private PrometheusServer(ProgramProcess process, int port) => (_process, _api) = (process, new Uri($"http://127.0.0.1:{port}/api/v1/"));

    /// <summary>Starts it.</summary>
    /// <param name="folder">Where its configuration is copied to and its data go.</param>
    /// <param name="coordinators">The coordinators' HTTP ports.</param>
    /// <param name="silos">The silos' HTTP ports.</param>
    public static async Task<PrometheusServer> Start(string folder, IEnumerable<int> coordinators, IEnumerable<int> silos)
    {
        string config = Path.Combine(folder, "deploy", "prometheus");
        string targets = Path.Combine(config, "targets");
        Directory.CreateDirectory(targets);
        foreach (string file in (string[])["prometheus.yml", "rules.yml"])
            File.Copy(Path.Combine(Repository.Root, "deploy", "prometheus", file), Path.Combine(config, file));
        WriteTargets(Path.Combine(targets, "coordinators.yml"), coordinators);
        WriteTargets(Path.Combine(targets, "silos.yml"), silos);
        int port = Ports.Free();
        var process = ProgramProcess.Start("prometheus", folder,
            [
                $"--config.file={Path.Combine(config, "prometheus.yml")}", $"--storage.tsdb.path={Path.Combine(folder, "data")}",
                $"--web.listen-address=127.0.0.1:{port}",
            ]);
        await process.Line("Server is ready to receive web requests");
        return new PrometheusServer(process, port);
    }

    /// <summary>What an expression gives now, a series an element.</summary>
    public async Task<IReadOnlyList<JsonElement>> Query(string expression) => Result(await Get("query", ("query", expression)));

    /// <summary>What an expression has given over some minutes until now, a series an element.</summary>
    public async Task<IReadOnlyList<JsonElement>> QueryRange(string expression, TimeSpan range)
    {
        var now = DateTimeOffset.UtcNow;
        return Result(await Get(
            "query_range", ("query", expression), ("start", Seconds(now - range)), ("end", Seconds(now)), ("step", "2")));
    }

    /// <summary>The only value that an expression gives now.</summary>
    public async Task<double> Value(string expression) => ValueOf(Assert.Single(await Query(expression)));

    /// <summary>The value of a series of <see cref="Query"/>.</summary>
    public static double ValueOf(JsonElement series) =>
        double.Parse(series.GetProperty("value")[1].GetString()!, CultureInfo.InvariantCulture);

    /// <summary>The labels of a series, without its name.</summary>
    public static IReadOnlyDictionary<string, string> LabelsOf(JsonElement series) =>
        series.GetProperty("metric").EnumerateObject().Where(label => label.Name != "__name__")
            .ToDictionary(label => label.Name, label => label.Value.GetString()!);

    /// <summary>The values of a label.</summary>
    public async Task<IReadOnlyList<string>> LabelValues(string label, string selector) =>
        [.. (await Get($"label/{label}/values", ("match[]", selector))).EnumerateArray().Select(value => value.GetString()!)];

    /// <summary>The rules that it has loaded, as its API describes them.</summary>
    public async Task<IReadOnlyList<JsonElement>> Rules() =>
        [.. (await Get("rules")).GetProperty("groups").EnumerateArray().SelectMany(group => group.GetProperty("rules").EnumerateArray())];

    /// <summary>Waits until an expression gives something.</summary>
    public async Task Until(string expression, params ProgramProcess[] alive)
    {
        using var patience = new CancellationTokenSource(ProgramProcess.Patience);
        while ((await Query(expression)).Count == 0)
        {
            Assert.False(patience.IsCancellationRequested, $"Nothing came of '{expression}'.\n{_process.Said}");
            Assert.All(alive, process => Assert.True(process.IsRunning, process.Said));
            await Task.Delay(Pause);
        }
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private static void WriteTargets(string file, IEnumerable<int> ports) =>
        File.WriteAllText(file, $"- targets: [{string.Join(", ", ports.Select(port => $"'127.0.0.1:{port}'"))}]\n");

    private static string Seconds(DateTimeOffset time) =>
        (time.ToUnixTimeMilliseconds() / 1000.0).ToString("F3", CultureInfo.InvariantCulture);

    private static IReadOnlyList<JsonElement> Result(JsonElement data) => [.. data.GetProperty("result").EnumerateArray()];

    private async Task<JsonElement> Get(string path, params IEnumerable<(string Name, string Value)> arguments)
    {
        string query = string.Join('&', arguments.Select(argument => $"{argument.Name}={Uri.EscapeDataString(argument.Value)}"));
        using var answer = await Http.GetAsync(new Uri(_api, $"{path}?{query}"));
        string text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{path} {query}\n{text}");
        using var json = JsonDocument.Parse(text);
        return json.RootElement.GetProperty("data").Clone();
    }
}
