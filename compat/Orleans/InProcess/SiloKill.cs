using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Runtime;

namespace Orleans.InProcess;

/// <summary>For tests of faults; Orleans itself has nothing like it.</summary>
public static class SiloKill
{
    /// <summary>
    /// Cuts a silo off from its cluster, as if its process had died without knowing it. Replies that were on their way
    /// from it are lost, and its callers get <see cref="SiloUnavailableException"/>. Its activations live on as zombies: what
    /// they send still arrives, but no reply reaches them. Its grains are activated elsewhere when they are next called.
    /// Stopping the host ends the zombies' timers.
    /// </summary>
    /// <param name="host">The silo's host.</param>
    public static void Kill(IHost host) => host.Services.GetRequiredService<Silo>().Kill();

    /// <summary>
    /// Lets the cluster notice that a killed silo is gone: what its zombies send to other silos is refused with
    /// <see cref="SiloUnavailableException"/> from here on. Among themselves they go on.
    /// </summary>
    /// <param name="host">The killed silo's host.</param>
    public static void Silence(IHost host) => host.Services.GetRequiredService<Silo>().Silence();
}
