using MnistDistributed.Model.Data;

namespace MnistDistributed.Model.Tests.Data;

/// <summary>Data sets under the names and in the folders that other loaders and sites leave.</summary>
public sealed class DataFilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, string[]> Layouts() => new()
    {
        { "as yann.lecun.com's unpack on Windows", ["train-images.idx3-ubyte", "train-labels.idx1-ubyte", "t10k-images.idx3-ubyte",
            "t10k-labels.idx1-ubyte"] },
        { "a folder of the file's name around it", [.. MnistFiles.All.Select(name => $"{name}/{name}")] },
        { "torchvision", [.. MnistFiles.All.Select(name => $"MNIST/raw/{name}")] },
        { "NIST", ["emnist-letters-train-images-idx3-ubyte.gz", "emnist-letters-train-labels-idx1-ubyte.gz",
            "emnist-letters-test-images-idx3-ubyte.gz", "emnist-letters-test-labels-idx1-ubyte.gz"] },
        { "below each other", ["train/train-images-idx3-ubyte.gz", "train/train-labels-idx1-ubyte", "test/t10k-images-idx3-ubyte",
            "test/T10K-labels.idx1-ubyte"] },
    };

    [Theory]
    [MemberData(nameof(Layouts))]
    public void Loads_what_others_leave(string layout, string[] names)
    {
        foreach (var (name, role) in names.Zip(MnistFiles.All))
            Write(name, SmallSet.Files[role]);
        Write("notes.txt", [1]);
        // What macOS leaves beside what it packs.
        Write($"__MACOSX/._{MnistFiles.TrainImages}", [1]);

        var data = DataFolder.Load(_folder.Path, CancellationToken.None);

        Assert.Equal(SmallSet.Files[MnistFiles.TrainImages][16..], data.Train.AllPixels.ToArray());
        Assert.True(data.Test.Labels.SequenceEqual(SmallSet.Files[MnistFiles.TestLabels].AsSpan(8)), layout);
    }

    [Fact]
    public void Files_that_hold_the_same_are_one()
    {
        // Kaggle's archive has each twice.
        SmallSet.Write(_folder.Path);
        Write("archive/train-images.idx3-ubyte", SmallSet.Files[MnistFiles.TrainImages]);
        Write($"archive/{MnistFiles.TestLabels}.gz", SmallSet.Gzip(SmallSet.Files[MnistFiles.TestLabels]));
        Assert.Equal(SmallSet.TrainCount, DataFolder.Load(_folder.Path, CancellationToken.None).Train.Count);
    }

    [Fact]
    public void Of_several_sets_in_a_folder_one_is_given_by_its_name()
    {
        Directory.CreateDirectory(_folder.File("gzip"));
        foreach (string set in (string[])["letters", "balanced"])
        {
            foreach (var (role, bytes) in SmallSet.Files)
                Write($"gzip/emnist-{set}-{role.Replace("t10k", "test")}", set == "letters" ? bytes : Changed(bytes));
        }

        var letters = DataFolder.Load(_folder.File("gzip/emnist-letters"), CancellationToken.None);
        Assert.Equal(SmallSet.Files[MnistFiles.TrainImages][16..], letters.Train.AllPixels.ToArray());
        AssertRefused(_folder.Path, $"{_folder.Path}: 2 different files of training images: gzip/emnist-balanced-train-images-idx3-ubyte, "
            + "gzip/emnist-letters-train-images-idx3-ubyte; give what the names of one data set begin with, as in "
            + $"{_folder.Path}/gzip/emnist-balanced.");
    }

    [Fact]
    public void Two_data_sets_in_folders_are_told_apart_by_the_folder()
    {
        foreach (string set in (string[])["MNIST", "FashionMNIST"])
        {
            foreach (var (role, bytes) in SmallSet.Files)
                Write($"{set}/raw/{role}", set == "MNIST" ? bytes : Changed(bytes));
        }

        AssertRefused(_folder.Path, "2 different files of training images: FashionMNIST/raw/train-images-idx3-ubyte, "
            + "MNIST/raw/train-images-idx3-ubyte; give the folder of one data set alone");
    }

    [Fact]
    public void A_missing_role_names_what_is_there_and_what_was_looked_for()
    {
        Write("raw/train-images.idx3-ubyte", SmallSet.Files[MnistFiles.TrainImages]);
        Write("raw/qmnist-train-labels-idx2-int", [1]);
        AssertRefused(_folder.Path, $"{_folder.Path}: no file of training labels; looked for train-labels-idx1-ubyte, ",
            "found are the training images raw/train-images.idx3-ubyte");
    }

    [Theory]
    [InlineData("train.parquet", "PAR1", "what is there is train.parquet, a Parquet file")]
    [InlineData("mnist.zip", "PK\u0003\u0004, and more", "what is there is mnist.zip, a zip archive: unpack it")]
    [InlineData("mnist.npz", "PK\u0003\u0004, and then x_train.npy", "what is there is mnist.npz, a NumPy archive (.npz)")]
    public void Files_of_another_format_are_named(string name, string content, string says)
    {
        Write(name, System.Text.Encoding.Latin1.GetBytes(content));
        AssertRefused(_folder.Path, says);
        AssertRefused(_folder.File(name), ", not a folder");
    }

    [Fact]
    public void An_empty_folder_is_called_that() => AssertRefused(_folder.Path, "there are no files at all");

    [Fact]
    public void A_file_in_place_of_a_folder_names_the_folder()
    {
        SmallSet.Write(_folder.Path);
        AssertRefused(
            _folder.File(MnistFiles.TrainImages), $": a file; give the folder that holds it and the other three, {_folder.Path}.");
        Write("some.csv", "label,pixel0\n"u8.ToArray());
        AssertRefused(_folder.File("some.csv"), ": a file, not a folder; a folder with the IDX files");
    }

    [Fact]
    public void A_tilde_that_the_shell_left_is_called_that() =>
        AssertRefused("~/no-such-mnist", $"give {Environment.GetFolderPath(Environment.SpecialFolder.UserProfile)}/no-such-mnist.");

    [Theory]
    [InlineData("<!DOCTYPE html><html><body>404</body></html>", "a web page, not an IDX file of images")]
    [InlineData("<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>", "a web page")]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:ba\nsize 47040016\n", "a Git LFS pointer", "run 'git lfs pull'")]
    [InlineData("PK\u0003\u0004\n\0 train-images", "a zip archive", "unpack it")]
    public void What_lies_there_in_place_of_data_is_called_by_its_name(string content, params string[] says)
    {
        SmallSet.Write(_folder.Path);
        byte[] bytes = System.Text.Encoding.Latin1.GetBytes(content);
        foreach (byte[] packed in (byte[][])[bytes, SmallSet.Gzip(bytes)])
        {
            Write(MnistFiles.TrainImages, packed);
            AssertRefused(_folder.Path, [_folder.File(MnistFiles.TrainImages), .. says]);
        }
    }

    [Fact]
    public void What_is_gzipped_twice_is_called_that()
    {
        SmallSet.Write(_folder.Path);
        Write(MnistFiles.TestLabels, SmallSet.Gzip(SmallSet.Gzip(SmallSet.Files[MnistFiles.TestLabels])));
        AssertRefused(_folder.Path, "a gzip archive, not an IDX file of labels; unpack it");
    }

    private static byte[] Changed(byte[] file) => [.. file[..^1], (byte)(file[^1] ^ 1)];

    private void Write(string name, byte[] bytes)
    {
        string path = _folder.File(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, name.EndsWith(".gz", StringComparison.Ordinal) && bytes[0] != 0x1f ? SmallSet.Gzip(bytes) : bytes);
    }

    private static void AssertRefused(string folder, params string[] says)
    {
        var error = Assert.Throws<DataException>(() => DataFolder.Load(folder, CancellationToken.None));
        Assert.All(says, say => Assert.Contains(say, error.Message, StringComparison.Ordinal));
        Assert.DoesNotContain('\n', error.Message);
    }
}
