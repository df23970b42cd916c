using System.Text.Json;
using FsCheck;
using FsCheck.Xunit;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Model.Tests.Training;

public class LearningRateTests
{
    private static readonly JsonElement Torch = TestRun.Fixture("optimizers.json").GetProperty("schedules");

    public static TheoryData<int> Cases => [.. Enumerable.Range(0, Torch.GetArrayLength())];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Moves_as_in_PyTorch(int index)
    {
        // One step an epoch, so that epochs of the recipe are steps of the fixture.
        var expected = Torch[index];
        var recipe = new Recipe
        {
            Schedule = Enum.Parse<ScheduleKind>(expected.GetProperty("schedule").GetString()!),
            LearningRate = expected.GetProperty("learningRate").GetDouble(),
            WarmUpEpochs = expected.TryGetProperty("warmUpSteps", out var warmUp) ? warmUp.GetInt32() : 0,
            StepEpochs = expected.TryGetProperty("stepSize", out var size) ? size.GetInt32() : 1,
            StepFactor = expected.TryGetProperty("factor", out var factor) ? factor.GetDouble() : 0.1,
        };
        double[] rates = expected.GetProperty("rates").Deserialize<double[]>()!;
        for (int step = 0; step < rates.Length; step++)
            Assert.Equal(rates[step], LearningRate.At(recipe, step, 1, rates.Length), 1e-13);
    }

    [Property(MaxTest = 300)]
    public void Is_a_number_above_zero_and_never_above_the_peak(
        ScheduleKind schedule, PositiveInt stepsPerEpoch, PositiveInt epochs, NonNegativeInt warmUp)
    {
        int perEpoch = 1 + stepsPerEpoch.Get % 20;
        int total = perEpoch * (1 + epochs.Get % 7);
        var recipe = new Recipe { Schedule = schedule, LearningRate = 0.5, WarmUpEpochs = warmUp.Get % 12 / 4.0 };
        for (int step = 0; step < total; step++)
        {
            double rate = LearningRate.At(recipe, step, perEpoch, total);
            Assert.True(rate > 0 && rate <= 0.5 + 1e-15, $"{rate} at step {step} of {total}");
        }
    }

    [Fact]
    public void Steps_drop_by_epochs()
    {
        var recipe = new Recipe { Schedule = ScheduleKind.Step, LearningRate = 1, StepEpochs = 2, StepFactor = 0.5 };
        double[] rates = [.. Enumerable.Range(0, 15).Select(step => LearningRate.At(recipe, step, 3, 15))];
        Assert.Equal([1, 1, 1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25], rates);
    }

    [Fact]
    public void A_warm_up_rises_evenly_to_the_peak_and_delays_the_schedule()
    {
        var recipe = new Recipe { Schedule = ScheduleKind.Step, LearningRate = 1, StepEpochs = 1, StepFactor = 0.5, WarmUpEpochs = 0.5 };
        double[] rates = [.. Enumerable.Range(0, 8).Select(step => LearningRate.At(recipe, step, 4, 8))];
        Assert.Equal([0.5, 0.75, 1, 1, 1, 1, 0.5, 0.5], rates);
    }
}
