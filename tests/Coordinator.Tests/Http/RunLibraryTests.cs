using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using MnistDistributed.Coordinator.Http;
using MnistDistributed.Coordinator.Runs;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Coordinator.Tests.Http;

/// <summary>The runs of a folder as a browser gets them.</summary>
public sealed class RunLibraryTests : IAsyncLifetime
{
    private static readonly RunSpec Spec = new() { TrainingImages = 60000, DataDigest = new string('a', 64) };

    private readonly TemporaryFolder _folder = new();
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromMinutes(1) };
    private WebApplication? _app;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string Runs => _folder.File("runs");

    public async ValueTask InitializeAsync()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Listen();
        _http.BaseAddress = new Uri($"http://{socket.LocalEndPoint}/");
        _app = new RunLibrary(Runs, TimeProvider.System).Build(socket);
        await _app.StartAsync(Stop);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _app!.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Without_a_folder_it_is_live_and_not_ready_and_lists_nothing()
    {
        Assert.Equal((200, "live"), await Get("health/live"));
        Assert.Equal((503, $"There is no folder {Runs} yet."), await Get("health/ready"));
        Assert.Contains("There is none yet.", (await Get("")).Body, StringComparison.Ordinal);
        Assert.Equal((200, "[]"), await Get("runs.json"));
    }

    [Fact]
    public async Task Runs_are_listed_and_the_files_of_their_results_are_served()
    {
        string run = Begun("nightly");
        File.WriteAllText(Path.Combine(run, "report.html"), "<p>ninety-nine</p>");
        Assert.Equal((200, "ready"), await Get("health/ready"));
        Assert.Equal((200, "<p>ninety-nine</p>"), await Get("runs/nightly/report.html"));
        Assert.Contains("\"seed\": 1", (await Get("runs/nightly/spec.json")).Body, StringComparison.Ordinal);
        Assert.Contains("<th scope=\"row\">nightly</th><td>interrupted</td>", (await Get("")).Body, StringComparison.Ordinal);
        using var listed = JsonDocument.Parse((await Get("runs.json")).Body);
        Assert.Equal("nightly", Assert.Single(listed.RootElement.EnumerateArray()).GetProperty("id").GetString());
        Assert.Equal(200, (await Get("metrics")).Code);
    }

    [Theory]
    [InlineData("runs/nightly/model.safetensors")]
    [InlineData("runs/nightly/owner.json")]
    [InlineData("runs/nightly/checkpoints")]
    [InlineData("runs/other/spec.json")]
    [InlineData("runs/no-run/secret.txt")]
    [InlineData("runs/no-run/report.html")]
    [InlineData("runs/%2E%2E/secret.txt")]
    [InlineData("runs/nightly%2F..%2F../secret.txt")]
    [InlineData("runs/nightly/..%2F..%2Fsecret.txt")]
    public async Task What_is_no_file_of_a_result_is_not_there(string path)
    {
        Begun("nightly");
        Directory.CreateDirectory(Path.Combine(Runs, "no-run"));
        File.WriteAllText(Path.Combine(Runs, "no-run", "secret.txt"), "hidden");
        File.WriteAllText(Path.Combine(Runs, "no-run", "report.html"), "hidden");
        File.WriteAllText(_folder.File("secret.txt"), "hidden");
        var (code, body) = await Get(path);
        Assert.Equal(404, code);
        Assert.DoesNotContain("hidden", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_in_a_runs_folder_is_text_in_the_list()
    {
        Directory.CreateDirectory(Path.Combine(Runs, "<script>alert(1)<"));
        var (_, page) = await Get("");
        Assert.DoesNotContain("<script>", page, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;alert(1)&lt;", page, StringComparison.Ordinal);
    }

    private string Begun(string name)
    {
        using var folder = RunFolder.CreateNamed(Path.Combine(Runs, name), Spec);
        return folder.Path;
    }

    private async Task<(int Code, string Body)> Get(string path)
    {
        using var answer = await _http.GetAsync(new Uri(path, UriKind.Relative), Stop);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(Stop));
    }
}
