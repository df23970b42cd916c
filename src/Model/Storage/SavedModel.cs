using MnistDistributed.Model.Data;
using MnistDistributed.Model.Network;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Model.Storage;

/// <summary>What a model file holds.</summary>
/// <param name="Network">The network, told from the tensors' shapes.</param>
/// <param name="Weights">All weights, laid out as <see cref="CnnShape.Parameters"/>.</param>
/// <param name="Spec">How it was trained; null if the file does not say.</param>
/// <param name="Labels">What the classes are called; their numbers where the file does not say.</param>
public sealed record SavedModel(CnnShape Network, float[] Weights, RunSpec? Spec, LabelNames Labels);
