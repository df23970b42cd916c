using MnistDistributed.Grains.ParameterServer;
using MnistDistributed.Grains.Workers;

namespace MnistDistributed.Simulation.Cluster;

/// <summary>The relay of a simulated silo: the time that a worker takes passes before it hands over what it has computed.</summary>
/// <param name="run">The run.</param>
/// <param name="silo">The silo.</param>
/// <param name="servers">Its parameter servers.</param>
internal sealed class SimulatedRelay(string run, SimulatedSilo silo, LocalServers servers) : SiloRelay(run, servers, silo.Thread.Time)
{
    /// <inheritdoc/>
    public override async Task<PushReply> Push(string worker, GradientPush push, Func<GradientPush, Task<PushReply>> send)
    {
        await silo.Workers.Single(it => it.Name == worker).Compute(push);
        return await base.Push(worker, push, send);
    }
}
