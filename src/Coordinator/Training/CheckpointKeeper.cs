using System.Globalization;
using MnistDistributed.Model;
using MnistDistributed.Model.Storage;

namespace MnistDistributed.Coordinator.Training;

/// <summary>The keeper of a run's newest state: in memory, for the next term, and on disk, as soon as the disk can take it.</summary>
/// <param name="store">Where checkpoints are kept.</param>
/// <param name="from">Where the run begins; of term 0 if it has never been saved.</param>
/// <param name="observer">Told of each write, when the disk cannot take a checkpoint, and when it can again.</param>
/// <param name="time">The clock that the writes are timed with.</param>
public sealed class CheckpointKeeper(CheckpointStore store, Checkpoint from, IRunObserver observer, TimeProvider time)
{
    private int? _savedStep = from.Term == 0 ? null : from.State.Step;
    private bool _isFailing;

    /// <summary>The newest state, on disk or not.</summary>
    public Checkpoint Last { get; private set; } = from;

    /// <summary>Whether <see cref="Last"/> is on disk.</summary>
    public bool IsSaved { get; private set; } = from.Term != 0;

    /// <summary>What is on disk, for people.</summary>
    public string OnDisk => _savedStep is { } step
        ? string.Create(CultureInfo.InvariantCulture, $"the last good checkpoint is of step {step:N0}")
        : "there is no checkpoint yet";

    /// <summary>Keeps a newer state. A disk that cannot take it does not end the run: the next checkpoint tries again.</summary>
    public void Keep(Checkpoint checkpoint)
    {
        Last = checkpoint;
        IsSaved = false;
        try
        {
            Save();
        }
        catch (Exception e) when (PatientDisk.IsDisk(e))
        {
            if (!_isFailing)
            {
                observer.Incident(RunIncident.DiskFailed, $"The checkpoint is not on disk: {OneLine.Brief(e.Message).TrimEnd('.')};"
                    + $" the run goes on, {OnDisk}; trying again every few seconds.");
            }

            _isFailing = true;
        }
    }

    /// <summary>Writes the newest state.</summary>
    /// <returns>Whether it was not on disk yet.</returns>
    /// <exception cref="IOException">The disk or the folder cannot take it.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder must not be written.</exception>
    public bool Save()
    {
        if (IsSaved)
            return false;
        Write();
        (IsSaved, _savedStep) = (true, Last.State.Step);
        if (_isFailing)
            observer.Note($"Checkpoints can be written again; {OnDisk}.");
        _isFailing = false;
        return true;
    }

    private void Write()
    {
        long began = time.GetTimestamp();
        long? bytes = null;
        try
        {
            bytes = new FileInfo(store.Save(Last)).Length;
        }
        finally
        {
            observer.CheckpointWritten(new CheckpointWrite(time.GetElapsedTime(began).TotalSeconds, bytes));
        }
    }
}
