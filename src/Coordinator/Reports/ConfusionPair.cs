using MnistDistributed.Model.Evaluation;

namespace MnistDistributed.Coordinator.Reports;

/// <summary>The errors of one kind: one label taken for one other.</summary>
/// <param name="Label">The true label.</param>
/// <param name="Predicted">What it was taken for.</param>
/// <param name="Errors">The errors, the most confident first.</param>
public sealed record ConfusionPair(byte Label, byte Predicted, IReadOnlyList<Misclassified> Errors)
{
    /// <summary>The pair's name in a page's addresses.</summary>
    public string Anchor => $"pair-{Label}-{Predicted}";

    /// <summary>Groups errors, the largest group first, then by label and prediction.</summary>
    public static IReadOnlyList<ConfusionPair> Group(IReadOnlyList<Misclassified> errors) =>
    [
        .. errors.GroupBy(error => (error.Label, error.Predicted))
            .Select(group => new ConfusionPair(group.Key.Label, group.Key.Predicted, [.. group]))
            .OrderByDescending(pair => pair.Errors.Count)
            .ThenBy(pair => pair.Label)
            .ThenBy(pair => pair.Predicted),
    ];
}
