using MnistDistributed.Model.Engine;
using MnistDistributed.Model.Network;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Model.Tests.Training;

public class RunSpecCheckTests
{
    private static readonly RunSpec Good = new() { TrainingImages = 60_000 };

    [Fact]
    public void The_defaults_are_right() => Assert.Null(RunSpecCheck.Problem(Good));

    [Theory]
    [InlineData(12, "8 or 16 would do")]
    [InlineData(3, "2 or 4 would do")]
    [InlineData(1000, "512 or 1024 would do")]
    [InlineData(0, "1 would do")]
    [InlineData(-4, "1 would do")]
    [InlineData(2048, "1024 would do")]
    [InlineData(int.MaxValue, "1024 would do")]
    public void Slots_are_a_power_of_two(int slots, string remedy) => Refuses(Good with { Slots = slots }, remedy);

    [Theory]
    [InlineData(100, "96 or 112 would do")]
    [InlineData(17, "16 or 32 would do")]
    [InlineData(15, "16 would do, or fewer slots")]
    [InlineData(0, "16 would do, or fewer slots")]
    [InlineData(-1, "16 would do, or fewer slots")]
    [InlineData(int.MaxValue, "at most 1048576")]
    public void A_batch_is_a_multiple_of_the_slots(int batch, string remedy) => Refuses(Good with { Batch = batch }, remedy);

    [Theory]
    [InlineData(0, 0, "at least 1, not 0")]
    [InlineData(-5, 0, "at least 1, not -5")]
    [InlineData(100, 100, "at most 99 would do")]
    [InlineData(100, 200, "at most 99 would do")]
    [InlineData(100, -1, "0 holds none out")]
    public void Validation_leaves_images_to_train_on(int images, int validation, string remedy) =>
        Refuses(Good with { TrainingImages = images, Validation = validation }, remedy);

    [Fact]
    public void Steps_are_counted_by_32_bits()
    {
        Refuses(Good with { Epochs = 0 }, "from 1 to 10000, not 0");
        Refuses(Good with { Epochs = 10_001 }, "from 1 to 10000, not 10001");
        Refuses(new RunSpec { TrainingImages = 2_000_000, Slots = 1, Batch = 1, Epochs = 10_000 }, "fewer epochs or a larger batch");
        Assert.Null(RunSpecCheck.Problem(Good with { Epochs = 10_000 }));
    }

    [Theory]
    [InlineData(0, 64, 128, "first convolution")]
    [InlineData(32, 65, 128, "second convolution")]
    [InlineData(32, 64, 2048, "hidden layer")]
    [InlineData(32, 64, -16, "hidden layer")]
    public void Widths_are_multiples_of_sixteen(int conv1, int conv2, int hidden, string layer) =>
        Refuses(Good with { Network = new CnnShape(conv1, conv2, hidden) }, layer);

    public static TheoryData<Recipe, string> BadRecipes => new()
    {
        { new Recipe { LearningRate = 0 }, "learning rate" },
        { new Recipe { LearningRate = -1 }, "learning rate" },
        { new Recipe { LearningRate = double.NaN }, "learning rate" },
        { new Recipe { LearningRate = double.PositiveInfinity }, "learning rate" },
        { new Recipe { LearningRate = 1e300 }, "learning rate" },
        { new Recipe { WarmUpEpochs = -1 }, "warm-up" },
        { new Recipe { WarmUpEpochs = double.NaN }, "warm-up" },
        { new Recipe { WarmUpEpochs = 1e9 }, "less than the run's 5 epochs" },
        { new Recipe { WarmUpEpochs = 5, Schedule = ScheduleKind.Cosine }, "less than the run's 5 epochs" },
        { new Recipe { WarmUpEpochs = 1 }, "oneCycle has a rise of its own" },
        { new Recipe { StepEpochs = 0 }, "two drops" },
        { new Recipe { StepFactor = 0 }, "factor" },
        { new Recipe { Beta1 = 1 }, "beta1" },
        { new Recipe { Beta2 = -0.1 }, "beta2" },
        { new Recipe { Beta2 = double.NaN }, "beta2" },
        { new Recipe { Epsilon = 0 }, "epsilon" },
        { new Recipe { Momentum = 1 }, "momentum" },
        { new Recipe { WeightDecay = -1 }, "weight decay" },
        { new Recipe { ClipNorm = double.NegativeInfinity }, "norm" },
        { new Recipe { Dropout = 1 }, "dropout" },
        { new Recipe { LabelSmoothing = 1.5 }, "label smoothing" },
        { new Recipe { Shift = 9 }, "shift" },
        { new Recipe { Shift = -1 }, "shift" },
        { new Recipe { Rotation = 181 }, "rotation is from 0 to 180 degrees, not 181" },
        { new Recipe { Scaling = double.NaN }, "scaling is from 0 to 0.5 of the size, not NaN" },
        { new Recipe { Elastic = -1 }, "elastic displacement is from 0 to 4 pixels, not -1" },
        { new Recipe { Optimizer = (OptimizerKind)9 }, "adam or sgd" },
        { new Recipe { Schedule = (ScheduleKind)9 }, "oneCycle" },
    };

    [Theory]
    [MemberData(nameof(BadRecipes))]
    public void Recipes_are_in_range(Recipe recipe, string what) => Refuses(Good with { Recipe = recipe }, what);

    [Fact]
    public void A_warm_up_of_part_of_the_run_is_right() =>
        Assert.Null(RunSpecCheck.Problem(Good with { Recipe = new Recipe { WarmUpEpochs = 4.5, Schedule = ScheduleKind.Cosine } }));

    [Fact]
    public void Engine_and_arithmetic_are_ones_that_exist()
    {
        Refuses(Good with { Engine = "gpu" }, "no engine 'gpu'; simd ");
        Assert.Null(RunSpecCheck.ArithmeticProblem(Good));
        var old = Good with { NumericsVersion = 1 };
        Assert.Null(RunSpecCheck.Problem(old));
        Assert.Equal(
            $"The run's arithmetic is of version 1, this program's of version {GradientEngines.NumericsVersion}; "
            + "only a program of the run's version gives its bits.",
            RunSpecCheck.ArithmeticProblem(old));
    }

    [Theory]
    [InlineData(1, 16, 1.0)]
    [InlineData(2, 16, 1.0)]
    [InlineData(3, 16, 16 / 18.0)]
    [InlineData(5, 16, 16 / 20.0)]
    [InlineData(16, 16, 1.0)]
    [InlineData(9, 16, 16 / 18.0)]
    public void Workers_that_do_not_divide_the_slots_lose_a_share(int workers, int slots, double kept)
    {
        Assert.Null(WorkerShare.Problem(workers, slots));
        Assert.Equal(kept, WorkerShare.Kept(workers, slots));
    }

    [Theory]
    [InlineData(17, 16, "up to 16 workers would do, or 32 slots")]
    [InlineData(32, 16, "or 32 slots")]
    [InlineData(2000, 16, "up to 16 workers would do")]
    [InlineData(0, 16, "at least 1 worker")]
    [InlineData(int.MaxValue, 1, "up to 1 worker")]
    public void More_workers_than_slots_is_an_error_that_names_what_would_do(int workers, int slots, string remedy) =>
        Assert.Contains(remedy, WorkerShare.Problem(workers, slots), StringComparison.Ordinal);

    private static void Refuses(RunSpec spec, string part)
    {
        string? problem = RunSpecCheck.Problem(spec);
        Assert.Contains(part, problem, StringComparison.Ordinal);
        Assert.EndsWith(".", problem, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', problem!);
    }
}
