using MnistDistributed.Model.Engine;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Model.Tests.Engine;

public class FingerprintTests
{
    [Fact]
    public void Is_64_hex_digits_and_the_same_every_time()
    {
        string fingerprint = Fingerprint.Of(Batches.Narrow);
        Assert.Matches("^[0-9a-f]{64}$", fingerprint);
        Assert.Equal(fingerprint, Fingerprint.Of(Batches.Narrow));
    }

    [Fact]
    public void Tells_runs_of_different_arithmetic_apart()
    {
        RunSpec[] specs =
        [
            Batches.Narrow,
            Batches.Narrow with { Seed = 2 },
            Batches.Narrow with { Recipe = Batches.Narrow.Recipe with { Dropout = 0.5 } },
            Batches.Narrow with { Recipe = Batches.Narrow.Recipe with { LabelSmoothing = 0.1 } },
            Batches.Narrow with { Recipe = Batches.Narrow.Recipe with { Shift = 2 } },
        ];
        Assert.Equal(specs.Length, specs.Select(Fingerprint.Of).Distinct().Count());
    }
}
