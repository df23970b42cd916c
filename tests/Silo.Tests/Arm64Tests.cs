using MnistDistributed.Silo.Tests.Processes;

namespace MnistDistributed.Silo.Tests;

/// <summary>The bits of x64 on Arm, which an emulator plays: those of the arithmetic, of a training, and of a cluster of both.</summary>
public sealed class Arm64Tests : IAsyncDisposable
{
    // An emulated processor does some 20 images a second.
    private const int Images = 500;
    private const int Validation = 52;

    private readonly TemporaryFolder _folder = new();
    private readonly SiloGroup _silos = new();

    public Arm64Tests() => SmallData.Write(_folder.File("data"), Images, test: 100);

    public async ValueTask DisposeAsync()
    {
        await _silos.DisposeAsync();
        _folder.Dispose();
    }

    // ProcessorTests hold which bits those of x64 are.
    [Fact]
    public async Task Arithmetic_gives_the_bits_of_x64()
    {
        var arm = await Arm64Programs.Get();
        await using var emulated = arm.Start("MnistDistributed.NumericsProbe", _folder.Path, []);
        await using var here = ProgramProcess.Start("MnistDistributed.NumericsProbe.dll", _folder.Path, []);
        var (processor, bits) = await Said(emulated);

        // The vectors of Arm, and nothing of x64.
        Assert.StartsWith("128=True 256=False 512=False avx=False", processor, StringComparison.Ordinal);
        Assert.Equal((await Said(here)).Bits, bits);

        static async Task<(string Processor, string Bits)> Said(ProgramProcess probe)
        {
            Assert.True(await probe.End() == 0 && probe.Output.Count == 2, probe.Said);
            return (probe.Output[0], probe.Output[1]);
        }
    }

    [Fact]
    public async Task A_training_gives_the_weights_of_x64()
    {
        var arm = await Arm64Programs.Get();
        await using var emulated = arm.Start("MnistDistributed.Coordinator", _folder.Path, Training("arm64"));

        Assert.Equal(await Reference(), await Result(emulated, "arm64"));
    }

    [Fact]
    public async Task A_cluster_of_an_x64_and_an_arm64_silo_gives_the_weights_of_x64()
    {
        var arm = await Arm64Programs.Get();
        var x64 = TestSilo.Start("x64", _folder.Path, SiloArguments());
        _silos.Add(x64);
        await x64.Ready();
        var arm64 = TestSilo.StartArm64(arm, "arm64", _folder.Path, SiloArguments("--primary", x64.SiloAddress));
        _silos.Add(arm64);
        await arm64.ReadyOrOver();

        await using var train = Programs.Coordinator(_folder.Path, Training("both",
            "--cluster", x64.GatewayAddress, "--min-silos", "2", "--workers", "2", "--min-workers", "2", "--quorum-timeout", "180"));
        string weights = await Result(train, "both");

        // Neither computed all gradients: some of those in the weights are the other's.
        Assert.InRange(await Computed(x64), 1, Images - Validation - 1);
        Assert.InRange(await Computed(arm64), 1, Images - Validation - 1);
        Assert.Contains("2 workers on 2 silos", train.Said, StringComparison.Ordinal);
        Assert.Equal(await Reference(), weights);
    }

    // A silo whose processor is emulated may be silent for longer than a real one that lives.
    private static string[] SiloArguments(params string[] more) =>
        ["--data", "data", "--workers", "1", "--probe-timeout", "5", .. more];

    private static string[] Training(string name, params string[] more) =>
        ["train", "--data", "data", "--validation", $"{Validation}", "--epochs", "1", "--batch", "32", "--run", name, "--no-http", .. more];

    /// <summary>How many images' gradients a silo computed.</summary>
    private static async Task<double> Computed(TestSilo silo)
    {
        double images = 0;
        // An emulated silo does not always answer in time.
        await SiloGroup.Until(silo, async () =>
        {
            images = await silo.Metric("mnist_worker_images_total", "run=\"both\"");
            return true;
        });
        return images;
    }

    private async Task<string> Reference()
    {
        await using var train = Programs.Coordinator(_folder.Path, Training("x64"));
        return await Result(train, "x64");
    }

    private async Task<string> Result(ProgramProcess train, string run)
    {
        Assert.True(await train.End() == 0, $"{train.Said}\n\n{_silos.Said}");
        return Workspace.Metric(_folder.File($"runs/{run}"), "weightsSha256")!;
    }
}
