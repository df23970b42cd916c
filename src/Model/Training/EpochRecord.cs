namespace MnistDistributed.Model.Training;

/// <summary>What a run's history keeps of one epoch.</summary>
public sealed record EpochRecord
{
    /// <summary>The epoch, from 0; people are shown one more.</summary>
    public int Epoch { get; init; }

    /// <summary>Mean loss over the epoch's samples as they were trained on, under dropout and augmentation.</summary>
    public double TrainLoss { get; init; }

    /// <summary>Share of the epoch's samples classified rightly as they were trained on, 0 to 1.</summary>
    public double TrainAccuracy { get; init; }

    /// <summary>Mean loss over the validation images after the epoch; null where none are held out.</summary>
    public double? ValidationLoss { get; init; }

    /// <summary>Share of the validation images classified rightly after the epoch, 0 to 1; null where none are held out.</summary>
    public double? ValidationAccuracy { get; init; }

    /// <summary>Seconds of training, without the validation. They do not shape the result.</summary>
    public double Seconds { get; init; }

    /// <summary>Learning rate of the epoch's last step.</summary>
    public double LearningRate { get; init; }
}
