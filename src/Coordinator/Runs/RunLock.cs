using MnistDistributed.Model.Storage;

namespace MnistDistributed.Coordinator.Runs;

/// <summary>
/// The right to write a run's folder, which one process has at a time. The operating system's lock on the file <c>lock</c> gives it, and
/// takes it back when the process ends; not all network file systems hold that lock between machines, so the owner gives signs of life too.
/// </summary>
public sealed class RunLock : IDisposable
{
    private readonly string _folder;
    private readonly FileStream _lock;
    private readonly RunOwner _owner;
    private readonly Lock _gate = new();
    private readonly ITimer _signs;
    private readonly TimeProvider _time;
    private bool _isReleased;
    private volatile RunOwner? _takenBy;

    private RunLock(string folder, FileStream locked, TimeProvider time)
    {
        (_folder, _lock, _time, _owner) = (folder, locked, time, RunOwner.New(time));
        WriteOwner();
        _signs = time.CreateTimer(_ => GiveSign(), null, RunOwner.SignInterval, RunOwner.SignInterval);
    }

    /// <summary>A line on the dead owner that this one took the folder over from; null if it was free.</summary>
    public string? TakenOver { get; private init; }

    /// <summary>
    /// Who took the folder over from this one, which had given no sign of life for too long; null while this one owns it.
    /// </summary>
    public RunOwner? TakenBy => _takenBy;

    /// <summary>Takes a run's folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="time">What signs of life are timed by.</param>
    /// <param name="prepare">Called when the folder is this process's and no other can know yet.</param>
    /// <exception cref="RunInUseException">Another process has it; the message names it.</exception>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder must not be written.</exception>
    public static RunLock Take(string folder, TimeProvider time, Action prepare)
    {
        var locked = FileLock.TryTake(Path.Combine(folder, "lock")) ?? throw InUse(folder, time);
        try
        {
            string? takenOver = StaleOwner(folder, time);
            prepare();
            return new RunLock(folder, locked, time) { TakenOver = takenOver };
        }
        catch
        {
            locked.Dispose();
            throw;
        }
    }

    /// <summary>Gives the folder back.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_isReleased)
                return;
            _isReleased = true;
            _signs.Dispose();
            if (_takenBy is null)
                DeleteOwner();
            _lock.Dispose();
        }
    }

    /// <summary>What to say of an owner that is in the file though nobody holds the lock.</summary>
    private static string? StaleOwner(string folder, TimeProvider time)
    {
        try
        {
            if (RunOwner.Read(folder) is not { } owner)
                return null;
            // Where the file system holds the lock, whoever had it on this machine is gone.
            if (owner.IsAlive(time) && !owner.IsThisProcess)
                throw InUse(folder, owner);
            return $"{folder}: the stale lock of {owner} is taken over.";
        }
        catch (InvalidDataException e)
        {
            return $"{e.Message} Nobody holds the run, so the lock is taken.";
        }
    }

    private static RunInUseException InUse(string folder, TimeProvider time)
    {
        try
        {
            // Until a new owner has written its name, the file may name a dead one.
            return RunOwner.Read(folder) is { } owner && owner.IsAlive(time) ? InUse(folder, owner) : Nameless();
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            return Nameless();
        }

        RunInUseException Nameless() => new($"{folder} is in use by another ./mnist train.");
    }

    private static RunInUseException InUse(string folder, RunOwner owner) => new($"{folder} is in use by {owner}."
        + (owner.IsHere ? "" : $" Its last sign of life came at {owner.LastSign.ToLocalTime():HH:mm:ss};"
            + $" it counts as gone {RunOwner.GoneAfter.TotalSeconds:N0} s after it."))
        { MayBeGone = !owner.IsHere };

    private void GiveSign()
    {
        lock (_gate)
        {
            if (_isReleased || _takenBy is not null)
                return;
            try
            {
                if (Current() is not { } current)
                    WriteOwner();
                else if (_owner.IsSame(current))
                    File.SetLastWriteTimeUtc(RunOwner.FileIn(_folder), _time.GetUtcNow().UtcDateTime);
                else
                    _takenBy = current;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The next sign may come through; a run does not end for want of one.
            }
        }
    }

    private RunOwner? Current()
    {
        try
        {
            return RunOwner.Read(_folder);
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    private void WriteOwner()
    {
        RunFolder.Demand(_folder);
        JsonFile.Write(RunOwner.FileIn(_folder), _owner);
        File.SetLastWriteTimeUtc(RunOwner.FileIn(_folder), _time.GetUtcNow().UtcDateTime);
    }

    private void DeleteOwner()
    {
        try
        {
            if (Current() is not { } current || _owner.IsSame(current))
                File.Delete(RunOwner.FileIn(_folder));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It stays, and is known for stale by its process.
        }
    }
}
