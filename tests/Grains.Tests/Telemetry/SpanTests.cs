using System.Collections.Concurrent;
using System.Diagnostics;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Grains.Telemetry;
using MnistDistributed.Grains.Workers;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Grains.Tests.Telemetry;

/// <summary>The traces of a run.</summary>
public class SpanTests
{
    [Fact]
    public async Task Each_step_is_a_trace_of_its_own_with_what_the_workers_did_for_it()
    {
        const string run = "traced";
        var spans = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == Spans.SourceName,
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        await using (var cluster = await LocalCluster.Start(2, new LoadedDataSet(ClusterFixture.Data), CancellationToken.None))
        {
            var coordinator = new TestCoordinator(cluster.Grains, run, UndisturbedRun.Spec, workers: 2);
            await coordinator.Open();
            await coordinator.Finish();
        }

        var steps = spans.Where(span => span.OperationName == Spans.Step && (string?)span.GetTagItem("mnist.run") == run).ToList();
        Assert.Equal(
            Enumerable.Range(0, new SlotPlan(UndisturbedRun.Spec).TotalSteps), steps.Select(span => (int)span.GetTagItem("mnist.step")!));
        Assert.Equal(steps.Count, steps.DistinctBy(span => span.TraceId).Count());
        Assert.All(steps, step =>
        {
            Assert.Null(step.ParentId);
            var parts = spans.Where(span => span.ParentId == step.Id).ToLookup(span => span.OperationName);
            Assert.Equal(["compute", "push", "update"], parts.Select(part => part.Key).Order());
            Assert.All(parts["compute"], part => Assert.Matches(@"silo-[01]/\d", (string?)part.GetTagItem("mnist.worker")));
            Assert.Single(parts["update"]);
        });
    }

    [Fact]
    public void A_part_of_a_step_that_is_not_recorded_is_not_recorded() => Assert.Null(Spans.Part("compute", null));
}
