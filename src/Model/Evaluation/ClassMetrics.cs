namespace MnistDistributed.Model.Evaluation;

/// <summary>
/// Scores of one class, or an average of them. A ratio with an empty denominator is 0, as scikit-learn's <c>zero_division=0</c>.
/// </summary>
/// <param name="Precision">Of the images predicted as the class, the share that is of it.</param>
/// <param name="Recall">Of the images of the class, the share that was predicted as it.</param>
/// <param name="F1">Harmonic mean of precision and recall.</param>
/// <param name="Support">Number of images of the class; of all images for an average.</param>
public sealed record ClassMetrics(double Precision, double Recall, double F1, int Support);
