using MnistDistributed.Grains.ParameterServer;
using MnistDistributed.Model.Storage;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Coordinator.Training;

/// <summary>
/// What a coordinator that is gone has left on the cluster: the parameter server of its last term, with the steps that workers have done
/// since the last checkpoint.
/// </summary>
public static class SurvivingTerm
{
    /// <summary>Takes the training state out of it.</summary>
    /// <param name="server">The parameter server.</param>
    /// <param name="checkpoint">The run's newest checkpoint.</param>
    /// <param name="nextTerm">The term that the coordinator will open.</param>
    /// <returns>
    /// The state with the checkpoint's history; null if nothing is left, or nothing that is newer than the checkpoint and fits it.
    /// </returns>
    public static async Task<Checkpoint?> Take(IParameterServerGrain server, Checkpoint checkpoint, int nextTerm)
    {
        int term = (await server.Watch(nextTerm - 1, null)).Term;
        // Another run may have the same name on this cluster; its state is not ours to take.
        if (term < 1 || term >= nextTerm || (await server.Offer()).Spec != RunSpecJson.Write(checkpoint.Spec))
            return null;
        if (await server.HandOver(term) is not { } bytes)
            return null;
        var state = Read(bytes, checkpoint.Spec);
        if (state is null || state.Step <= checkpoint.State.Step)
            return null;
        // Nobody has timed these steps; they are taken to be as fast as those before.
        double seconds = checkpoint.State.Step == 0 ? 0 : checkpoint.ElapsedSeconds / checkpoint.State.Step * state.Step;
        var survived = checkpoint with { State = state, Term = term, ElapsedSeconds = seconds };
        // Where the disk has kept no record of an epoch that is over, it has to be trained again.
        return survived.Problem() is null ? survived : null;
    }

    private static TrainingState? Read(byte[] bytes, RunSpec spec)
    {
        try
        {
            return TrainingState.FromBytes(bytes, spec);
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }
}
