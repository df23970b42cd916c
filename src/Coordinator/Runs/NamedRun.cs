using System.Text.RegularExpressions;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Coordinator.Runs;

/// <summary>
/// A run that is known by name: whoever starts the same command again, such as systemd or Kubernetes, begins it, goes on with it, or finds
/// it done.
/// </summary>
/// <param name="name">Its name.</param>
/// <param name="parent">The folder in which run folders are made.</param>
/// <param name="time">The clock.</param>
public sealed partial class NamedRun(string name, string parent, TimeProvider time)
{
    // The last owner's last sign of life, and a little for clocks that differ.
    private static readonly TimeSpan Patience = RunOwner.GoneAfter + 2 * RunOwner.SignInterval;
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);

    /// <summary>Its folder.</summary>
    public string Path { get; } = IsName().IsMatch(name) ? System.IO.Path.Combine(parent, name)
        : throw new UsageException(
            "--run: a run's name is made of letters, digits, '-', '_' and '.', 64 at most, the first a letter or a digit.");

    /// <summary>Whether it was begun.</summary>
    public bool IsBegun => RunFolder.IsRun(Path);

    /// <summary>Whether it is done, with its report.</summary>
    public bool IsDone
    {
        get
        {
            try
            {
                return IsBegun && RunMetrics.Read(Path) is { IsDone: true };
            }
            catch (InvalidDataException)
            {
                // A damaged result is written again by going on from the last checkpoint.
                return false;
            }
        }
    }

    /// <summary>
    /// Opens it, to go on with it. An owner on another machine that has given no sign of life of late, as one has whose pod was deleted, is
    /// waited for: it comes back, or it is gone.
    /// </summary>
    /// <param name="say">Says that it is waited for, as one line.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="RunInUseException">Another process trains it.</exception>
    public Task<RunFolder> Open(Action<string> say, CancellationToken cancellationToken) =>
        WhenFree(() => RunFolder.Open(Path, time), say, cancellationToken);

    /// <summary>Begins it, or opens what another process has begun meanwhile.</summary>
    /// <param name="spec">What shapes its result.</param>
    /// <param name="initial">The weights that it begins at, where its spec names them.</param>
    /// <param name="say">Says that an owner is waited for, as one line.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="RunInUseException">Another process trains it.</exception>
    /// <exception cref="UsageException">What another process has begun has another spec.</exception>
    public async Task<RunFolder> Begin(RunSpec spec, float[]? initial, Action<string> say, CancellationToken cancellationToken)
    {
        var folder = await WhenFree(() => RunFolder.CreateNamed(Path, spec, time, initial), say, cancellationToken);
        try
        {
            DemandSame(spec, folder.ReadSpec());
            return folder;
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Demands that what is wanted is what the run was begun with.</summary>
    /// <param name="wanted">What the command line asks for; without the data set.</param>
    /// <param name="begun">What the run was begun with.</param>
    /// <exception cref="UsageException">It is not; the message says in what they differ.</exception>
    public void Demand(RunSpec wanted, RunSpec begun)
    {
        DemandSame(wanted with
        {
            TrainingImages = begun.TrainingImages, DataDigest = begun.DataDigest, Network = begun.Network,
            NumericsVersion = begun.NumericsVersion,
        }, begun);
    }

    private void DemandSame(RunSpec wanted, RunSpec begun)
    {
        var (ours, given) = (Members(begun), Members(wanted));
        var differences = ours.Keys.Union(given.Keys).Where(name => Of(ours, name) != Of(given, name))
            .Select(name => $"{name}: {Of(ours, name)}, this command says {name}: {Of(given, name)}").ToList();
        if (differences.Count == 0)
            return;
        string on = IsDone ? $" To train on from its weights: another name, and --from {name}." : "";
        throw new UsageException($"Run {name} was begun with {string.Join("; ", differences)}: leave out the options that shape the "
            + $"result, give the run's own, or give another name.{on}");

        static Dictionary<string, string> Members(RunSpec spec) =>
            RunSpecJson.Write(spec).Replace("\"", "", StringComparison.Ordinal).Split('\n')
                .Select(line => line.Trim().TrimEnd(',').Split(": "))
                .Where(member => member is [_, not "{"]).ToDictionary(member => member[0], member => member[1]);

        static string Of(Dictionary<string, string> members, string name) => members.GetValueOrDefault(name, "none");
    }

    private async Task<RunFolder> WhenFree(Func<RunFolder> open, Action<string> say, CancellationToken cancellationToken)
    {
        long? began = null;
        while (true)
        {
            try
            {
                return open();
            }
            catch (RunInUseException e) when (e.MayBeGone && (began is not { } since || time.GetElapsedTime(since) < Patience))
            {
                if (began is null)
                    say($"{e.Message} Waiting for a sign of it, or none.");
                began ??= time.GetTimestamp();
            }

            await Task.Delay(Poll, time, cancellationToken);
        }
    }

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}\z")]
    private static partial Regex IsName();
}
