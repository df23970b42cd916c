using System.Security.Cryptography;
using MnistDistributed.Model.Data;

namespace MnistDistributed.Model.Tests.Data;

public sealed class DataFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Loads_raw_and_gzipped_files_to_the_same_set(bool gzip)
    {
        SmallSet.Write(_folder.Path, gzip);

        DataSet data = Load();

        Assert.Equal(SmallSet.TrainCount, data.Train.Count);
        Assert.Equal(SmallSet.TestCount, data.Test.Count);
        Assert.Equal(SmallSet.Files[MnistFiles.TrainImages][16..], data.Train.AllPixels.ToArray());
        Assert.Equal(SmallSet.Files[MnistFiles.TestLabels][8..], data.Test.Labels.ToArray());
        byte[] sums = [.. MnistFiles.All.SelectMany(name => SHA256.HashData(SmallSet.Files[name]))];
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(sums)), data.Digest);
    }

    [Fact]
    public void Prefers_the_raw_file()
    {
        SmallSet.Write(_folder.Path);
        File.WriteAllText(_folder.File(MnistFiles.TestLabels + ".gz"), "not gzip");
        Assert.Equal(SmallSet.TestCount, Load().Test.Count);
    }

    [Fact]
    public void The_digest_tells_sets_apart()
    {
        SmallSet.Write(_folder.Path);
        string first = Load().Digest;
        byte[] labels = (byte[])SmallSet.Files[MnistFiles.TestLabels].Clone();
        labels[^1] ^= 1;
        File.WriteAllBytes(_folder.File(MnistFiles.TestLabels), labels);
        Assert.NotEqual(first, Load().Digest);
    }

    [Fact]
    public void The_number_of_classes_is_that_of_the_labels()
    {
        SmallSet.Write(_folder.Path);
        Assert.Equal(10, Load().Classes);
        byte[] labels = (byte[])SmallSet.Files[MnistFiles.TrainLabels].Clone();
        labels[^1] = 26;
        File.WriteAllBytes(_folder.File(MnistFiles.TrainLabels), labels);
        Assert.Equal(27, Load().Classes);
    }

    [Fact]
    public void A_transposed_set_is_that_of_files_that_have_it_so()
    {
        SmallSet.Write(_folder.Path);
        var upright = Load();
        DataSet data = DataFolder.Load(_folder.Path, transpose: true, CancellationToken.None);
        Assert.Equal(upright.Train.Image(7)[3 * 28 + 5], data.Train.Image(7)[5 * 28 + 3]);
        Assert.Equal(upright.Train.Labels.ToArray(), data.Train.Labels.ToArray());
        Assert.NotEqual(upright.Digest, data.Digest);

        SmallData.Write(_folder.File("transposed"), data.Train, data.Test);
        Assert.Equal(data.Digest, DataFolder.Load(_folder.File("transposed"), CancellationToken.None).Digest);
        Assert.Equal(upright.Digest, DataFolder.Load(_folder.File("transposed"), transpose: true, CancellationToken.None).Digest);
    }

    [Fact]
    public void Names_a_missing_folder() => AssertRefused(_folder.File("nowhere"), "no such folder");

    [Fact]
    public void Names_a_missing_file()
    {
        SmallSet.Write(_folder.Path);
        File.Delete(_folder.File(MnistFiles.TestLabels));
        AssertRefused(_folder.Path, "no file of test labels; looked for t10k-labels-idx1-ubyte");
    }

    [Fact]
    public async Task Refuses_a_pipe()
    {
        Needs.Unix();
        SmallSet.Write(_folder.Path);
        File.Delete(_folder.File(MnistFiles.TestLabels));
        await using var pipe = new System.IO.Pipes.AnonymousPipeServerStream(System.IO.Pipes.PipeDirection.Out);
        File.CreateSymbolicLink(_folder.File(MnistFiles.TestLabels), "/dev/fd/" + pipe.GetClientHandleAsString());
        AssertRefused(_folder.Path, _folder.File(MnistFiles.TestLabels) + ": a pipe or a device");
    }

    [Fact]
    public void Names_counts_that_differ()
    {
        SmallSet.Write(_folder.Path);
        File.WriteAllBytes(_folder.File(MnistFiles.TrainLabels), SmallSet.Labels(SmallSet.TrainCount - 1));
        AssertRefused(_folder.Path, "30 images in train-images-idx3-ubyte but 29 labels in train-labels-idx1-ubyte");
    }

    [Fact]
    public void Names_the_first_bad_file()
    {
        SmallSet.Write(_folder.Path);
        File.WriteAllText(_folder.File(MnistFiles.TrainLabels), "one");
        File.WriteAllText(_folder.File(MnistFiles.TestImages), "two");
        AssertRefused(_folder.Path, _folder.File(MnistFiles.TrainLabels) + ": only 3 bytes");
    }

    [Fact]
    public void Stops_when_asked()
    {
        SmallSet.Write(_folder.Path);
        Assert.ThrowsAny<OperationCanceledException>(() => DataFolder.Load(_folder.Path, new CancellationToken(canceled: true)));
    }

    private DataSet Load() => DataFolder.Load(_folder.Path, CancellationToken.None);

    private static void AssertRefused(string folder, string says)
    {
        var error = Assert.Throws<DataException>(() => DataFolder.Load(folder, CancellationToken.None));
        Assert.Contains(says, error.Message);
        Assert.DoesNotContain('\n', error.Message);
    }
}
