using System.Collections.Concurrent;
using System.Net;
using MnistDistributed.Deploy.Tests.Kubernetes.Rules;

[assembly: AssemblyFixture(typeof(MnistDistributed.Deploy.Tests.Kubernetes.ProgramRoutes))]

namespace MnistDistributed.Deploy.Tests.Kubernetes;

/// <summary>What the real programs answer over HTTP. Each is started once, when it is asked.</summary>
public sealed class ProgramRoutes : IAsyncDisposable
{
    private readonly Workspace _workspace = new();
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(30) };
    private readonly ConcurrentDictionary<string, Lazy<Task<int>>> _ports = new();
    private readonly ConcurrentBag<ProgramProcess> _programs = [];

    /// <summary>The paths at which pods are probed or scraped, and whose program answers there that it knows no such path.</summary>
    public async Task<IReadOnlyList<string>> Unknown(Manifests manifests)
    {
        var unknown = new List<string>();
        foreach (var pod in manifests.Pods)
        {
            foreach (var container in pod.Spec.Containers.Where(container => OurPrograms.ImageOf(container) is not null))
            {
                string command = OurPrograms.ImageOf(container) == OurPrograms.SiloImage ? "silo" : container.Args[0];
                var paths = PortRules.Probes(container).Select(probe => probe.HttpGet.Path)
                    .Append(pod.Template.Metadata.Annotations["prometheus.io/path"]);
                foreach (string path in paths.Distinct())
                {
                    if (!await IsKnown(command, path))
                        unknown.Add($"{pod.Where}: {command} knows no {path}.");
                }
            }
        }

        return unknown;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var program in _programs)
            await program.DisposeAsync();
        _http.Dispose();
        _workspace.Dispose();
    }

    private async Task<bool> IsKnown(string command, string path)
    {
        int port = await _ports.GetOrAdd(command, _ => new Lazy<Task<int>>(() => Start(command))).Value;
        using var answer = await _http.GetAsync(new Uri($"http://127.0.0.1:{port}{path}"));
        return answer.StatusCode != HttpStatusCode.NotFound;
    }

    private async Task<int> Start(string command)
    {
        int port = Ports.Free();
        var process = command switch
        {
            "silo" => Programs.Silo(_workspace.Folder,
                ["--data", "data", "--silo-port", $"{Ports.Free()}", "--gateway-port", $"{Ports.Free()}", "--http-port", $"{port}"]),
            // Long enough to be asked, whatever else is tested meanwhile.
            "train" => _workspace.Train("--epochs", "1", "--http", $"127.0.0.1:{port}", "--linger", "3600"),
            _ => _workspace.Start(command, "--http", $"127.0.0.1:{port}"),
        };
        _programs.Add(process);
        await process.Line(command == "silo" ? "Data set " : $"http://127.0.0.1:{port}");
        return port;
    }
}
