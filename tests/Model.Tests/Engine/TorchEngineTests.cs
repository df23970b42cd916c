using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using MnistDistributed.Model.Data;
using MnistDistributed.Model.Engine;
using MnistDistributed.Model.Engine.Torch;
using MnistDistributed.Model.Network;
using MnistDistributed.Model.Numerics;
using MnistDistributed.Model.Training;
using TorchSharp;
using static MnistDistributed.Model.Tests.Engine.Batches;

namespace MnistDistributed.Model.Tests.Engine;

/// <summary>
/// The torch engine against PyTorch, the plain reference and the simd engine; and its promise of equal bits on one machine.
/// </summary>
public class TorchEngineTests
{
    private const int ImageCount = 24;

    // In parts of a parameter's largest gradient: a sum of up to 2,000 floats that round to 2^-24 and err at random is off by some 3e-6.
    private const double Tolerance = 1e-5;

    private static readonly RunSpec Spec = Narrow with
        { Engine = "torch", Recipe = new Recipe { Dropout = 0.5, LabelSmoothing = 0.1, Shift = 2 } };
    private static readonly float[] Weights = InitialWeights.Create(Spec);

    public TorchEngineTests() => Needs.Libtorch();

    /// <summary>A run, a block of it, and the seed of its weights and images.</summary>
    public sealed record Case(RunSpec Spec, int[] SlotSizes, int Epoch, int Draw)
    {
        public int[] Samples => [.. Enumerable.Range(0, SlotSizes.Sum()).Select(i => (i * 7 + Draw) % ImageCount)];
    }

    public static class Cases
    {
        public static Arbitrary<Case> Case() => (
            from widths in Gen.Elements(16, 32, 48, 64).ArrayOf(3)
            from classes in Gen.Elements(10, 26, 47)
            from dropout in Gen.Elements(0, 0.5, 0.75)
            from smoothing in Gen.Elements(0, 0.1, 0.25)
            from shift in Gen.Choose(0, 3)
            from levels in Gen.Choose(0, 2)
            from sizes in Gen.Frequency((1, Gen.Constant(0)), (3, Gen.Choose(1, 9))).ArrayOf(1 << levels)
            from epoch in Gen.Choose(0, 3)
            from draw in Gen.Choose(0, 1_000_000)
            select new Case(
                new RunSpec
                {
                    Seed = (ulong)draw,
                    Network = new CnnShape(widths[0], widths[1], widths[2], classes),
                    Recipe = new Recipe { Dropout = dropout, LabelSmoothing = smoothing, Shift = shift },
                },
                sizes, epoch, draw)).ToArbitrary();
    }

    [Fact]
    public void Every_tensor_has_a_scope_that_holds_it()
    {
        // TorchSharp passes bare handles on: a tensor that nothing holds may be freed, by the finalizer, in the middle of a call.
        var made = DisposeScopeManager.Statistics.TensorStatistics;
        made.Reset();
        var engine = new TorchEngine(Spec, Images(ImageCount));
        Gradient(engine, Spec, Weights, 0, [.. Enumerable.Range(0, ImageCount)], ImageCount);
        engine.Logits(Weights, Images(2), 0, new float[2 * CnnShape.Digits]);

        Assert.True(made.CreatedInScopeCount > 0);
        Assert.Equal(0, made.CreatedOutsideScopeCount);
    }

    [Theory]
    [InlineData("narrow.json")]
    [InlineData("uneven.json")]
    public void Logits_loss_and_every_gradient_are_PyTorchs(string fixture) => TorchTests.Agrees("torch", fixture);

    [Theory]
    [InlineData(16, 16, 16)]
    [InlineData(32, 64, 128)]
    [InlineData(80, 48, 48)]
    public void Gradients_are_those_of_the_reference(int conv1, int conv2, int hidden)
    {
        var spec = new RunSpec
        {
            Engine = "torch",
            Network = new CnnShape(conv1, conv2, hidden),
            Recipe = new Recipe { Dropout = 0.3, LabelSmoothing = 0.1, Shift = 3, Rotation = 20, Scaling = 0.1, Elastic = 1 },
        };
        var images = Images(5);
        int[] samples = [3, 0, 4];
        var weights = InitialWeights.Create(spec);

        var (gradient, sum) = Gradient(GradientEngines.Create(spec, images), spec, weights, 2, samples, 3);

        var (expected, loss) = Reference(spec, images, weights, 2, samples);
        Assert.Equal(loss, sum.Loss, 1e-5);
        Assert.InRange(Difference(spec.Network, gradient, expected), 0, Tolerance);
    }

    // Weights of -1/16, 0 and 1/16 and pixels of 0 and 1 make activations that floats hold exactly, in whatever order they are summed.
    // So both engines meet the same ties in pools and the same signs in ReLUs, and only gradients round.
    [Property(MaxTest = 60, Arbitrary = [typeof(Cases)])]
    public void Torch_and_simd_agree(Case given)
    {
        var images = BlackAndWhite(given.Draw, given.Spec.Network.Classes);
        var weights = Sixteenths(given.Spec.Network.ParameterCount(), given.Draw);
        var torch = GradientEngines.Create(given.Spec with { Engine = "torch" }, images);
        var simd = GradientEngines.Create(given.Spec with { Engine = "simd" }, images);

        var expected = Gradient(simd, given.Spec, weights, given.Epoch, given.Samples, given.SlotSizes);
        var actual = Gradient(torch, given.Spec, weights, given.Epoch, given.Samples, given.SlotSizes);

        Assert.Equal((expected.Sum.Hits, expected.Sum.Samples), (actual.Sum.Hits, actual.Sum.Samples));
        Assert.Equal(expected.Sum.Loss, actual.Sum.Loss, 1e-9);
        Assert.InRange(Difference(given.Spec.Network, actual.Gradient, Array.ConvertAll(expected.Gradient, element => (double)element)), 0,
            2 * Tolerance);
        int classes = given.Spec.Network.Classes;
        Assert.Equal(LogitsOf(simd, weights, images, classes), LogitsOf(torch, weights, images, classes));
    }

    [Property(MaxTest = 30, Arbitrary = [typeof(Cases)])]
    public void A_slot_alone_and_in_another_engine_has_the_same_bits(Case given)
    {
        var images = Images(ImageCount);
        var weights = InitialWeights.Create(given.Spec);
        var spec = given.Spec with { Engine = "torch" };
        int slot = given.Draw % given.SlotSizes.Length;
        int[] own = given.Samples[given.SlotSizes[..slot].Sum()..given.SlotSizes[..(slot + 1)].Sum()];
        var used = GradientEngines.Create(spec, images);
        Gradient(used, spec, weights, given.Epoch, given.Samples, given.SlotSizes);

        var sizes = new int[4];
        sizes[slot] = own.Length;
        var beside = Gradient(used, spec, weights, given.Epoch, own, sizes);
        var alone = Gradient(GradientEngines.Create(spec, images), spec, weights, given.Epoch, own, own.Length);

        Assert.Equal(alone.Sum, beside.Sum);
        Assert.Equal(Bits(alone.Gradient), Bits(beside.Gradient));
    }

    [Fact]
    public void A_block_is_the_sum_of_its_slots_along_the_tree()
    {
        var engine = GradientEngines.Create(Spec, Images(ImageCount));
        int[] sizes = [5, 0, 8, 3];
        int[] samples = [.. Enumerable.Range(0, 16)];
        var whole = Gradient(engine, Spec, Weights, 1, samples, sizes);
        var first = Gradient(engine, Spec, Weights, 1, samples[..5], 5);
        var third = Gradient(engine, Spec, Weights, 1, samples[5..13], 8);
        var fourth = Gradient(engine, Spec, Weights, 1, samples[13..], 3);

        Assert.Equal(BlockSum.Add(first.Sum, BlockSum.Add(third.Sum, fourth.Sum)), whole.Sum);
        Assert.Equal(
            Bits([.. Enumerable.Range(0, Weights.Length).Select(i => first.Gradient[i] + (third.Gradient[i] + fourth.Gradient[i]))]),
            Bits(whole.Gradient));
    }

    [Fact]
    public void An_empty_block_is_all_zero()
    {
        var (gradient, sum) = Gradient(GradientEngines.Create(Spec, Images(1)), Spec, Weights, 0, [], 0, 0);
        Assert.Equal(default, sum);
        Assert.All(gradient, element => Assert.Equal(0, BitConverter.SingleToInt32Bits(element)));
    }

    [Fact]
    public void Logits_do_not_depend_on_neighbours()
    {
        var images = Images(ImageCount);
        var engine = GradientEngines.Create(Spec, ImageSet.Empty);
        var all = LogitsOf(engine, Weights, images);
        foreach (var (first, count) in new[] { (0, 1), (23, 1), (3, 9), (5, 16), (4, 0) })
        {
            var some = new float[count * CnnShape.Digits];
            engine.Logits(Weights, images, first, some);
            Assert.Equal(all[(first * CnnShape.Digits)..][..some.Length], some);
        }
    }

    [Fact]
    public void Two_engines_on_two_threads_at_once_give_the_bits_of_one()
    {
        var spec = Spec with { Network = new CnnShape() };
        var weights = InitialWeights.Create(spec);
        int[] expected = Bits(Blocks());

        var together = new int[2][];
        using var start = new Barrier(2);
        InParallel(2, i =>
        {
            start.SignalAndWait();
            together[i] = Bits(Blocks());
        });

        Assert.All(together, bits => Assert.Equal(expected, bits));

        float[] Blocks()
        {
            var engine = GradientEngines.Create(spec, Images(ImageCount));
            int[] samples = [.. Enumerable.Range(0, ImageCount)];
            return [.. Enumerable.Range(0, 5).SelectMany(epoch => Gradient(engine, spec, weights, epoch, samples, 12, 12).Gradient)];
        }
    }

    // On a machine with one processor it would be so by itself.
    [Fact]
    public void Each_thread_that_computes_does_so_alone()
    {
        var engine = GradientEngines.Create(Spec, Images(2));
        var threads = new int[4];
        for (int i = 0; i < threads.Length; i++)
            InParallel(1, _ =>
            {
                torch.set_num_threads(3);
                Gradient(engine, Spec, Weights, 0, [0, 1], 2);
                threads[i] = torch.get_num_threads();
            });

        Assert.All(threads, count => Assert.Equal(1, count));
    }

    [Fact]
    public void No_tensor_outlives_its_step()
    {
        long[] alive = new long[2];
        InParallel(1, _ =>
        {
            var images = Images(ImageCount);
            var engine = GradientEngines.Create(Spec, images);
            for (int step = 0; step < 50; step++)
            {
                Gradient(engine, Spec, Weights, 0, [.. Enumerable.Range(0, ImageCount)], 9, 0, 8, 7);
                LogitsOf(engine, Weights, images);
                alive[step == 0 ? 0 : 1] = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
            }
        });

        Assert.Equal(alive[0], alive[1]);
    }

    [Fact]
    public void A_training_that_diverges_shows()
    {
        var weights = (float[])Weights.Clone();
        weights[0] = float.NaN;
        var (_, sum) = Gradient(GradientEngines.Create(Spec, Images(2)), Spec, weights, 0, [0, 1], 2);
        Assert.True(double.IsNaN(sum.Loss));
    }

    [Fact]
    public void Its_fingerprint_is_its_own()
    {
        Assert.Equal(Fingerprint.Of(Spec), Fingerprint.Of(Spec));
        Assert.NotEqual(Fingerprint.Of(Spec with { Engine = "simd" }), Fingerprint.Of(Spec));
    }

    [Fact]
    public void What_cannot_be_used_says_so_in_one_line()
    {
        if (Libtorch.Problem is not { } problem)
            return;
        Assert.Equal(problem, Assert.Throws<DllNotFoundException>(() => GradientEngines.Create(Spec, ImageSet.Empty)).Message);
        Assert.Contains("torch", problem, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', problem);
    }

    private static void InParallel(int count, Action<int> action)
    {
        var failures = new Exception?[count];
        var threads = Enumerable.Range(0, count).Select(i => new Thread(() => failures[i] = Record.Exception(() => action(i)))).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        Assert.All(failures, Assert.Null);
    }

    private static float[] LogitsOf(IGradientEngine engine, float[] weights, ImageSet images, int classes = CnnShape.Digits)
    {
        var logits = new float[images.Count * classes];
        engine.Logits(weights, images, 0, logits);
        return logits;
    }

    private static ImageSet BlackAndWhite(int draw, int classes)
    {
        var words = new uint[ImageCount * (ImageSet.Pixels + 1)];
        Philox.Fill((ulong)draw, Purpose.SyntheticImages, 0, 0, words);
        return new ImageSet(
            [.. words.Skip(ImageCount).Select(word => word < 1u << 30 ? byte.MaxValue : (byte)0)],
            [.. words.Take(ImageCount).Select(word => (byte)Philox.Below(classes, word))]);
    }

    private static float[] Sixteenths(int count, int draw)
    {
        var words = new uint[count];
        Philox.Fill((ulong)draw, Purpose.InitialWeights, 0, 0, words);
        return Array.ConvertAll(words, word => (Philox.Below(3, word) - 1) / 16f);
    }

    private static int[] Bits(float[] values) => Array.ConvertAll(values, BitConverter.SingleToInt32Bits);
}
