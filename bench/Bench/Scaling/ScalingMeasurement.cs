using System.Diagnostics;
using MnistDistributed.Grains.ParameterServer;
using MnistDistributed.Model.Data;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Bench.Scaling;

/// <summary>Measures what the formula needs, one by one, and the runs that it is held against.</summary>
/// <param name="data">MNIST.</param>
/// <param name="say">Is told how far it is.</param>
public sealed class ScalingMeasurement(DataSet data, TextWriter say)
{
    private const int MostSilos = 4;

    private readonly List<ComparedRun> _runs = [];

    /// <summary>The run, as it is by default but for its length.</summary>
    public RunSpec Spec { get; } = new()
        { TrainingImages = data.Train.Count, DataDigest = data.Digest, Epochs = 2, Validation = data.Train.Count / 2 };

    /// <summary>The runs.</summary>
    public IReadOnlyList<ComparedRun> Runs => _runs;

    /// <summary>Measures all of it.</summary>
    /// <param name="stop">Ends it.</param>
    public async Task<StepCosts> Measure(CancellationToken stop)
    {
        say.WriteLine("engine");
        var engine = new EngineMeasurement(Spec, data.Train).Measure();
        say.WriteLine("parameter server");
        var server = new ServerMeasurement(Spec).Measure();
        await Train("in process", 1, 0, [], stop);
        await Train("in process", 2, 0, [], stop);
        var message = await MeasureOneSilo(stop);
        for (int silos = 2; silos <= MostSilos; silos++)
        {
            await using var cluster = await BenchCluster.Start(silos, workers: 1, stop);
            await Train($"{silos} silo processes", silos, silos - 1, cluster.TrainOptions, stop);
        }

        return new StepCosts(engine, server, message);
    }

    private async Task<MessageCost> MeasureOneSilo(CancellationToken stop)
    {
        await using var cluster = await BenchCluster.Start(silos: 1, workers: 2, stop);
        say.WriteLine("messages");
        MessageCost message;
        await using (var client = await cluster.Connect(stop))
        {
            using var silo = Process.GetProcessById(cluster.FirstProcess);
            var server = client.Grains.GetGrain<IParameterServerGrain>("bench");
            message = await new MessageMeasurement(server, silo, Spec.Network.ParameterCount()).Measure();
        }

        await Train("1 silo process", 1, 0, cluster.TrainOptions, stop);
        await Train("1 silo process", 2, 0, cluster.TrainOptions, stop);
        return message;
    }

    private async Task Train(string where, int workers, int remote, IEnumerable<string> options, CancellationToken stop)
    {
        say.WriteLine($"{where}, workers: {workers}");
        string[] all =
        [
            "--no-http", .. options, "--epochs", $"{Spec.Epochs}", "--validation", $"{Spec.Validation}", "--workers", $"{workers}",
            "--min-workers", $"{workers}",
        ];
        var (run, _) = await TrainedRun.Train(all, new Dictionary<string, string>(), stop);
        _runs.Add(new ComparedRun(where, workers, remote, run));
    }
}
