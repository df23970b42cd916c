using System.Globalization;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Coordinator.Training;

/// <summary>
/// Whether training has diverged, told by its losses: far above the loss of guessing after having been below it, or still far above it at
/// the end. Numbers that are not finite end a run before, so what is left are losses that only a person would find odd.
/// </summary>
/// <param name="classes">Number of classes: of so many, guessing takes each for as likely as any other.</param>
public sealed class Divergence(int classes)
{
    /// <summary>Far above guessing: networks that learn slowly, or under dropout and label smoothing, stay below.</summary>
    private const double FarAbove = 1.5;

    private readonly double _guessing = Math.Log(classes);

    /// <summary>What shows that a run has diverged, as one line; null if nothing does.</summary>
    /// <param name="history">The epochs that are done.</param>
    /// <param name="testLoss">Mean loss on the test images at the end; null before it.</param>
    public string? Problem(IReadOnlyList<EpochRecord> history, double? testLoss = null)
    {
        bool wasBelow = false;
        foreach (var (what, loss) in Losses(history))
        {
            if (wasBelow && IsFarAbove(loss))
                return Line(what, loss);
            wasBelow |= loss < _guessing;
        }

        return testLoss is { } last && IsFarAbove(last) ? Line("on the test images", last) : null;
    }

    private static IEnumerable<(string What, double Loss)> Losses(IReadOnlyList<EpochRecord> history)
    {
        foreach (var epoch in history)
        {
            yield return (string.Create(CultureInfo.InvariantCulture, $"of training in epoch {epoch.Epoch + 1}"), epoch.TrainLoss);
            if (epoch.ValidationLoss is { } validation)
                yield return (string.Create(CultureInfo.InvariantCulture, $"of validation after epoch {epoch.Epoch + 1}"), validation);
        }
    }

    // Written so that NaN is.
    private bool IsFarAbove(double loss) => !(loss <= FarAbove * _guessing);

    private string Line(string what, double loss) => string.Create(CultureInfo.InvariantCulture,
        $"Training has diverged: the loss {what} is {loss:G3}, and guessing has {_guessing:F2}. "
        + $"Train with a lower --learning-rate, or with --clip-norm.");
}
