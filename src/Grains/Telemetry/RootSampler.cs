using OpenTelemetry.Trace;

namespace MnistDistributed.Grains.Telemetry;

/// <summary>
/// Decides by the span that it begins with whether a trace is kept: the opening of a term is, as there are few, and one in a hundred steps;
/// nothing else is, such as calls that belong to neither.
/// </summary>
public sealed class RootSampler : Sampler
{
    /// <summary>The share of the steps that is kept.</summary>
    public const double StepShare = 0.01;

    private static readonly TraceIdRatioBasedSampler Steps = new(StepShare);

    /// <inheritdoc/>
    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters) => samplingParameters.Name switch
    {
        Spans.Step => Steps.ShouldSample(samplingParameters),
        Spans.OpenTerm => new SamplingResult(SamplingDecision.RecordAndSample),
        _ => new SamplingResult(SamplingDecision.Drop),
    };
}
