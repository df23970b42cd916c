namespace MnistDistributed.Model.Protocol;

/// <summary>What a worker says of itself when it joins a run.</summary>
/// <param name="Session">One life of one worker in one run; never used again.</param>
/// <param name="Worker">The worker's name, for people.</param>
/// <param name="ProtocolVersion">Version of the messages and their meaning, <see cref="TrainingProtocol.Version"/>.</param>
/// <param name="NumericsVersion">Version of the arithmetic.</param>
/// <param name="DataDigest">Digest of the data set it reads.</param>
/// <param name="Fingerprint">Hash of the gradient of one fixed micro-batch as it computes it.</param>
public sealed record WorkerHello(
    Guid Session, string Worker, int ProtocolVersion, int NumericsVersion, string DataDigest, string Fingerprint)
{
    /// <summary>Its silo, if it has one: those of one silo get neighbouring slots, whose gradients add up to the fewest blocks.</summary>
    public string Silo { get; init; } = "";
}
