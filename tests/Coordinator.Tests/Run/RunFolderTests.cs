using MnistDistributed.Coordinator.Run;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Coordinator.Tests.Run;

public sealed class RunFolderTests : IDisposable
{
    private static readonly RunSpec Spec = new() { TrainingImages = 60000, DataDigest = new string('a', 64) };

    private readonly string _parent = Directory.CreateTempSubdirectory("mnist-folder-").FullName;

    public void Dispose() => Directory.Delete(_parent, recursive: true);

    [Fact]
    public void Runs_that_start_in_one_second_get_folders_of_their_own()
    {
        var started = new DateTimeOffset(2026, 1, 31, 9, 30, 0, TimeSpan.Zero);
        var folders = new RunFolder[8];
        Parallel.For(0, folders.Length, i => folders[i] = RunFolder.Create(_parent, started, Spec));
        Assert.Equal(8, folders.Select(folder => folder.Path).Distinct().Count());
        Assert.Contains(folders, folder => folder.Id == "20260131-093000");
        Assert.Contains(folders, folder => folder.Id == "20260131-093000-2");
        Assert.All(folders, folder => Assert.Equal(Spec, folder.ReadSpec()));
        Assert.All(folders, folder => folder.Dispose());
    }

    [Fact]
    public void Terms_are_counted_on_disk()
    {
        string path;
        using (var folder = RunFolder.Create(_parent, DateTimeOffset.UnixEpoch, Spec))
        {
            path = folder.Path;
            Assert.Equal(1, folder.NextTerm());
        }

        using (var again = RunFolder.Open(path))
            Assert.Equal(2, again.NextTerm());
        using (var again = RunFolder.Open(path + Path.DirectorySeparatorChar))
            Assert.Equal(3, again.NextTerm());
    }

    [Theory]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("one")]
    [InlineData("99999999999")]
    [InlineData("2147483647")]
    public void A_term_file_that_is_no_number_is_named(string content)
    {
        using var folder = RunFolder.Create(_parent, DateTimeOffset.UnixEpoch, Spec);
        File.WriteAllText(Path.Combine(folder.Path, "term"), content);
        Assert.Contains(Path.Combine(folder.Path, "term"), Assert.Throws<InvalidDataException>(() => folder.NextTerm()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_a_run_is_named() =>
        Assert.StartsWith($"{_parent} holds no run", Assert.Throws<InvalidDataException>(() => RunFolder.Open(_parent)).Message, StringComparison.Ordinal);
}
