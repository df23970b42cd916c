using System.Globalization;
using MnistDistributed.Coordinator.Training;
using MnistDistributed.Model.Protocol;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Coordinator.Terminal;

/// <summary>Plain lines, where the output is no terminal: one every few seconds and one an epoch.</summary>
/// <param name="output">Where to write.</param>
/// <param name="time">The clock.</param>
public sealed class PlainView(TextWriter output, TimeProvider time) : IRunObserver
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    private long _last = time.GetTimestamp();

    /// <inheritdoc/>
    public void Progress(RunSnapshot run)
    {
        if (run.Phase != RunPhase.Training || time.GetElapsedTime(_last) < Period)
            return;
        _last = time.GetTimestamp();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"epoch {run.Epoch}/{run.Epochs} step {run.StepInEpoch}/{run.StepsPerEpoch}{Numbers(run)}"
            + $" workers {run.Workers} images/s {run.ImagesPerSecond:N0}{Left(run)}"));
    }

    /// <inheritdoc/>
    public void EpochDone(EpochRecord epoch)
    {
        string validation = epoch.ValidationLoss is not { } loss ? ""
            : string.Create(CultureInfo.InvariantCulture, $" validation loss {loss:F4} accuracy {epoch.ValidationAccuracy:P2}");
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"epoch {epoch.Epoch + 1} done: training loss {epoch.TrainLoss:F4} accuracy {epoch.TrainAccuracy:P2}"
            + $"{validation} in {epoch.Seconds:F1} s"));
    }

    /// <inheritdoc/>
    public void Note(string message) => output.WriteLine(message);

    private static string Numbers(RunSnapshot run) =>
        run.Loss is null ? "" : string.Create(CultureInfo.InvariantCulture, $" loss {run.Loss:F4} accuracy {run.Accuracy:P2}");

    private static string Left(RunSnapshot run) => run.TimeLeft is { } left ? $" left {left:h\\:mm\\:ss}" : "";
}
