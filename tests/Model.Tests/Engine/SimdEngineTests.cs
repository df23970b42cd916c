using MnistDistributed.Model.Data;
using MnistDistributed.Model.Engine;
using MnistDistributed.Model.Engine.Simd;
using MnistDistributed.Model.Network;
using MnistDistributed.Model.Training;
using static MnistDistributed.Model.Tests.Engine.Batches;

namespace MnistDistributed.Model.Tests.Engine;

public class SimdEngineTests
{
    private static readonly float[] NarrowWeights = InitialWeights.Create(Narrow);

    [Theory]
    [InlineData(16, 16, 16)]
    [InlineData(32, 64, 128)]
    [InlineData(48, 16, 32)]
    [InlineData(64, 32, 16)]
    [InlineData(80, 48, 48)]
    public void Gradients_are_those_of_the_reference(int conv1, int conv2, int hidden)
    {
        var spec = new RunSpec
        {
            Network = new CnnShape(conv1, conv2, hidden),
            Recipe = new Recipe { Dropout = 0.3, LabelSmoothing = 0.1, Shift = 3, Rotation = 20, Scaling = 0.1, Elastic = 1 },
        };
        var images = Images(5);
        int[] samples = [3, 0, 4];
        var weights = InitialWeights.Create(spec);

        var (gradient, sum) = Gradient(GradientEngines.Create(spec, images), spec, weights, 2, samples, 3);

        var (expected, loss) = Reference(spec, images, weights, 2, samples);
        Assert.Equal(loss, sum.Loss, 1e-5);
        Assert.InRange(Difference(spec.Network, gradient, expected), 0, 1e-5);
    }

    // An odd number of classes, and one that does not fill the kernels' blocks.
    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(26)]
    [InlineData(47)]
    [InlineData(256)]
    public void Any_number_of_classes_is_that_of_the_reference(int classes)
    {
        var spec = Narrow with
        {
            Network = Narrow.Network with { Classes = classes },
            Recipe = new Recipe { Dropout = 0.3, LabelSmoothing = 0.1, Shift = 3 },
        };
        var images = Images(40, classes);
        int[] samples = [.. Enumerable.Range(0, 39)];
        var weights = InitialWeights.Create(spec);
        var engine = GradientEngines.Create(spec, images);

        var (gradient, sum) = Gradient(engine, spec, weights, 2, samples, 20, 19);

        var (expected, loss) = Reference(spec, images, weights, 2, samples);
        Assert.Equal(loss, sum.Loss, 1e-4);
        Assert.InRange(Difference(spec.Network, gradient, expected), 0, 1e-5);
        var network = new ReferenceNetwork(spec.Network, weights);
        var logits = new float[3 * classes];
        engine.Logits(weights, images, 37, logits);
        for (int i = 0; i < 3; i++)
            Assert.All(network.Logits(Pixels(images, 37 + i)).Zip(logits[(i * classes)..]), pair =>
                Assert.Equal(pair.First, pair.Second, 1e-5));
    }

    [Theory]
    [InlineData(0.0, 0.0, 0)]
    [InlineData(0.5, 0.0, 0)]
    [InlineData(0.0, 0.2, 0)]
    [InlineData(0.0, 0.0, 27)]
    public void Each_part_of_the_recipe_alone_is_that_of_the_reference(double dropout, double smoothing, int shift)
    {
        var spec = Narrow with { Seed = 5, Recipe = new Recipe { Dropout = dropout, LabelSmoothing = smoothing, Shift = shift } };
        var images = Images(20);
        int[] samples = [.. Enumerable.Range(0, 20)];
        var weights = InitialWeights.Create(spec);

        var (gradient, sum) = Gradient(GradientEngines.Create(spec, images), spec, weights, 7, samples, 20);

        var (expected, loss) = Reference(spec, images, weights, 7, samples);
        Assert.Equal(loss, sum.Loss, 1e-5);
        Assert.InRange(Difference(spec.Network, gradient, expected), 0, 1e-5);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(33)]
    public void A_micro_batch_may_have_any_size(int size)
    {
        var images = Images(40);
        int[] samples = [.. Enumerable.Range(0, size).Select(i => i * 7 % 40)];

        var (gradient, sum) = Gradient(GradientEngines.Create(Narrow, images), Narrow, NarrowWeights, 0, samples, size);

        var (expected, loss) = Reference(Narrow, images, NarrowWeights, 0, samples);
        Assert.Equal(size, sum.Samples);
        Assert.Equal(loss, sum.Loss, 1e-5);
        Assert.InRange(Difference(Narrow.Network, gradient, expected), 0, 1e-5);
    }

    // Every pixel alike: all four positions of every window are equal, and only the first may get the gradient.
    [Theory]
    [InlineData(0)]
    [InlineData(255)]
    public void The_first_of_equals_wins_the_pool(byte gray)
    {
        var pixels = new byte[ImageSet.Pixels];
        Array.Fill(pixels, gray);
        var images = new ImageSet(pixels, [4]);

        var (gradient, _) = Gradient(GradientEngines.Create(Narrow, images), Narrow, NarrowWeights, 0, [0], 1);

        var (expected, _) = Reference(Narrow, images, NarrowWeights, 0, [0]);
        Assert.InRange(Difference(Narrow.Network, gradient, expected), 0, 1e-5);
    }

    [Theory]
    [InlineData(16, 16, 16, 3)]
    [InlineData(32, 64, 128, 10)]
    [InlineData(48, 80, 32, 47)]
    public void Vectors_of_any_width_give_the_same_bits(int conv1, int conv2, int hidden, int classes)
    {
        var spec = new RunSpec
        {
            Network = new CnnShape(conv1, conv2, hidden) { Classes = classes },
            Recipe = new Recipe { Dropout = 0.3, LabelSmoothing = 0.1, Shift = 3 },
        };
        var images = Images(40, classes);
        int[] samples = [.. Enumerable.Range(0, 37)];
        var weights = InitialWeights.Create(spec);

        var narrow = Gradient(new SimdEngine<Lanes8>(spec, images), spec, weights, 2, samples, 9, 0, 20, 8);
        var wide = Gradient(new SimdEngine<Lanes16>(spec, images), spec, weights, 2, samples, 9, 0, 20, 8);

        Assert.Equal(narrow.Sum, wide.Sum);
        Assert.Equal(Bits(narrow.Gradient), Bits(wide.Gradient));
    }

    // Blocks of more samples than an engine keeps are halved.
    [Fact]
    public void A_large_block_has_the_bits_of_its_slots()
    {
        var images = Images(40);
        int[] samples = [.. Enumerable.Range(0, 3000).Select(i => i * 7 % 40)];
        int[] sizes = [700, 700, 0, 900, 0, 0, 350, 350];
        var engine = GradientEngines.Create(Narrow, images);

        var (gradient, sum) = Gradient(engine, Narrow, NarrowWeights, 0, samples, sizes);

        float[] Slot(int start, int size) => Gradient(engine, Narrow, NarrowWeights, 0, samples[start..(start + size)], size).Gradient;
        float[] Add(float[] left, float[] right) => [.. left.Zip(right, (a, b) => a + b)];
        var expected = Add(
            Add(Add(Slot(0, 700), Slot(700, 700)), Slot(1400, 900)),
            Add(Slot(2300, 350), Slot(2650, 350)));
        Assert.Equal(3000, sum.Samples);
        Assert.Equal(Bits(expected), Bits(gradient));
    }

    [Fact]
    public void Hits_count_what_the_logits_say()
    {
        var images = Images(30);
        var engine = GradientEngines.Create(Narrow, images);
        var logits = new float[30 * CnnShape.Digits];
        engine.Logits(NarrowWeights, images, 0, logits);
        int hits = Enumerable.Range(0, 30).Count(i =>
        {
            var own = logits.AsSpan(i * CnnShape.Digits, CnnShape.Digits).ToArray();
            return Array.IndexOf(own, own.Max()) == images.Labels[i];
        });

        var (_, sum) = Gradient(engine, Narrow, NarrowWeights, 0, [.. Enumerable.Range(0, 30)], 30);

        Assert.True(hits > 0);
        Assert.Equal(hits, sum.Hits);
    }

    [Fact]
    public void Logits_are_those_of_the_reference_and_do_not_depend_on_neighbours()
    {
        var spec = Narrow with { Recipe = new Recipe { Dropout = 0.5, Shift = 2 } };
        var images = Images(21);
        var engine = GradientEngines.Create(spec, ImageSet.Empty);
        var all = new float[21 * CnnShape.Digits];
        engine.Logits(NarrowWeights, images, 0, all);

        var network = new ReferenceNetwork(spec.Network, NarrowWeights);
        for (int i = 0; i < images.Count; i++)
        {
            var expected = network.Logits(Pixels(images, i));
            for (int c = 0; c < CnnShape.Digits; c++)
                Assert.Equal(expected[c], all[i * CnnShape.Digits + c], 1e-5);
        }

        foreach (var (first, count) in new[] { (0, 1), (20, 1), (3, 9), (5, 16), (4, 0) })
        {
            var some = new float[count * CnnShape.Digits];
            engine.Logits(NarrowWeights, images, first, some);
            Assert.Equal(all[(first * CnnShape.Digits)..][..some.Length], some);
        }
    }

    [Fact]
    public void A_training_that_diverges_shows()
    {
        var images = Images(2);
        foreach (int broken in (int[])[0, 200, 3000, 9000])
        {
            var weights = (float[])NarrowWeights.Clone();
            weights[broken] = float.NaN;
            var (_, sum) = Gradient(GradientEngines.Create(Narrow, images), Narrow, weights, 0, [0, 1], 2);
            Assert.True(double.IsNaN(sum.Loss));
        }
    }

    [Fact]
    public void The_batch_loop_allocates_nothing()
    {
        var spec = Narrow with { Recipe = new Recipe { Dropout = 0.5, Shift = 2 } };
        var images = Images(24);
        var engine = GradientEngines.Create(spec, images);
        int[] samples = [.. Enumerable.Range(0, 24)];
        int[] slotSizes = [8, 9, 0, 7];
        var gradient = new float[spec.Network.ParameterCount()];
        var logits = new float[24 * CnnShape.Digits];

        long Allocated()
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            engine.Gradient(NarrowWeights, new BlockBatch(0, samples, slotSizes), gradient);
            engine.Logits(NarrowWeights, images, 0, logits);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        // The runtime allocates now and then on a thread whose methods it recompiles; what the loop allocates it would allocate each time.
        Assert.Equal(0, Enumerable.Range(0, 20).Min(_ => Allocated()));
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        var images = Images(4);
        var engine = GradientEngines.Create(Narrow, images);

        void Refused(string message, float[] weights, int[] samples, int[] slotSizes, int room = 0) =>
            Assert.Contains(message, Assert.Throws<ArgumentException>(() => engine.Gradient(
                weights, new BlockBatch(0, samples, slotSizes), new float[NarrowWeights.Length + room])).Message, StringComparison.Ordinal);

        Refused("3 weights", new float[3], [0], [1]);
        Refused("Room for", NarrowWeights, [0], [1], room: 1);
        Refused("3 slots", NarrowWeights, [0, 1, 2], [1, 1, 1]);
        Refused("0 slots", NarrowWeights, [], []);
        Refused("slot of -1", NarrowWeights, [0], [2, -1]);
        Refused("2 samples for slots of 1", NarrowWeights, [0, 1], [1]);
        Refused("Sample 4 of a training set of 4", NarrowWeights, [0, 4], [2]);
        Refused("Sample -1", NarrowWeights, [-1], [1]);
        Assert.Throws<ArgumentException>(() => engine.Logits(NarrowWeights, images, 0, new float[15]));
        Assert.Throws<ArgumentException>(() => engine.Logits(NarrowWeights, images, 3, new float[20]));
        Assert.Throws<ArgumentException>(() => engine.Logits(NarrowWeights, images, -1, new float[10]));
        Assert.Throws<ArgumentException>(() => engine.Logits(new float[3], images, 0, new float[10]));
    }

    [Fact]
    public void What_cannot_be_computed_is_refused()
    {
        void Refused(string message, RunSpec spec) => Assert.Contains(
            message, Assert.Throws<ArgumentException>(() => GradientEngines.Create(spec, ImageSet.Empty)).Message,
                StringComparison.Ordinal);

        Refused("There is no engine 'cuda'; simd", Narrow with { Engine = "cuda" });
        Refused("Conv1 = 24; it must be a multiple of 16", Narrow with { Network = new CnnShape(24) });
        Refused("Conv2 = 0", Narrow with { Network = new CnnShape(Conv2: 0) });
        Refused("Hidden = -16", Narrow with { Network = new CnnShape(Hidden: -16) });
        Refused("Dropout of 1", Narrow with { Recipe = new Recipe { Dropout = 1 } });
        Refused("Dropout of NaN", Narrow with { Recipe = new Recipe { Dropout = double.NaN } });
        Refused("Label smoothing of -0.1", Narrow with { Recipe = new Recipe { LabelSmoothing = -0.1 } });
        Refused("shift of 28 pixels", Narrow with { Recipe = new Recipe { Shift = 28 } });
    }
}
