using System.Text;
using MnistDistributed.Model.Storage;

namespace MnistDistributed.Model.Tests.Storage;

public sealed class AtomicFileTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Writes_and_replaces_and_makes_the_folder()
    {
        string path = _folder.File("a/b/file");
        AtomicFile.Write(path, stream => stream.Write("one"u8));
        AtomicFile.Write(path, stream => stream.Write("2"u8));
        Assert.Equal("2", File.ReadAllText(path));
        Assert.Equal(["file"], Directory.GetFileSystemEntries(_folder.File("a/b")).Select(Path.GetFileName));
    }

    [Fact]
    public void The_file_has_its_name_only_when_it_is_whole()
    {
        string path = _folder.File("file");
        File.WriteAllText(path, "old");
        AtomicFile.Write(path, stream =>
        {
            stream.Write(Encoding.ASCII.GetBytes("new"));
            stream.Flush();
            Assert.Equal("old", File.ReadAllText(path));
        });
        Assert.Equal("new", File.ReadAllText(path));
    }

    [Fact]
    public void A_writer_that_fails_changes_nothing()
    {
        string path = _folder.File("file");
        File.WriteAllText(path, "old");
        Assert.Throws<IOException>(() => AtomicFile.Write(path, stream =>
        {
            stream.Write("half"u8);
            throw new IOException("the disk is full");
        }));
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Equal(["file"], _folder.Names());
    }

    [Fact]
    public void A_name_that_is_a_folder_leaves_no_temporary_file()
    {
        Directory.CreateDirectory(_folder.File("taken"));
        Assert.ThrowsAny<SystemException>(() => AtomicFile.Write(_folder.File("taken"), stream => stream.WriteByte(1)));
        Assert.Equal(["taken"], _folder.Names());
    }
}
