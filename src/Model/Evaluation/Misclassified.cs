namespace MnistDistributed.Model.Evaluation;

/// <summary>One image that the network got wrong.</summary>
/// <param name="Index">Index in the evaluated set, from 0.</param>
/// <param name="Label">The true label.</param>
/// <param name="Predicted">The predicted label.</param>
/// <param name="Probability">The softmax probability of the prediction, 0 to 1; NaN where the logits are not finite.</param>
public sealed record Misclassified(int Index, byte Label, byte Predicted, double Probability);
