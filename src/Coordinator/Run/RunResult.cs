using MnistDistributed.Model.Evaluation;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Coordinator.Run;

/// <summary>What a run ended with.</summary>
/// <param name="Weights">The final weights.</param>
/// <param name="History">The epochs.</param>
/// <param name="Test">The evaluation of the test images.</param>
public sealed record RunResult(float[] Weights, IReadOnlyList<EpochRecord> History, Evaluation Test);
