using System.Text;
using MnistDistributed.Model.Storage;

namespace MnistDistributed.Model.Tests.Storage;

public sealed class AtomicFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

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
        var e = Assert.Throws<IOException>(() => AtomicFile.Write(path, stream =>
        {
            stream.Write("half"u8);
            throw new IOException("the disk is full");
        }));
        Assert.Equal($"{path} cannot be written: the disk is full.", e.Message);
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Equal(["file"], _folder.Names());
    }

    [Theory]
    [InlineData("there")]
    [InlineData("empty")]
    [InlineData("not there")]
    public void A_link_stays_and_what_it_leads_to_is_replaced(string target)
    {
        Directory.CreateDirectory(_folder.File("elsewhere"));
        if (target != "not there")
            File.WriteAllText(_folder.File("elsewhere/" + target), target == "empty" ? "" : "old");
        File.CreateSymbolicLink(_folder.File("second"), "elsewhere/" + target);
        File.CreateSymbolicLink(_folder.File("first"), "second");

        AtomicFile.Write(_folder.File("first"), stream => stream.Write("new"u8));

        Assert.Equal("second", new FileInfo(_folder.File("first")).LinkTarget);
        Assert.Equal("new", File.ReadAllText(_folder.File("elsewhere/" + target)));
        Assert.Equal([target], Directory.GetFileSystemEntries(_folder.File("elsewhere")).Select(Path.GetFileName));
    }

    [Fact]
    public void A_pipe_takes_the_content()
    {
        Needs.Unix();
        using var pipe = new System.IO.Pipes.AnonymousPipeServerStream(System.IO.Pipes.PipeDirection.In);
        AtomicFile.Write("/dev/fd/" + pipe.GetClientHandleAsString(), stream => stream.Write("new"u8));
        pipe.DisposeLocalCopyOfClientHandle();
        using var reader = new StreamReader(pipe);
        Assert.Equal("new", reader.ReadToEnd());
    }

    [Fact]
    public void A_device_stays_one()
    {
        Needs.Unix();
        // A link, so that a failure costs the link and not the device.
        File.CreateSymbolicLink(_folder.File("null"), "/dev/null");
        AtomicFile.Write(_folder.File("null"), stream => stream.Write("new"u8));
        Assert.Equal(("/dev/null", 0), (new FileInfo(_folder.File("null")).LinkTarget, new FileInfo("/dev/null").Length));
    }

    [Fact]
    public void A_name_that_is_a_folder_leaves_no_temporary_file()
    {
        Directory.CreateDirectory(_folder.File("taken"));
        var e = Assert.ThrowsAny<SystemException>(() => AtomicFile.Write(_folder.File("taken"), stream => stream.WriteByte(1)));
        Assert.StartsWith($"{_folder.File("taken")} cannot be written: ", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(".tmp", e.Message, StringComparison.Ordinal);
        Assert.Equal(["taken"], _folder.Names());
    }
}
