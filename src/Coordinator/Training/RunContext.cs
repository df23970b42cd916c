using MnistDistributed.Coordinator.Runs;
using MnistDistributed.Coordinator.Steering;
using MnistDistributed.Grains.ParameterServer;
using MnistDistributed.Model.Data;
using MnistDistributed.Model.Storage;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Coordinator.Training;

/// <summary>What the parts of a run's loop share.</summary>
public sealed class RunContext
{
    /// <summary>Makes it of what a <see cref="TrainingRun"/> is made of; nothing begins yet.</summary>
    public RunContext(
        RunFolder folder, Checkpoint from, DataSet data, IGrainFactory grains, RunOptions options, IRunObserver observer, TimeProvider time,
        RunControl control)
    {
        (Folder, Spec, Data, Options, Time, Control) = (folder, from.Spec, data, options, time, control);
        Observer = new RunObservers(observer, new StateFile(folder));
        Server = grains.GetGrain<IParameterServerGrain>(folder.Id);
        Calls = new ServerCalls(grains, time);
        Disk = new PatientDisk(options.DiskPatience, time, Observer);
        Keeper = new CheckpointKeeper(folder.Checkpoints, from, Observer, time);
        Watch = new RunWatch(Spec, options, Observer, time);
    }

    /// <summary>The run's folder.</summary>
    public RunFolder Folder { get; }

    /// <summary>What shapes the run's result.</summary>
    public RunSpec Spec { get; }

    /// <summary>The data set.</summary>
    public DataSet Data { get; }

    /// <summary>What does not shape the result.</summary>
    public RunOptions Options { get; }

    /// <summary>The clock of every wait.</summary>
    public TimeProvider Time { get; }

    /// <summary>What people want of the run.</summary>
    public RunControl Control { get; }

    /// <summary>Who is told how it goes.</summary>
    public IRunObserver Observer { get; }

    /// <summary>The run's parameter server, whichever term is open there.</summary>
    public IParameterServerGrain Server { get; }

    /// <summary>How it is called.</summary>
    public ServerCalls Calls { get; }

    /// <summary>Writes what the run cannot do without.</summary>
    public PatientDisk Disk { get; }

    /// <summary>The newest state of the run.</summary>
    public CheckpointKeeper Keeper { get; }

    /// <summary>What was seen of the run.</summary>
    public RunWatch Watch { get; }
}
