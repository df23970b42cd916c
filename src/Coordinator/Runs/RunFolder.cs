using System.Globalization;
using System.Text;
using MnistDistributed.Coordinator.Steering;
using MnistDistributed.Model.Data;
using MnistDistributed.Model.Storage;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Coordinator.Runs;

/// <summary>
/// The folder of one run: its spec, its term, its checkpoints, its state and, in the end, its results. Its name is the run's id.
/// While it is open no other process can open it.
/// </summary>
public sealed class RunFolder : IDisposable
{
    private const string TermName = "term";
    private const string InitialName = "initial.safetensors";
    private const string LabelsName = "labels.txt";

    // What a folder has before it has a spec.
    private static readonly string[] Beginnings = [TermName, "lock", "owner.json", "requests", InitialName, "spec.json"];

    // More terms than can have been opened since a checkpoint was written.
    private const int TermsUnseen = 1000;

    private static readonly TimeSpan StateInterval = TimeSpan.FromSeconds(1);

    private readonly string _termFile;
    private readonly TimeProvider _time;
    private readonly RunLock _lock;
    private readonly List<string> _notes = [];
    private RunState? _state;
    private int _term;

    private RunFolder(string path, TimeProvider time)
    {
        Path = path;
        _time = time;
        _termFile = System.IO.Path.Combine(path, TermName);
        Checkpoints = CheckpointsIn(path);
        Requests = new RequestBox(path);
        _lock = RunLock.Take(path, time, Requests.Clear);
        if (_lock.TakenOver is { } takenOver)
            _notes.Add(takenOver);
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>The run's id.</summary>
    public string Id => System.IO.Path.GetFileName(Path);

    /// <summary>The checkpoints.</summary>
    public CheckpointStore Checkpoints { get; }

    /// <summary>What other processes ask of the run.</summary>
    public RequestBox Requests { get; }

    /// <summary>What had to be set right when it was opened, such as a dead coordinator's lock, a line each.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <summary>
    /// Who took the folder over from this process, which had given no sign of life for too long; null while this one owns it.
    /// </summary>
    public RunOwner? TakenBy => _lock.TakenBy;

    /// <summary>Whether a folder is that of a run.</summary>
    public static bool IsRun(string path) => File.Exists(SpecIn(path));

    /// <summary>
    /// Demands that a run's folder is still there: what is written where it was would make another one, that holds no run.
    /// </summary>
    /// <exception cref="DirectoryNotFoundException">It has been moved or deleted.</exception>
    public static void Demand(string path)
    {
        if (!Directory.Exists(path))
            throw new DirectoryNotFoundException($"{path} is no longer there.");
    }

    /// <summary>The spec's file in a run's folder.</summary>
    public static string SpecIn(string path) => System.IO.Path.Combine(path, "spec.json");

    /// <summary>The checkpoints in a run's folder, for whoever only reads them.</summary>
    public static CheckpointStore CheckpointsIn(string path) => new(System.IO.Path.Combine(path, "checkpoints"));

    /// <summary>Reads a run's spec.</summary>
    /// <param name="path">The run's folder.</param>
    /// <exception cref="InvalidDataException">It is not a spec.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It must not be read.</exception>
    public static RunSpec ReadSpec(string path) => RunSpecJson.Read(
        JsonFile.ReadText(SpecIn(path)) ?? throw new InvalidDataException($"{SpecIn(path)} is missing."), SpecIn(path));

    /// <summary>Makes the folder of a new run; never one that exists.</summary>
    /// <param name="parent">The folder in which run folders are made.</param>
    /// <param name="started">When the run started, which names it.</param>
    /// <param name="spec">The run.</param>
    /// <param name="time">What signs of life and the state are timed by; the system's clock by default.</param>
    /// <param name="initial">The weights that the run begins at, where its spec names them.</param>
    public static RunFolder Create(
        string parent, DateTimeOffset started, RunSpec spec, TimeProvider? time = null, float[]? initial = null)
    {
        Directory.CreateDirectory(parent);
        string name = started.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture);
        for (int i = 1; ; i++)
        {
            string path = System.IO.Path.GetFullPath(System.IO.Path.Combine(parent, i == 1 ? name : $"{name}-{i}"));
            if (Directory.Exists(path) || !Claim(path))
                continue;
            try
            {
                return Begin(path, spec, time ?? TimeProvider.System, initial);
            }
            catch
            {
                // A folder without a spec is no run, and nobody has seen this one.
                Remove(path);
                throw;
            }
        }
    }

    /// <summary>
    /// Makes the folder of a new run that has a name of its own. What a start that was killed has left there is taken over; a run that
    /// another process has begun there meanwhile is opened.
    /// </summary>
    /// <param name="path">The folder.</param>
    /// <param name="spec">The run.</param>
    /// <param name="time">What signs of life and the state are timed by; the system's clock by default.</param>
    /// <param name="initial">The weights that the run begins at, where its spec names them.</param>
    /// <exception cref="InvalidDataException">It is there, and holds something else.</exception>
    /// <exception cref="RunInUseException">Another process begins it right now.</exception>
    public static RunFolder CreateNamed(string path, RunSpec spec, TimeProvider? time = null, float[]? initial = null)
    {
        string full = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));
        Directory.CreateDirectory(full);
        if (!IsRun(full) && Directory.EnumerateFileSystemEntries(full).FirstOrDefault(IsForeign) is { } foreign)
            throw new InvalidDataException($"{path} holds no run, but {System.IO.Path.GetFileName(foreign)}: give the run another name.");
        return Begin(full, spec, time ?? TimeProvider.System, initial);

        // A file that was being written is called as the file, and more.
        static bool IsForeign(string entry) => System.IO.Path.GetFileName(entry) is var name && !Beginnings.Any(beginning =>
            name == beginning
            || (name.StartsWith($"{beginning}.", StringComparison.Ordinal) && name.EndsWith(".tmp", StringComparison.Ordinal)));
    }

    /// <summary>Opens the folder of a run that was begun before.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="time">What signs of life and the state are timed by; the system's clock by default.</param>
    /// <exception cref="InvalidDataException">It holds no run, or its spec is damaged.</exception>
    /// <exception cref="RunInUseException">Another process has it open; the message names it.</exception>
    public static RunFolder Open(string path, TimeProvider? time = null)
    {
        string full = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));
        if (!IsRun(full))
            throw new InvalidDataException(
                $"{path} holds no run: there is no spec.json in it."
                + " Give a folder that './mnist train' made, such as runs/20260131-093000.");
        var folder = new RunFolder(full, time ?? TimeProvider.System);
        try
        {
            folder.FindTerm();
            return folder;
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _lock.Dispose();

    /// <summary>Reads the run's spec, to train it.</summary>
    /// <exception cref="InvalidDataException">It is not a spec, or one of another arithmetic than this program's.</exception>
    public RunSpec ReadSpec()
    {
        var spec = ReadSpec(Path);
        return RunSpecCheck.ArithmeticProblem(spec) is { } problem
            ? throw new InvalidDataException($"{Path} cannot be gone on with: {problem} To train on from its weights: --from {Path}.")
            : spec;
    }

    /// <summary>Where the run begins while it has no checkpoint: at the weights that its seed gives, or that it was begun at.</summary>
    /// <param name="spec">The run's spec.</param>
    /// <exception cref="InvalidDataException">The weights that it was begun at are damaged, or gone.</exception>
    public Checkpoint Beginning(RunSpec spec)
    {
        var state = spec.InitialWeights is { } digest ? TrainingState.Initial(spec, ReadInitial(digest)) : TrainingState.Initial(spec);
        return new Checkpoint(spec, state, [], Term: 0, ElapsedSeconds: 0);
    }

    /// <summary>Reads what the run's classes are called; their numbers where nobody said.</summary>
    /// <exception cref="DataException">The file does not name them.</exception>
    public LabelNames ReadLabels(RunSpec spec)
    {
        string file = System.IO.Path.Combine(Path, LabelsName);
        return File.Exists(file) ? LabelNames.Read(file, spec.Network.Classes) : LabelNames.Numbers;
    }

    /// <summary>Keeps what the run's classes are called, for those who resume it.</summary>
    public void WriteLabels(LabelNames labels) => AtomicFile.Write(
        System.IO.Path.Combine(Path, LabelsName),
        stream => stream.Write(Encoding.UTF8.GetBytes(string.Concat(labels.All.Select(name => $"{name}\n")))));

    /// <summary>
    /// Keeps how far the run is, for other processes. Cheap enough for every look at the run: where little has changed it writes once a
    /// second at most. A disk that cannot take it does not matter to the run.
    /// </summary>
    /// <param name="state">How far the run is; its time is filled in.</param>
    public void WriteState(RunState state)
    {
        state = state with { Updated = _time.GetUtcNow() };
        if (_state is { } last && state.Updated - last.Updated < StateInterval
            && last with { Step = state.Step, Updated = state.Updated } == state)
            return;
        _state = state;
        try
        {
            Demand(Path);
            JsonFile.Write(RunState.FileIn(Path), state);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
    }

    /// <summary>Counts the next term, on disk, before anyone opens it.</summary>
    /// <exception cref="IOException">The disk or the folder cannot take it.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder must not be written.</exception>
    public int NextTerm()
    {
        Demand(Path);
        WriteText(_termFile, (_term + 1).ToString(CultureInfo.InvariantCulture) + "\n");
        return ++_term;
    }

    private string InitialFile => System.IO.Path.Combine(Path, InitialName);

    private float[] ReadInitial(string digest)
    {
        if (!File.Exists(InitialFile))
            throw new InvalidDataException($"{InitialFile} is missing: the weights that the run begins at are kept there, and only there.");
        float[] weights = ModelFile.Read(InitialFile).Weights;
        return WeightsDigest.Of(weights) == digest ? weights : throw new InvalidDataException(
            $"{InitialFile} is damaged: the run begins at the weights {digest}, and this file has {WeightsDigest.Of(weights)}.");
    }

    private static RunFolder Begin(string path, RunSpec spec, TimeProvider time, float[]? initial)
    {
        RunFolder? folder = null;
        try
        {
            folder = new RunFolder(path, time);
            if (IsRun(path))
            {
                folder.FindTerm();
                return folder;
            }

            WriteText(folder._termFile, "0\n");
            if (initial is not null)
                ModelFile.Write(folder.InitialFile, initial, spec);
            WriteText(SpecIn(path), RunSpecJson.Write(spec));
            return folder;
        }
        catch
        {
            folder?.Dispose();
            throw;
        }
    }

    /// <summary>Finds the run's last term: what its file says, or what a checkpoint knows where the file is damaged.</summary>
    private void FindTerm()
    {
        int known = Checkpoints.LoadNewest(ReadSpec()).Checkpoint?.Term ?? 0;
        string? text = TermText();
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _term)
            && _term >= known && _term <= int.MaxValue - TermsUnseen)
            return;
        _term = known + TermsUnseen;
        string problem = text is null ? "is missing" : "should hold the number of the run's last term, and does not";
        _notes.Add($"{_termFile} {problem}: terms are counted on from {_term}, beyond any that was open.");
    }

    private string? TermText()
    {
        try
        {
            return JsonFile.ReadText(_termFile)?.Trim();
        }
        catch (InvalidDataException)
        {
            return "";
        }
    }

    private static void WriteText(string path, string text) => AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));

    /// <summary>Makes the folder by creating a file that must not exist: of two starts in one second only one gets the name.</summary>
    private static bool Claim(string path)
    {
        Directory.CreateDirectory(path);
        try
        {
            // What is written into it comes later: a full disk must not look like a name that is taken.
            new FileStream(System.IO.Path.Combine(path, TermName), FileMode.CreateNew).Dispose();
            return true;
        }
        catch (IOException) when (File.Exists(System.IO.Path.Combine(path, TermName)))
        {
            return false;
        }
        catch
        {
            Remove(path);
            throw;
        }
    }

    private static void Remove(string path)
    {
        try
        {
            Directory.Delete(path, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Why the run cannot begin says more.
        }
    }
}
