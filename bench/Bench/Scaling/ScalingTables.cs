using System.Globalization;
using System.Text;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Bench.Scaling;

/// <summary>The figures as Markdown.</summary>
/// <param name="costs">What was measured.</param>
/// <param name="spec">The run that it was measured of.</param>
public sealed class ScalingTables(StepCosts costs, RunSpec spec)
{
    private static readonly (string Name, Func<int, int, StepPlace> Of)[] Links =
    [
        ("1 Gbit/s", (workers, cores) => StepPlace.Network(workers, cores, 1)),
        ("10 Gbit/s", (workers, cores) => StepPlace.Network(workers, cores, 10)),
        ("100 Gbit/s", (workers, cores) => StepPlace.Network(workers, cores, 100)),
    ];

    private static readonly (string Name, Func<int, int, StepPlace> Of)[] Places =
        [("one process, a core a worker", (workers, _) => StepPlace.OneMachine(remote: 0, cores: workers)), .. Links];

    private readonly StringBuilder _text = new();

    /// <summary>What the formula is fed with.</summary>
    public string Inputs()
    {
        var (engine, server, message) = costs;
        Row("measured one by one", "ms", "bytes");
        Row("---", "---:", "---:");
        Row($"slot: gradient of {spec.Batch / spec.Slots} images, on one core", Milliseconds(engine.Slot), "");
        Row("slot, while every core computes", Milliseconds(engine.SlotBeside), "");
        Row("add: a pushed block, checked and added, in the grain", Milliseconds(server.Add), "");
        Row("optimize: mean and optimizer, in the grain", Milliseconds(server.Optimize), "");
        Row("publish: copy and digest of the weights, in the grain", Milliseconds(server.Publish), "");
        Row("send: the sender's cores for a call with one payload", Milliseconds(message.Send), "");
        Row("receive: the receiver's cores for it", Milliseconds(message.Receive), "");
        Row("call: there and back without payload", Milliseconds(message.Call), "");
        Row("order with weights", "", Number(message.OrderBytes));
        Row("push of one block", "", Number(message.PushBytes));
        Row("writing a push, a part of send", Milliseconds(message.Serialize), "");
        Row("reading it, a part of receive", Milliseconds(message.Deserialize), "");
        return Take();
    }

    /// <summary>The formula against runs on this machine.</summary>
    /// <param name="runs">The runs.</param>
    /// <param name="cores">The machine's cores.</param>
    public string Comparison(IEnumerable<ComparedRun> runs, int cores)
    {
        Row("", "workers", "images/s: measured", "formula", "ratio", "ms a step: measured", "formula", "in the engine, measured",
            "MB a step: measured", "formula");
        Row(["---", .. Enumerable.Repeat("---:", 9)]);
        foreach (var run in runs)
        {
            var forecast = StepForecast.Of(
                costs, new StepShare(run.Workers, spec.Slots), StepPlace.OneMachine(run.Remote, cores), spec.Batch);
            double measured = spec.Batch / run.Measured.StepSeconds;
            Row(run.Where, $"{run.Workers}", Number(measured), Number(forecast.ImagesPerSecond),
                (forecast.ImagesPerSecond / measured).ToString("F2", CultureInfo.InvariantCulture),
                Tenths(run.Measured.StepSeconds), Tenths(forecast.Seconds), Tenths(run.Measured.EngineSeconds),
                Megabytes(run.Measured.Payload), Megabytes(forecast.Payload));
        }

        return Take();
    }

    /// <summary>
    /// More and more workers, each on a machine of its own, and links of 1, 10 and 100 Gbit/s. Rows in which the same workers have work
    /// are one.
    /// </summary>
    /// <param name="specs">Workers, slots and batch, row by row.</param>
    /// <param name="cores">Cores of the server's machine.</param>
    public string Growth(IEnumerable<(int Workers, int Slots, int Batch)> specs, int cores)
    {
        string[] head = ["images/s", "cores, grain, link", "limit"];
        Row(["workers", "slots", "batch", .. Links.SelectMany(link => head.Select((text, i) => i == 0 ? $"{link.Name}: {text}" : text))]);
        Row([.. Enumerable.Repeat("---:", 3), .. Links.SelectMany(_ => (string[])["---:", "---:", "---"])]);
        foreach (var rows in specs.GroupBy(row => (Workers: Math.Min(row.Workers, row.Slots), row.Slots, row.Batch)))
        {
            var (workers, slots, batch) = rows.Key;
            int most = rows.Max(row => row.Workers);
            string shown = most == workers ? Number(workers) : $"{Number(workers)} to {Number(most)}";
            Row([shown, Number(slots), Number(batch), .. Links.SelectMany(link => Cells(Forecast(workers, slots, batch, link.Of, cores)))]);
        }

        return Take();
    }

    /// <summary>How many workers are the fastest, for some specs, in one process or each on a machine of its own.</summary>
    /// <param name="specs">Slots and batch, row by row.</param>
    /// <param name="cores">Cores of the server's machine.</param>
    public string Best(IEnumerable<(int Slots, int Batch)> specs, int cores)
    {
        Row(["slots", "batch", .. Places.SelectMany(place => (string[])[$"{place.Name}: workers", "images/s", "times one"])]);
        Row([.. Enumerable.Repeat("---:", 2 + 3 * Places.Length)]);
        foreach (var (slots, batch) in specs)
            Row([Number(slots), Number(batch), .. Places.SelectMany(place => BestOf(slots, batch, place.Of, cores))]);
        return Take();
    }

    private string[] BestOf(int slots, int batch, Func<int, int, StepPlace> place, int cores)
    {
        var speeds = Enumerable.Range(1, slots).Select(workers => Forecast(workers, slots, batch, place, cores).ImagesPerSecond).ToList();
        double best = speeds.Max();
        return [Number(speeds.IndexOf(best) + 1), Number(best), (best / speeds[0]).ToString("F1", CultureInfo.InvariantCulture)];
    }

    private StepForecast Forecast(int workers, int slots, int batch, Func<int, int, StepPlace> place, int cores) =>
        StepForecast.Of(costs, new StepShare(workers, slots), place(workers, cores), batch);

    private static string[] Cells(StepForecast forecast) =>
    [
        Number(forecast.ImagesPerSecond),
        $"{Percent(forecast.ProcessorLoad)}, {Percent(forecast.GrainLoad)}, {Percent(forecast.LinkLoad)} %",
        forecast.Limit.ToString().ToLowerInvariant(),
    ];

    private void Row(params string[] cells) => _text.Append("| ").AppendJoin(" | ", cells).Append(" |\n");

    private string Take()
    {
        string text = _text.ToString();
        _text.Clear();
        return text;
    }

    private static string Milliseconds(double seconds) => (1000 * seconds).ToString("F3", CultureInfo.InvariantCulture);

    private static string Tenths(double seconds) => (1000 * seconds).ToString("F1", CultureInfo.InvariantCulture);

    private static string Megabytes(double bytes) => (bytes / 1e6).ToString("F1", CultureInfo.InvariantCulture);

    private static string Number(double value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Percent(double share) => (100 * share).ToString("F0", CultureInfo.InvariantCulture);
}
