using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using MnistDistributed.Coordinator.Commands;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Model.Data;
using MnistDistributed.Model.Engine.Torch;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MnistDistributed.Bench.Comparison;

/// <summary>
/// The process of libtorch as a peer, by way of TorchSharp: the same network on resident tensors, batches gathered by index, and nothing
/// but training; then the evaluation of the test images. <c>peer.py</c> does the same in Python.
/// </summary>
public static class LibtorchCommand
{
    /// <summary>The command's name.</summary>
    public const string Name = "libtorch";

    private const int Batch = 128;
    private const int WarmUp = 20;
    private const int Steps = 150;
    private const int Passes = 3;

    private static readonly Option<int> Threads = new("--threads");
    private static readonly Option<bool> ChannelsLast = new("--channels-last");

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var command = new Command(Name) { Threads, ChannelsLast };
        command.Hidden = true;
        command.SetAction(Run);
        return command;
    }

    private static async Task<int> Run(ParseResult arguments, CancellationToken stop)
    {
        var data = await DataSets.Load(null, stop);
        Libtorch.Load();
        // The number holds for the calling thread.
        set_num_threads(arguments.GetNumber(Threads, 1, 1024));
        Console.WriteLine(JsonSerializer.Serialize(Measure(data, arguments.GetValue(ChannelsLast)), Figures.Json));
        return 0;
    }

    private static Figures Measure(DataSet data, bool channelsLast)
    {
        // What nothing holds may be freed in the middle of a call.
        using var all = NewDisposeScope();
        var (images, labels) = Tensors(data.Train);
        var model = Network(channelsLast);
        var optimizer = optim.Adam(model.parameters(), 1e-3);
        var order = randperm(data.Train.Count, ScalarType.Int64);
        Train(0, 1);
        double first = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 1000.0;
        Train(1, WarmUp);
        double trained = Speed(Steps * Batch, () => Train(WarmUp, WarmUp + Steps));
        using var process = Process.GetCurrentProcess();
        long peak = process.PeakWorkingSet64;

        var (tests, _) = Tensors(data.Test);
        model.eval();
        Evaluate(model, tests[..2000]);
        double evaluated = Median.Of(Enumerable.Range(0, Passes).Select(_ => Speed(data.Test.Count, () => Evaluate(model, tests))));
        return new Figures
        {
            Version = __version__,
            TrainImagesPerSecond = trained,
            EvaluationImagesPerSecond = evaluated,
            FirstStepAt = first,
            PeakBytes = peak,
        };

        void Train(int from, int to)
        {
            for (int step = from; step < to; step++)
            {
                using var scope = NewDisposeScope();
                var chosen = order.narrow(0, step * Batch, Batch);
                optimizer.zero_grad();
                functional.cross_entropy(model.forward(images.index_select(0, chosen)), labels.index_select(0, chosen)).backward();
                optimizer.step();
            }
        }
    }

    private static Sequential Network(bool channelsLast)
    {
        var (conv1, conv2) = (Conv2d(1, 32, 3), Conv2d(32, 64, 3));
        if (channelsLast)
            foreach (var layer in (Conv2d[])[conv1, conv2])
                layer.weight = new Parameter(layer.weight.detach().permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2).clone());

        return Sequential(
            conv1, ReLU(), MaxPool2d(2), conv2, ReLU(), MaxPool2d(2),
            Flatten(), Linear(1600, 128), ReLU(), Dropout(0.5), Linear(128, 10));
    }

    private static void Evaluate(Sequential model, Tensor images)
    {
        using var constant = no_grad();
        foreach (var batch in images.split(1000))
        {
            using var scope = NewDisposeScope();
            model.forward(batch).argmax(1);
        }
    }

    private static (Tensor Images, Tensor Labels) Tensors(ImageSet set) => (
        tensor(set.AllPixels.ToArray()).reshape(-1, 1, ImageSet.Side, ImageSet.Side).to(ScalarType.Float32).div_(255),
        tensor(set.Labels.ToArray()).to(ScalarType.Int64));

    private static double Speed(int images, Action action)
    {
        long began = Stopwatch.GetTimestamp();
        action();
        return images / Stopwatch.GetElapsedTime(began).TotalSeconds;
    }
}
