namespace MnistDistributed.Model.Training;

/// <summary>How a network is trained: optimizer, learning-rate schedule, regularization. Part of the <see cref="RunSpec"/>.</summary>
public sealed record Recipe
{
    /// <summary>The optimizer; Adam by default.</summary>
    public OptimizerKind Optimizer { get; init; } = OptimizerKind.Adam;

    /// <summary>The learning rate, the peak of a one-cycle schedule.</summary>
    public double LearningRate { get; init; } = 0.004;

    /// <summary>How the learning rate moves.</summary>
    public ScheduleKind Schedule { get; init; } = ScheduleKind.OneCycle;

    /// <summary>
    /// Epochs over which the rate rises linearly before the schedule begins; fractions count. One-cycle has its own rise instead.
    /// </summary>
    public double WarmUpEpochs { get; init; }

    /// <summary>Epochs between two drops of the step schedule.</summary>
    public int StepEpochs { get; init; } = 2;

    /// <summary>Factor of each drop of the step schedule.</summary>
    public double StepFactor { get; init; } = 0.1;

    /// <summary>Adam's decay of the first moment.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Adam's decay of the second moment.</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>Adam's epsilon.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>SGD's momentum.</summary>
    public double Momentum { get; init; } = 0.9;

    /// <summary>L2 penalty, added to the gradient as PyTorch's <c>weight_decay</c> does; 0 for none.</summary>
    public double WeightDecay { get; init; }

    /// <summary>Bound on the global norm of the mean gradient; 0 for none.</summary>
    public double ClipNorm { get; init; }

    /// <summary>Probability that a unit of the hidden layer is dropped in training.</summary>
    public double Dropout { get; init; } = 0.5;

    /// <summary>Share of the target that is spread evenly over the classes, as CrossEntropyLoss(label_smoothing).</summary>
    public double LabelSmoothing { get; init; }

    /// <summary>Training images are shifted by up to so many whole pixels in each direction; 0 for none. Default 1.</summary>
    public int Shift { get; init; } = 1;

    /// <summary>Training images are rotated by up to so many degrees, either way; 0 for none.</summary>
    public double Rotation { get; init; }

    /// <summary>Training images are made larger or smaller by up to such a share, height and width each by its own; 0 for none.</summary>
    public double Scaling { get; init; }

    /// <summary>
    /// Training images are bent: the standard deviation, in pixels, of how far a pixel is displaced, smoothly over the image; 0 for none.
    /// </summary>
    public double Elastic { get; init; }
}
