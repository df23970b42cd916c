namespace MnistDistributed.Compat.Tests.InProcess;

public interface IZombieGrain : IGrainWithStringKey
{
    Task<Guid> ActivationAsync();

    /// <summary>Waits until the gate opens.</summary>
    Task HoldAsync();

    /// <summary>Notes that it was called.</summary>
    Task OpenAsync();

    /// <summary>Calls <see cref="OpenAsync"/> of another grain.</summary>
    Task CallAsync(string target);

    /// <summary>Starts a timer of 1 ms.</summary>
    Task TickAsync();

    /// <summary>Outlasts any tick that is already under way.</summary>
    Task DrainAsync();
}
