using System.Globalization;
using MnistDistributed.Coordinator.Training;
using MnistDistributed.Model.Network;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Coordinator.Reports;

/// <summary>The report's last part: what was set, what it ran on, how fast each epoch was, and the digests.</summary>
public static class RunDetails
{
    /// <summary>Settings, recipe and machine as lists of terms.</summary>
    public static Html Settings(RunSummary summary) => $"""
        <div class="columns">
        {List("Settings", SpecTerms(summary.Spec))}
        {List("Recipe", RecipeTerms(summary.Spec.Recipe))}
        {List("Ran on", RuntimeTerms(summary.Runtime))}
        {(summary.Usage.Happened is null ? Html.Empty : List("On the way", UsageTerms(summary.Usage)))}
        </div>
        """;

    /// <summary>The epochs as a table.</summary>
    public static Html Epochs(RunSummary summary)
    {
        int images = summary.Spec.TrainingImages - summary.Spec.Validation;
        double fastest = summary.Epochs.Select(epoch => images / epoch.Seconds).Where(double.IsFinite).DefaultIfEmpty(1).Max();
        bool validated = summary.Epochs.Any(epoch => epoch.ValidationLoss is not null);
        return $"""
            <div class="scroll" tabindex="0" role="region" aria-label="Epochs">
            <table class="epochs">
            <thead><tr><th scope="col">Epoch</th><th scope="col">Training loss</th><th scope="col">Training accuracy</th>{
            (validated ? (Html)$"""<th scope="col">Validation loss</th><th scope="col">Validation accuracy</th>""" : Html.Empty)
            }<th scope="col">Learning rate</th><th scope="col">Time</th><th scope="col" class="bars">Images/s</th></tr></thead>
            <tbody>
            {summary.Epochs.Select(Row)}
            </tbody>
            </table>
            </div>
            """;

        Html Row(EpochRecord epoch)
        {
            double speed = images / epoch.Seconds;
            double part = double.IsFinite(speed) ? speed / fastest : 0;
            Html validation = validated
                ? (Html)$"<td>{Format.Loss(epoch.ValidationLoss)}</td><td>{Format.Percent(epoch.ValidationAccuracy)}</td>"
                : Html.Empty;
            return $"""
                <tr><th scope="row">{epoch.Epoch + 1}</th><td>{Format.Loss(epoch.TrainLoss)}</td>
                <td>{Format.Percent(epoch.TrainAccuracy)}</td>{validation}
                <td>{Format.Rate(epoch.LearningRate)}</td><td>{Format.Duration(epoch.Seconds)}</td>
                <td class="bars"><span class="bar speed" style="--part:{part:0.###}"></span>{Format.Count(speed)}</td></tr>

                """;
        }
    }

    /// <summary>The digests, each with a button that copies it.</summary>
    public static Html Digests(RunSummary summary) => $"""
        <dl class="digests">
        {Digest("Weights, SHA-256", summary.WeightsSha256)}
        {(summary.Spec.InitialWeights is { } initial ? Digest("Weights it began at, SHA-256", initial) : Html.Empty)}
        {Digest("Data, SHA-256", summary.Spec.DataDigest)}
        </dl>
        """;

    private static Html Digest(string name, string digest) =>
        $"""<dt>{name}</dt><dd><code>{digest}</code> <button type="button" class="copy" aria-label="Copy {name}">Copy</button></dd>""";

    private static Html List(string title, IEnumerable<(string Name, string Value)> terms) => $"""
        <section><h3>{title}</h3><dl>{terms.Select(term => (Html)$"<div><dt>{term.Name}</dt><dd>{term.Value}</dd></div>")}</dl></section>
        """;

    private static IEnumerable<(string Name, string Value)> SpecTerms(RunSpec spec)
    {
        yield return ("Seed", $"{spec.Seed}");
        yield return ("Epochs", $"{spec.Epochs}");
        yield return ("Batch", $"{spec.Batch} images");
        yield return ("Slots", $"{spec.Slots}");
        yield return ("Training images", Format.Count(spec.TrainingImages - spec.Validation));
        yield return ("Held out", spec.Validation == 0 ? "none" : Format.Count(spec.Validation));
        CnnShape network = spec.Network;
        yield return ("Network", $"conv {network.Conv1}, conv {network.Conv2}, dense {network.Hidden}");
        yield return ("Parameters", Format.Count(network.ParameterCount()));
        yield return ("Engine", $"{spec.Engine}, numerics {spec.NumericsVersion}");
    }

    private static IEnumerable<(string Name, string Value)> RecipeTerms(Recipe recipe)
    {
        yield return ("Optimizer", recipe.Optimizer == OptimizerKind.Adam ? "Adam" : "SGD, Nesterov");
        yield return ("Learning rate", Format.Setting(recipe.LearningRate));
        yield return ("Schedule", recipe.Schedule switch
        {
            ScheduleKind.OneCycle => "one cycle",
            ScheduleKind.Step => $"times {Format.Setting(recipe.StepFactor)} every {recipe.StepEpochs} epochs",
            ScheduleKind.Cosine => "cosine",
            _ => "constant",
        });
        if (recipe.Schedule != ScheduleKind.OneCycle)
            yield return ("Warm-up", recipe.WarmUpEpochs == 0 ? "none" : $"{Format.Setting(recipe.WarmUpEpochs)} epochs");
        if (recipe.Optimizer == OptimizerKind.Adam)
        {
            yield return ("Betas", $"{Format.Setting(recipe.Beta1)}, {Format.Setting(recipe.Beta2)}");
            yield return ("Epsilon", Format.Setting(recipe.Epsilon));
        }
        else
        {
            yield return ("Momentum", Format.Setting(recipe.Momentum));
        }
        yield return ("Dropout", OrNone(recipe.Dropout));
        yield return ("Weight decay", OrNone(recipe.WeightDecay));
        yield return ("Gradient clipping", OrNone(recipe.ClipNorm));
        yield return ("Label smoothing", OrNone(recipe.LabelSmoothing));
        yield return ("Random shift", recipe.Shift == 0 ? "none" : $"up to {recipe.Shift} px");
        yield return ("Random rotation", recipe.Rotation == 0 ? "none" : $"up to {Format.Setting(recipe.Rotation)}°");
        yield return ("Random scaling", recipe.Scaling == 0 ? "none" : $"up to {Format.Setting(100 * recipe.Scaling)} %");
        yield return ("Elastic distortion", recipe.Elastic == 0 ? "none" : $"{Format.Setting(recipe.Elastic)} px");
    }

    private static IEnumerable<(string Name, string Value)> RuntimeTerms(RuntimeInfo runtime)
    {
        yield return ("Silos", $"{runtime.Silos}");
        yield return ("Workers", $"{runtime.Workers}");
        if (runtime.Step is { } step)
            yield return ("A step took", string.Create(
                CultureInfo.InvariantCulture, $"{step.Milliseconds:N1} ms, {step.EngineMilliseconds:N1} ms of it in the engine"));
        yield return ("Processors", $"{runtime.Processors}");
        yield return ("System", runtime.OperatingSystem);
        yield return (".NET", runtime.DotNet.Replace(".NET ", "", StringComparison.Ordinal));
    }

    private static IEnumerable<(string Name, string Value)> UsageTerms(RunCounters usage)
    {
        yield return ("Terms of the parameter server", Format.Count(usage.Terms));
        yield return ("Orders repeated", Format.Count(usage.Total.RepeatedOrders));
        string faster = $"{Format.Count(usage.Total.SpeculativeWins)} of them the faster";
        yield return ("Speculative orders", $"{Format.Count(usage.Total.SpeculativeOrders)}, {faster}");
        yield return ("Stale pushes", Format.Count(usage.Total.StalePushes));
        yield return ("Rejected pushes", Format.Count(usage.Total.RejectedPushes));
    }

    private static string OrNone(double value) => value == 0 ? "none" : Format.Setting(value);
}
