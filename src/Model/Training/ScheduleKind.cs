namespace MnistDistributed.Model.Training;

/// <summary>How the learning rate moves over a run.</summary>
public enum ScheduleKind
{
    /// <summary>It stays as it is.</summary>
    Constant,

    /// <summary>It is multiplied by a factor every so many epochs, as torch.optim.lr_scheduler.StepLR.</summary>
    Step,

    /// <summary>It falls to zero along half a cosine, as CosineAnnealingLR.</summary>
    Cosine,

    /// <summary>It rises and falls along cosines, as OneCycleLR (Smith and Topin, 2018).</summary>
    OneCycle,
}
