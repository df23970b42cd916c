using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using MnistDistributed.Grains.Hosting;

namespace MnistDistributed.Silo.Tests.Processes;

/// <summary>A silo process.</summary>
internal sealed partial class TestSilo : IAsyncDisposable
{
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(5) };

    private TestSilo(string name, IReadOnlyList<string> arguments, Func<IEnumerable<string>, ProgramProcess> start)
    {
        var (siloPort, gatewayPort, httpPort) = (Ports.Free(), Ports.Free(), Ports.Free());
        Name = name;
        var address = AddressIn(arguments, "--address");
        SiloAddress = $"{new IPEndPoint(address, siloPort)}";
        GatewayAddress = $"{new IPEndPoint(address, gatewayPort)}";
        HttpAddress = $"{new IPEndPoint(AddressIn(arguments, "--http-address"), httpPort)}";
        Process = start(
            ["--name", name, "--silo-port", $"{siloPort}", "--gateway-port", $"{gatewayPort}", "--http-port", $"{httpPort}", .. arguments]);
    }

    public string Name { get; }

    public string SiloAddress { get; }

    public string GatewayAddress { get; }

    public string HttpAddress { get; }

    public ProgramProcess Process { get; }

    /// <summary>Starts a silo on ports of its own.</summary>
    public static TestSilo Start(string name, string folder, params IEnumerable<string> arguments) =>
        Start(name, folder, null, arguments);

    /// <summary>Starts a silo on ports of its own, with environment variables.</summary>
    public static TestSilo Start(
        string name, string folder, IReadOnlyDictionary<string, string>? environment, params IEnumerable<string> arguments) =>
        new(name, [.. arguments], all => Programs.Silo(folder, all, environment));

    /// <summary>Starts a silo on an emulated Arm.</summary>
    public static TestSilo StartArm64(Arm64Programs arm, string name, string folder, params IEnumerable<string> arguments) =>
        new(name, [.. arguments], all => arm.Start("MnistDistributed.Silo", folder, all));

    /// <summary>Waits until it takes part.</summary>
    public async Task Ready()
    {
        await Process.Line("Data set ");
        var (code, text) = await Get("health/ready");
        Assert.Equal((HttpStatusCode.OK, "ready"), (code, text));
    }

    /// <summary>Waits until it takes part, or is over, as one is soon that the others have taken for dead.</summary>
    public async Task ReadyOrOver()
    {
        using var patience = new CancellationTokenSource(ProgramProcess.Patience);
        while (Process.IsRunning && !await IsReady())
        {
            Assert.False(patience.IsCancellationRequested, $"{Name} does not get ready.\n{Process.Said}");
            await Task.Delay(100);
        }
    }

    /// <summary>What an address of it answers.</summary>
    public async Task<(HttpStatusCode Code, string Text)> Get(string path)
    {
        using var answer = await Http.GetAsync(new Uri($"http://{HttpAddress}/{path}"));
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>What it says of itself; null if it does not answer.</summary>
    public async Task<SiloReport?> Status()
    {
        try
        {
            return JsonSerializer.Deserialize<SiloReport>((await Get("status")).Text, SiloReport.Json);
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return null;
        }
    }

    /// <summary>Steps of a run that were done by the parameter server here.</summary>
    public async Task<int> Steps(string run) => (int)await Metric("mnist_step_duration_seconds_count", $"run=\"{run}\"");

    /// <summary>A counter, summed over what has this label; 0 where there is none.</summary>
    public async Task<double> Metric(string name, string label)
    {
        string metrics = (await Get("metrics")).Text;
        return metrics.Split('\n')
            .Where(line => line.StartsWith(name + "{", StringComparison.Ordinal) && line.Contains(label, StringComparison.Ordinal))
            .Sum(line => double.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture));
    }

    /// <summary>Holds each line of its log to be one event.</summary>
    public void AssertLog() => Assert.All(Process.Output, line => Assert.Matches(LogLine(), line));

    public ValueTask DisposeAsync() => Process.DisposeAsync();

    private async Task<bool> IsReady()
    {
        try
        {
            return (await Get("health/ready")).Code == HttpStatusCode.OK;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return false;
        }
    }

    private static IPAddress AddressIn(IReadOnlyList<string> arguments, string option) =>
        arguments.SkipWhile(argument => argument != option).ElementAtOrDefault(1) is { } address ? IPAddress.Parse(address)
            : IPAddress.Loopback;

    [GeneratedRegex(@"^\d\d:\d\d:\d\d\.\d{3} (debug|info |warn |error) \S")]
    private static partial Regex LogLine();
}
