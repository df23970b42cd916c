using OpenTelemetry.Trace;

namespace MnistDistributed.Grains.Telemetry;

/// <summary>
/// Decides which traces are kept: one in a hundred of those that begin with a step or a run, and no others, such as those that begin with
/// a call that belongs to neither.
/// </summary>
public sealed class RootSampler : Sampler
{
    /// <summary>The share that is kept.</summary>
    public const double Share = 0.01;

    private static readonly TraceIdRatioBasedSampler Some = new(Share);

    /// <inheritdoc/>
    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters) =>
        samplingParameters.Name is "step" or "run" ? Some.ShouldSample(samplingParameters) : new SamplingResult(SamplingDecision.Drop);
}
