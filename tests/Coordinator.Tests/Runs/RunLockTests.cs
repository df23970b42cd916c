using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Time.Testing;
using MnistDistributed.Coordinator.Clusters;
using MnistDistributed.Coordinator.Runs;

namespace MnistDistributed.Coordinator.Tests.Runs;

public sealed class RunLockTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mnist-lock-").FullName;
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);

    private string OwnerFile => RunOwner.FileIn(_folder);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_second_coordinator_is_refused_with_the_owner_named()
    {
        using var first = Take();
        Assert.Null(first.TakenOver);
        string since = _time.GetUtcNow().ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
        Assert.Equal($"{_folder} is in use by process {Environment.ProcessId} on {Environment.MachineName} since {since}.", Refusal());
    }

    [Fact]
    public void What_is_given_back_is_free_for_the_next()
    {
        Take().Dispose();
        Assert.Equal(["lock"], Directory.GetFileSystemEntries(_folder).Select(Path.GetFileName));
        using var next = Take();
        Assert.Null(next.TakenOver);
    }

    [Fact]
    public void The_lock_of_a_process_that_is_gone_is_taken_over_and_named()
    {
        using var process = Sleeper();
        var owner = OwnerOf(process);
        // A file system that does not hold the operating system's lock: only the owner's file tells.
        JsonFile.Write(OwnerFile, owner);
        Assert.StartsWith($"{_folder} is in use by process {process.Id} on ", Refusal(), StringComparison.Ordinal);

        process.Kill();
        process.WaitForExit();
        using var taken = Take();
        Assert.Equal($"{_folder}: the stale lock of {owner} is taken over.", taken.TakenOver);
        Assert.Equal(Environment.ProcessId, RunOwner.Read(_folder)!.Pid);
    }

    [Fact]
    public void Another_process_with_the_number_of_the_owner_is_not_the_owner()
    {
        using var process = Sleeper();
        JsonFile.Write(OwnerFile, OwnerOf(process) with { ProcessStart = "then" });
        using var taken = Take();
        Assert.Contains($"the stale lock of process {process.Id} on", taken.TakenOver, StringComparison.Ordinal);
        process.Kill();
    }

    [Fact]
    public void An_owner_on_another_machine_is_gone_when_it_gives_no_sign_of_life()
    {
        var owner = new RunOwner("elsewhere", 17, "boot/1", _time.GetUtcNow());
        JsonFile.Write(OwnerFile, owner);
        File.SetLastWriteTimeUtc(OwnerFile, _time.GetUtcNow().UtcDateTime);
        _time.Advance(RunOwner.GoneAfter - TimeSpan.FromMilliseconds(1));
        string refusal = Refusal();
        Assert.StartsWith($"{_folder} is in use by {owner}. Its last sign of life came at ", refusal, StringComparison.Ordinal);
        Assert.EndsWith("; it counts as gone 30 s after it.", refusal, StringComparison.Ordinal);

        _time.Advance(TimeSpan.FromMilliseconds(1));
        using var taken = Take();
        Assert.Equal($"{_folder}: the stale lock of {owner} is taken over.", taken.TakenOver);
    }

    [Fact]
    public void An_owner_gives_signs_of_life_as_long_as_it_lives()
    {
        using var first = Take();
        for (int i = 0; i < 20; i++)
        {
            _time.Advance(RunOwner.SignInterval);
            // As a coordinator on another machine sees it.
            Assert.True((RunOwner.Read(_folder)! with { Host = "elsewhere" }).IsAlive(_time));
        }

        first.Dispose();
        _time.Advance(RunOwner.SignInterval);
        Assert.False(File.Exists(OwnerFile));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_owner_whose_file_is_lost_or_damaged_writes_it_again(bool isDamaged)
    {
        using var first = Take();
        var owner = RunOwner.Read(_folder)!;
        if (isDamaged)
            File.WriteAllText(OwnerFile, "{");
        else
            File.Delete(OwnerFile);
        _time.Advance(RunOwner.SignInterval);
        Assert.True(owner.IsSame(RunOwner.Read(_folder)));
    }

    [Fact]
    public void An_owner_learns_that_another_machine_has_taken_over_and_leaves_it_alone()
    {
        using var first = Take();
        Assert.Null(first.TakenBy);
        var other = new RunOwner("elsewhere", 17, "boot/1", _time.GetUtcNow());
        JsonFile.Write(OwnerFile, other);
        var written = File.GetLastWriteTimeUtc(OwnerFile);

        _time.Advance(4 * RunOwner.SignInterval);
        Assert.True(other.IsSame(first.TakenBy));
        first.Dispose();
        Assert.True(other.IsSame(RunOwner.Read(_folder)));
        Assert.Equal(written, File.GetLastWriteTimeUtc(OwnerFile));
    }

    [Fact]
    public void A_refusal_never_names_the_dead_owner_before_this_one()
    {
        using var first = Take();
        JsonFile.Write(OwnerFile, RunOwner.New(_time) with { ProcessStart = "then" });
        Assert.Equal($"{_folder} is in use by another ./mnist train.", Refusal());
        File.WriteAllText(OwnerFile, "");
        Assert.Equal($"{_folder} is in use by another ./mnist train.", Refusal());
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("[1]")]
    [InlineData("{\"host\":\"a\",\"pid\":5,\"processStart\":null}")]
    [InlineData("{\"host\":\"a\",\"pid\":0,\"processStart\":null,\"taken\":\"2026-01-31T09:30:00+00:00\"}")]
    [InlineData("{\"host\":\"\",\"pid\":5,\"processStart\":null,\"taken\":\"2026-01-31T09:30:00+00:00\"}")]
    [InlineData("{\"host\":null,\"pid\":5,\"processStart\":null,\"taken\":\"2026-01-31T09:30:00+00:00\"}")]
    [InlineData("{\"host\":\"a\",\"pid\":5,\"processStart\":null,\"taken\":\"soon\"}")]
    [InlineData("{\"host\":\"a\",\"pid\":5,\"processStart\":null,\"taken\":\"2026-01-31T09:30:00+00:00\",\"more\":1}")]
    public void A_damaged_owner_file_that_nobody_holds_does_not_keep_the_run_from_going_on(string content)
    {
        File.WriteAllText(OwnerFile, content);
        using var taken = Take();
        Assert.StartsWith($"{OwnerFile} is damaged: ", taken.TakenOver, StringComparison.Ordinal);
        Assert.DoesNotContain(taken.TakenOver!, char.IsControl);
    }

    [Fact]
    public void Text_from_an_owner_file_stays_on_one_line()
    {
        JsonFile.Write(OwnerFile, new RunOwner("else\nwhere\u001b[2J", 17, null, _time.GetUtcNow()));
        File.SetLastWriteTimeUtc(OwnerFile, _time.GetUtcNow().UtcDateTime);
        Assert.DoesNotContain(Refusal(), char.IsControl);
    }

    [Fact]
    public void A_folder_that_cannot_be_locked_is_not_in_use()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "lock"));
        Assert.Contains(_folder, Assert.ThrowsAny<SystemException>(Take).Message, StringComparison.Ordinal);
        Assert.False(File.Exists(OwnerFile));
    }

    [Fact]
    public void Where_the_owner_cannot_be_written_the_lock_is_let_go()
    {
        Directory.CreateDirectory(OwnerFile);
        Assert.Contains($"{OwnerFile} cannot be written", Assert.ThrowsAny<SystemException>(Take).Message, StringComparison.Ordinal);
        Directory.Delete(OwnerFile);
        Take().Dispose();
    }

    private RunLock Take() => RunLock.Take(_folder, _time, () => { });

    private string Refusal() => Assert.Throws<RunInUseException>(Take).Message;

    private static RunOwner OwnerOf(Process process) =>
        new(Environment.MachineName, process.Id, ProcessTable.StartOf(process.Id)!,
            new DateTimeOffset(2026, 1, 31, 9, 30, 0, TimeSpan.Zero));

    private static Process Sleeper() => Process.Start(OperatingSystem.IsWindows() ? "timeout" : "sleep", "600")!;
}
