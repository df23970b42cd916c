using System.Text.RegularExpressions;
using MnistDistributed.Model.Storage;

namespace MnistDistributed.Coordinator.Clusters;

/// <summary>
/// The folder of a local cluster: which silos it has, in <c>cluster.json</c> and, for Prometheus, in <c>targets.json</c>; and their logs.
/// </summary>
/// <param name="path">The folder, as the user named it.</param>
public sealed partial class ClusterFolder(string path)
{
    /// <summary>The folder where nothing is said.</summary>
    public const string DefaultPath = "cluster";

    private readonly string _file = System.IO.Path.Combine(path, "cluster.json");
    private readonly string _targets = System.IO.Path.Combine(path, "targets.json");

    /// <summary>The folder.</summary>
    public string Path => path;

    /// <summary>What a cluster here is called where nobody says: as its folder, where that is a name of its own and can be an id.</summary>
    public string DefaultId =>
        System.IO.Path.GetFileName(System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path))) is var name
        && name != DefaultPath && IsId().IsMatch(name) ? name : LocalClusterOptions.DefaultId;

    /// <summary>A silo's log.</summary>
    /// <param name="name">The log's name, such as <c>silo-1.log</c>.</param>
    public string Log(string name) => System.IO.Path.Combine(path, name);

    /// <summary>What was started here and not ended; null if nothing was.</summary>
    /// <exception cref="InvalidDataException">The record is damaged.</exception>
    public ClusterRecord? Read() => File.Exists(_file) ? ClusterRecord.Read(File.ReadAllBytes(_file), _file) : null;

    /// <summary>Keeps what was started.</summary>
    public void Write(ClusterRecord record)
    {
        AtomicFile.Write(_file, record.Write);
        AtomicFile.Write(_targets, record.WriteTargets);
    }

    /// <summary>Forgets what was started; the logs stay.</summary>
    public void Forget()
    {
        File.Delete(_targets);
        File.Delete(_file);
    }

    /// <summary>Keeps other processes from starting or ending a cluster here, until it is disposed of.</summary>
    /// <exception cref="ClusterException">Another process does so right now.</exception>
    public IDisposable Lock()
    {
        Directory.CreateDirectory(path);
        try
        {
            // The system lets go of it when the process ends, however it ends; silos do not inherit it.
            return new FileStream(System.IO.Path.Combine(path, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e)
        {
            throw new ClusterException($"{path} is in use by another ./mnist cluster, or cannot be written: {e.Message}");
        }
    }

    // A part of a DNS name, as certificates have it.
    [GeneratedRegex(@"^[A-Za-z0-9]([A-Za-z0-9-]{0,40}[A-Za-z0-9])?\z")]
    private static partial Regex IsId();
}
