using MnistDistributed.Model.Training;

namespace MnistDistributed.Model.Protocol.Membership;

/// <summary>Who may take part in a run: who computes the same bits from the same data, and speaks of them in the same way.</summary>
/// <param name="spec">The run.</param>
/// <param name="fingerprint">Hash of the gradient of one fixed micro-batch, which every worker has to reproduce.</param>
internal sealed class Admission(RunSpec spec, string fingerprint)
{
    /// <summary>Why a worker is refused; null if it may join.</summary>
    public string? Refusal(WorkerHello hello)
    {
        if (hello.ProtocolVersion != TrainingProtocol.Version)
            return Differs("protocol version", hello.ProtocolVersion, TrainingProtocol.Version);
        if (hello.NumericsVersion != spec.NumericsVersion)
            return Differs("numerics version", hello.NumericsVersion, spec.NumericsVersion);
        if (hello.DataDigest != spec.DataDigest)
            return Differs("data digest", hello.DataDigest, spec.DataDigest);
        if (hello.Fingerprint != fingerprint)
            return Differs("gradient fingerprint", hello.Fingerprint, fingerprint);
        return hello.Session == Guid.Empty ? $"Worker {hello.Worker} sent an empty session id." : null;

        string Differs<T>(string what, T worker, T run) => $"Worker {hello.Worker} has {what} {worker}, the run has {run}.";
    }
}
