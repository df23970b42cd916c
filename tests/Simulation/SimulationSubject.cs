using System.Security.Cryptography;
using MnistDistributed.Model.Data;
using MnistDistributed.Model.Engine;
using MnistDistributed.Model.Network;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Simulation;

/// <summary>What is trained in a simulation.</summary>
/// <param name="Spec">The run.</param>
/// <param name="Data">The data set.</param>
public sealed record SimulationSubject(RunSpec Spec, DataSet Data)
{
    private static readonly Lazy<SimulationSubject> MadeSmall = new(MakeSmall);

    /// <summary>
    /// The smallest that still has all there is to go wrong: three epochs of twelve steps, each epoch's last with slots that are empty, a
    /// validation, and a test in several chunks.
    /// </summary>
    public static SimulationSubject Small => MadeSmall.Value;

    /// <summary>A data set with the default network and recipe.</summary>
    /// <param name="data">The data set, such as MNIST.</param>
    /// <param name="epochs">How many epochs.</param>
    public static SimulationSubject Of(DataSet data, int epochs) =>
        new(new RunSpec { Epochs = epochs, TrainingImages = data.Train.Count, DataDigest = data.Digest }, data);

    private static SimulationSubject MakeSmall()
    {
        var data = new DataSet(
            Fingerprint.SyntheticImages(104), Fingerprint.SyntheticImages(510), Convert.ToHexStringLower(SHA256.HashData("simulation"u8)));
        return new SimulationSubject(
            new RunSpec
            {
                Slots = 8,
                Batch = 8,
                Epochs = 3,
                Validation = 12,
                TrainingImages = data.Train.Count,
                DataDigest = data.Digest,
                Network = new CnnShape(16, 16, 16),
            },
            data);
    }
}
