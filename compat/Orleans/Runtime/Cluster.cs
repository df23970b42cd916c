using System.Collections.Concurrent;
using System.Net;
using Orleans.Placement;

namespace Orleans.Runtime;

/// <summary>The silos of this process that belong together, and the directory of which grain is active where.</summary>
internal sealed class Cluster
{
    private static readonly ConcurrentDictionary<(string ClusterId, IPEndPoint Primary), Cluster> Clusters = new();

    private readonly Lock gate = new();
    private readonly List<Silo> silos = [];
    private readonly Dictionary<GrainId, Activation> directory = [];

    public static Cluster Named(string clusterId, IPEndPoint primary) => Clusters.GetOrAdd((clusterId, primary), _ => new());

    public void Join(Silo silo)
    {
        lock (gate)
        {
            if (silos.Any(other => other.SiloAddress.Endpoint.Equals(silo.SiloAddress.Endpoint)))
                throw new OrleansException($"The address {silo.SiloAddress.Endpoint} is in use by another silo.");
            silos.Add(silo);
        }
    }

    /// <summary>Places nothing on the silo any more; what is active there still answers.</summary>
    public void Leave(Silo silo)
    {
        lock (gate)
            silos.Remove(silo);
    }

    /// <summary>Forgets the silo and all that is active there.</summary>
    public void Bury(Silo silo)
    {
        lock (gate)
        {
            silos.Remove(silo);
            foreach (var (id, _) in directory.Where(entry => entry.Value.Silo == silo).ToArray())
                directory.Remove(id);
        }
    }

    public void Forget(Activation activation)
    {
        lock (gate)
        {
            if (directory.GetValueOrDefault(activation.Id) == activation)
                directory.Remove(activation.Id);
        }
    }

    /// <summary>Brings a request to the grain's activation, making one where there is none.</summary>
    public void Deliver(Request request)
    {
        Activation target;
        do
        {
            target = Locate(request.Target, request.Caller);
            request.SendTo(target.Silo);
        }
        while (!target.Silo.Accept(request, target));
    }

    private Activation Locate(GrainId id, Silo caller)
    {
        lock (gate)
        {
            // A killed silo goes on believing in its own activations.
            if ((caller.IsKilled ? caller.Find(id) : null) is { } zombie)
                return zombie;
            if (caller.IsSilenced)
                throw new SiloUnavailableException($"Silo {caller} is not part of the cluster any more.");
            if (directory.TryGetValue(id, out var active))
                return active;
            active = directory[id] = Place(id, caller).Create(id);
            active.Start();
            return active;
        }
    }

    private Silo Place(GrainId id, Silo caller)
    {
        if (silos.Count == 0)
            throw new SiloUnavailableException($"No silo is there to activate {id}.");
        var local = id.GrainClass.IsDefined(typeof(PreferLocalPlacementAttribute), inherit: true) && silos.Contains(caller);
        return local ? caller : silos[Random.Shared.Next(silos.Count)];
    }
}
