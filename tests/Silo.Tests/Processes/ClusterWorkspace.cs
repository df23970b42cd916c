using System.Text.RegularExpressions;
using MnistDistributed.Model.Data;

namespace MnistDistributed.Silo.Tests.Processes;

/// <summary>A folder with another data set besides, and the runs that are trained on them.</summary>
internal sealed class ClusterWorkspace : Workspace
{
    /// <summary>Steps of an epoch.</summary>
    public const int EpochSteps = 28;

    /// <summary>Steps of a run of a few seconds.</summary>
    public const int AllSteps = 4 * EpochSteps;

    /// <summary>Epochs of a run that gets over several faults one after the other.</summary>
    public const int LongEpochs = 12;

    private const int Epochs = AllSteps / EpochSteps;

    // One process, one thread of every kind: what every cluster has to come to.
    private static readonly Lazy<Task<string>> InProcess = new(() => Undisturbed(Epochs));
    private static readonly Lazy<Task<string>> LongInProcess = new(() => Undisturbed(LongEpochs));

    public ClusterWorkspace() => SmallData.Write(InFolder("other"), training: 4000, test: 599);

    /// <summary>The sum of the run in one process.</summary>
    public static Task<string> Reference => InProcess.Value;

    /// <summary>The sum of the long run in one process.</summary>
    public static Task<string> LongReference => LongInProcess.Value;

    /// <summary>Digest of a data set.</summary>
    public string Digest(string set) => DataFolder.Load(InFolder(set), CancellationToken.None).Digest;

    /// <summary>Starts a coordinator that trains afresh, for a few seconds.</summary>
    public new ProgramProcess Train(params IEnumerable<string> arguments) => Train(Epochs, arguments);

    /// <summary>Starts a coordinator that trains afresh.</summary>
    public ProgramProcess Train(int epochs, params IEnumerable<string> arguments) => base.Train(["--epochs", $"{epochs}", .. arguments]);

    /// <summary>Starts a coordinator that goes on with a run.</summary>
    public ProgramProcess Resume(string run, params IEnumerable<string> arguments) =>
        Start(["train", "--resume", $"runs/{run}", "--data", "data", .. arguments]);

    /// <summary>The run that a coordinator trains.</summary>
    public static async Task<string> RunOf(ProgramProcess train) => Regex.Match(await train.Line("Run "), "^Run ([^:]+):").Groups[1].Value;

    /// <summary>Waits for the end of a training, which has to be a good one.</summary>
    /// <returns>weightsSha256 of its metrics.json.</returns>
    public async Task<string> Weights(ProgramProcess train)
    {
        Assert.True(await train.End() == 0, train.Said);
        return Metric(InFolder($"runs/{await RunOf(train)}"), "weightsSha256")!;
    }

    /// <summary>Copies a run's folder, so that one run can be resumed twice.</summary>
    public void CopyRun(string from, string to)
    {
        string source = Path.Combine(Folder, "runs", from);
        foreach (string file in Directory.GetFiles(source, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(Folder, "runs", to, Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }

    private static async Task<string> Undisturbed(int epochs)
    {
        using var workspace = new ClusterWorkspace();
        await using var train = workspace.Train(epochs, "--workers", "1");
        return await workspace.Weights(train);
    }
}
