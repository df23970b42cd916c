using System.ComponentModel;
using System.Diagnostics;
using MnistDistributed.Bench.Scaling;
using MnistDistributed.Model.Data;
using MnistDistributed.Model.Engine.Torch;

namespace MnistDistributed.Bench.Comparison;

/// <summary>Ours and its peers, each of them in the settings under which it is fastest, and in its own default layout.</summary>
public sealed class Contenders
{
    private const string Python = "/usr/bin/python3";

    // Without it, glibc gives the memory of every step back to the system, and takes it again.
    private const string Allocator =
        "glibc.malloc.mmap_threshold=4294967296:glibc.malloc.trim_threshold=8589934592:glibc.malloc.top_pad=268435456";

    private static readonly (string Name, string[] Options)[] Layouts =
        [("default layout", []), ("channels_last", ["--channels-last"])];

    private readonly List<Contender> _all = [];
    private readonly List<string> _missing = [];

    private Contenders()
    {
    }

    /// <summary>Those that this machine and this build have.</summary>
    public IReadOnlyList<Contender> All => _all;

    /// <summary>Which are left out, and how they can be had, a line each.</summary>
    public IReadOnlyList<string> Missing => _missing;

    /// <summary>Finds them.</summary>
    /// <param name="stop">Ends the search.</param>
    public static async Task<Contenders> Find(CancellationToken stop)
    {
        var contenders = new Contenders();
        contenders.AddOurs();
        contenders.AddLibtorch();
        await contenders.AddPyTorch(stop);
        return contenders;
    }

    private void AddOurs()
    {
        foreach (int workers in (int[])[1, 2])
            Add(ComparisonRows.Ours(workers), workers, isOurs: true, stop => Contender.Run(Trainer(workers, []), stop));
        Add(ComparisonRows.OurProcesses, 2, isOurs: true, async stop =>
        {
            await using var cluster = await BenchCluster.Start(silos: 2, workers: 1, stop);
            return await Contender.Run(Trainer(2, cluster.TrainOptions), stop);
        });
    }

    private static ProcessStartInfo Trainer(int workers, IEnumerable<string> options) => ChildProcess.OfOurs(
        "Bench", ["bench", OwnCommand.Name, "--workers", $"{workers}", "--min-workers", $"{workers}", .. options]);

    private void AddLibtorch()
    {
        if (Libtorch.Problem is { } problem)
        {
            _missing.Add($"libtorch is left out; 'WithLibtorch=true ./mnist bench' gets it: {problem}");
            return;
        }

        foreach (int threads in (int[])[1, 2])
            foreach (var (layout, options) in Layouts)
            {
                Add($"libtorch, {layout}, {Threads(threads)}", threads, isOurs: false, stop => Contender.Run(
                    Tuned(ChildProcess.OfOurs("Bench", ["bench", LibtorchCommand.Name, "--threads", $"{threads}", .. options])), stop));
            }
    }

    private async Task AddPyTorch(CancellationToken stop)
    {
        string? blas = OperatingSystem.IsLinux() && Directory.Exists("/usr/lib")
            ? Directory.EnumerateDirectories("/usr/lib", "*-linux-gnu*")
                .Select(folder => Path.Combine(folder, "openblas-openmp")).FirstOrDefault(Directory.Exists)
            : null;
        if (blas is null || !await HasTorch(stop))
        {
            _missing.Add("PyTorch is left out; on Debian 'apt-get install python3-torch libopenblas0-openmp' gets it.");
            return;
        }

        foreach (int threads in (int[])[1, 2])
            foreach (var (layout, options) in Layouts)
                AddPeer($"{layout}, {Threads(threads)}", threads, ["--threads", $"{threads}", .. options]);
        foreach (var (layout, options) in Layouts)
            AddPeer($"DistributedDataParallel, gloo, {layout}, 2 processes", 2, ["--processes", "2", .. options]);

        void AddPeer(string variant, int threads, string[] options) => Add($"PyTorch, {variant}", threads, isOurs: false, stop =>
        {
            string script = Path.Combine(AppContext.BaseDirectory, "peer.py");
            var start = Tuned(new ProcessStartInfo(Python, [script, new MnistSource().CacheFolder, .. options]));
            start.Environment["LD_LIBRARY_PATH"] = blas;
            return Contender.Run(start, stop);
        });
    }

    private static async Task<bool> HasTorch(CancellationToken stop)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(Python, ["-c", "import torch"]) { RedirectStandardError = true })!;
            await process.WaitForExitAsync(stop);
            return process.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }

    private void Add(string name, int threads, bool isOurs, Func<CancellationToken, Task<Figures>> measure) =>
        _all.Add(new Contender(name, threads, isOurs, measure));

    private static ProcessStartInfo Tuned(ProcessStartInfo start)
    {
        start.Environment["GLIBC_TUNABLES"] = Allocator;
        return start;
    }

    private static string Threads(int threads) => threads == 1 ? "1 thread" : $"{threads} threads";
}
