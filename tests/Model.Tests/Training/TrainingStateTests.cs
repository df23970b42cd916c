using System.Buffers.Binary;
using System.IO.Hashing;
using FsCheck;
using FsCheck.Xunit;
using MnistDistributed.Model.Engine;
using MnistDistributed.Model.Network;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Model.Tests.Training;

public class TrainingStateTests
{
    [Theory]
    [InlineData(OptimizerKind.Adam, 0)]
    [InlineData(OptimizerKind.Adam, 3)]
    [InlineData(OptimizerKind.Adam, 9)]
    [InlineData(OptimizerKind.Sgd, 0)]
    [InlineData(OptimizerKind.Sgd, 4)]
    public void Comes_back_as_it_was(OptimizerKind optimizer, int steps)
    {
        var spec = TestRun.Spec(optimizer);
        var state = TestRun.State(spec, steps);
        var back = TrainingState.FromBytes(state.ToBytes(), spec);

        Assert.Equal((steps, state.EpochSum), (back.Step, back.EpochSum));
        Assert.Equal(state.Weights, back.Weights);
        Assert.Equal(state.Optimizer.First, back.Optimizer.First);
        Assert.Equal(state.Optimizer.Second, back.Optimizer.Second);
        Assert.Equal((state.Optimizer.Beta1Power, state.Optimizer.Beta2Power), (back.Optimizer.Beta1Power, back.Optimizer.Beta2Power));
    }

    [Theory]
    [InlineData(OptimizerKind.Adam)]
    [InlineData(OptimizerKind.Sgd)]
    public void Goes_on_to_the_same_bits(OptimizerKind optimizer)
    {
        var spec = TestRun.Spec(optimizer);
        var plan = new SlotPlan(spec);
        var straight = TestRun.State(spec, 4);
        var resumed = TrainingState.FromBytes(straight.ToBytes(), spec);
        foreach (var state in new[] { straight, resumed })
        {
            var update = new StepUpdate(spec, plan);
            for (int step = 4; step < plan.TotalSteps; step++)
                update.Apply(state, TestRun.Floats(state.Weights.Length, step), new BlockSum(0.1 * step, 1, plan.StepSamples(step)));
        }

        Assert.Equal(TestRun.Print(straight), TestRun.Print(resumed));
    }

    [Property(MaxTest = 200)]
    public void A_message_of_another_length_is_refused(PositiveInt size)
    {
        var spec = TestRun.Spec();
        byte[] bytes = TestRun.State(spec, 2).ToBytes();
        int length = size.Get % 3 == 0 ? bytes.Length + size.Get : size.Get % 3 == 1 ? bytes.Length - size.Get : size.Get;
        Array.Resize(ref bytes, Math.Max(length, 0));
        Assert.Throws<InvalidDataException>(() => TrainingState.FromBytes(bytes, spec));
    }

    [Theory]
    [InlineData(0, 0)] // magic
    [InlineData(4, -1)] // step
    [InlineData(4, 10)] // beyond the run's 9 steps
    [InlineData(4, 3)] // a whole epoch, whose samples are more
    [InlineData(8, 7)] // weights
    [InlineData(12, -1)] // hits
    [InlineData(12, 100)] // more than samples
    [InlineData(16, 8)] // samples
    [InlineData(32, int.MaxValue)] // beta1's power: NaN
    [InlineData(40, 0x40000000)] // beta2's power: 2
    public void A_header_that_cannot_be_is_refused(int offset, int value)
    {
        var spec = TestRun.Spec();
        byte[] bytes = TestRun.State(spec, 2).ToBytes();
        TrainingState.FromBytes(bytes, spec);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(offset), value);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(^8..), XxHash3.HashToUInt64(bytes.AsSpan(..^8)));
        Assert.Throws<InvalidDataException>(() => TrainingState.FromBytes(bytes, spec));
    }

    [Property(MaxTest = 200)]
    public void A_bit_that_flipped_on_the_way_is_noticed(NonNegativeInt place)
    {
        var spec = TestRun.Spec();
        byte[] bytes = TestRun.State(spec, 2).ToBytes();
        bytes[place.Get * 7919L % bytes.Length] ^= (byte)(1 << place.Get % 8);
        Assert.Throws<InvalidDataException>(() => TrainingState.FromBytes(bytes, spec));
    }

    [Fact]
    public void Starts_from_the_weights_of_the_seed()
    {
        var spec = TestRun.Spec();
        var state = TrainingState.Initial(spec);
        Assert.Equal(InitialWeights.Create(spec), state.Weights);
        Assert.Equal(
            (0, default(BlockSum), 1.0, 1.0), (state.Step, state.EpochSum, state.Optimizer.Beta1Power, state.Optimizer.Beta2Power));
        Assert.All(state.Optimizer.First.Concat(state.Optimizer.Second), moment => Assert.Equal(0f, moment));
        Assert.Null(state.Problem(spec));
    }

    [Fact]
    public void A_state_of_another_run_is_refused()
    {
        byte[] bytes = TestRun.State(TestRun.Spec(), 2).ToBytes();
        Assert.Throws<InvalidDataException>(() => TrainingState.FromBytes(bytes, TestRun.Spec(OptimizerKind.Sgd)));
        Assert.Throws<InvalidDataException>(() => TrainingState.FromBytes(bytes, TestRun.Spec() with { Network = new(16, 16, 32) }));
    }

    [Fact]
    public void A_digest_is_that_of_the_little_endian_floats()
    {
        // python3 -c "import hashlib, struct; print(hashlib.sha256(struct.pack('<3f', 1, -2.5, 3e-8)).hexdigest())"
        Assert.Equal("c1cff5e6e5dc7e449f54d6fb68e48c04ce3a0a5fe05ed3caa12544511d62e9b3", WeightsDigest.Of([1f, -2.5f, 3e-8f]));
        Assert.NotEqual(WeightsDigest.Of([0f]), WeightsDigest.Of([-0f]));
    }
}
