using MnistDistributed.Coordinator.Training;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Coordinator.Tests.Training;

/// <summary>What losses say of a run that ends in order all the same.</summary>
public class DivergenceTests
{
    private static readonly Divergence Ten = new(classes: 10);

    [Fact]
    public void A_run_that_learns_has_not_diverged() => Assert.Null(Ten.Problem([Epoch(0, 0.4, 0.1), Epoch(1, 0.2, 0.08)], 0.07));

    [Fact]
    public void A_run_that_has_learned_nothing_has_not_diverged() =>
        Assert.Null(Ten.Problem([Epoch(0, 2.41, 2.31), Epoch(1, 2.30, 2.31)], 2.3045));

    [Fact]
    public void A_wild_beginning_is_none_of_our_business_once_it_is_over() =>
        Assert.Null(Ten.Problem([Epoch(0, 3.9e12, 4.7), Epoch(1, 0.9, 0.5)], 0.4));

    [Fact]
    public void A_loss_far_above_that_of_guessing_is_told_of_once_it_was_below() =>
        Assert.StartsWith(
            "Training has diverged: the loss of training in epoch 2 is 2.51E+25, and guessing has 2.30. ",
            Ten.Problem([Epoch(0, 0.4, 0.1), Epoch(1, 2.5065e25, 1e20)]), StringComparison.Ordinal);

    [Fact]
    public void The_validation_counts_too() =>
        Assert.Contains("the loss of validation after epoch 1 is 7,", Ten.Problem([Epoch(0, 1.4, 7)]), StringComparison.Ordinal);

    [Fact]
    public void More_classes_are_harder_to_guess() => Assert.Null(new Divergence(classes: 47).Problem([Epoch(0, 3.9, 4.3)], 4.3));

    [Theory]
    [InlineData(4.3)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void A_loss_that_is_far_above_it_at_the_end_is_told_of(double loss) =>
        Assert.Contains("the loss on the test images is", Ten.Problem([Epoch(0, 3.9e12, null)], loss), StringComparison.Ordinal);

    private static EpochRecord Epoch(int epoch, double training, double? validation) => new()
    {
        Epoch = epoch, TrainLoss = training, TrainAccuracy = 0.5, ValidationLoss = validation, ValidationAccuracy = 0.5 + 0 * validation,
        Seconds = 1, LearningRate = 0.1,
    };
}
