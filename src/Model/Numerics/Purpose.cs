namespace MnistDistributed.Model.Numerics;

/// <summary>
/// What random numbers are drawn for. Numbers of different purposes are
/// independent; the values are part of the arithmetic and never change.
/// </summary>
public enum Purpose
{
    /// <summary>Dealing the training set into slots.</summary>
    Deal = 0,

    /// <summary>The order of a slot's samples within an epoch.</summary>
    Order = 1,

    /// <summary>Which hidden units a sample drops.</summary>
    Dropout = 2,

    /// <summary>How a training image is moved.</summary>
    Augmentation = 3,

    /// <summary>The weights that training starts from.</summary>
    InitialWeights = 4,

    /// <summary>Pixels and labels of images that are made up.</summary>
    SyntheticImages = 5,

    /// <summary>How a training image is rotated, scaled and bent.</summary>
    Distortion = 6,
}
