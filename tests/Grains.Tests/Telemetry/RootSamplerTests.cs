using System.Diagnostics;
using MnistDistributed.Grains.Telemetry;
using OpenTelemetry.Trace;

namespace MnistDistributed.Grains.Tests.Telemetry;

public sealed class RootSamplerTests
{
    private static readonly ParentBasedSampler Sampler = new(new RootSampler());

    [Fact]
    public void One_step_in_a_hundred_is_kept()
    {
        const int Steps = 20_000;
        var ids = new Random(1);
        int kept = Enumerable.Range(0, Steps).Count(_ => IsKept("step", default, Id(ids)));
        Assert.InRange(kept, Steps * RootSampler.StepShare * 0.7, Steps * RootSampler.StepShare * 1.3);
    }

    [Fact]
    public void Every_opening_of_a_term_is_kept_and_nothing_that_belongs_to_neither()
    {
        Assert.True(IsKept("open term", default));
        Assert.False(IsKept("IParameterServerGrain/Next", default));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_has_a_parent_is_kept_if_that_is(bool isParentKept)
    {
        var trace = ActivityTraceId.CreateRandom();
        var flags = isParentKept ? ActivityTraceFlags.Recorded : ActivityTraceFlags.None;
        var parent = new ActivityContext(trace, ActivitySpanId.CreateRandom(), flags, isRemote: true);
        Assert.Equal(isParentKept, IsKept("step", parent, trace));
        Assert.Equal(isParentKept, IsKept("compute", parent, trace));
    }

    private static ActivityTraceId Id(Random random)
    {
        byte[] bytes = new byte[16];
        random.NextBytes(bytes);
        return ActivityTraceId.CreateFromBytes(bytes);
    }

    private static bool IsKept(string name, ActivityContext parent, ActivityTraceId? trace = null)
    {
        var asked = new SamplingParameters(parent, trace ?? ActivityTraceId.CreateRandom(), name, ActivityKind.Internal);
        return Sampler.ShouldSample(asked).Decision == SamplingDecision.RecordAndSample;
    }
}
