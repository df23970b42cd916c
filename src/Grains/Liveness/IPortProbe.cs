namespace MnistDistributed.Grains.Liveness;

/// <summary>Finds out whether anybody listens where a silo does.</summary>
public interface IPortProbe
{
    /// <summary>Connects to a silo, and goes.</summary>
    /// <param name="silo">The silo.</param>
    /// <param name="patience">How long to wait.</param>
    /// <returns>Whether the silo's machine says that nobody listens there: its process is gone. False if nothing is known.</returns>
    Task<bool> IsRefused(SiloAddress silo, TimeSpan patience);
}
