using MnistDistributed.Grains.ParameterServer;

namespace MnistDistributed.Grains.Workers;

/// <summary>The relays of a silo, one for each run that it has workers of.</summary>
/// <param name="servers">The silo's parameter servers.</param>
/// <param name="time">The clock.</param>
public sealed class SiloRelays(LocalServers servers, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, (SiloRelay Relay, int Holders)> _relays = new(StringComparer.Ordinal);

    /// <summary>Holds a run's relay, until it is let go by <see cref="Release"/> as often as it was taken.</summary>
    public SiloRelay Take(string run)
    {
        lock (_lock)
        {
            var (relay, holders) = _relays.GetValueOrDefault(run);
            relay ??= new SiloRelay(run, servers, time);
            _relays[run] = (relay, holders + 1);
            return relay;
        }
    }

    /// <summary>Somebody who took a run's relay needs it no more.</summary>
    public void Release(string run)
    {
        lock (_lock)
        {
            var (relay, holders) = _relays[run];
            if (holders > 1)
                _relays[run] = (relay, holders - 1);
            else
                _relays.Remove(run);
        }
    }
}
