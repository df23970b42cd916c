using Orleans.Concurrency;

namespace MnistDistributed.Compat.Tests.Grains;

/// <summary>What the probes do; two classes implement it, one reentrant and one not.</summary>
public interface IProbeGrain : IGrainWithStringKey
{
    Task<string> EchoAsync(string text);

    Task FailAsync(string message);

    ValueTask NothingAsync();

    ValueTask<int> DoubleAsync(int number);

    Task<string> KeyAsync();

    Task<Guid> ActivationAsync();

    /// <summary>Waits until the gate opens.</summary>
    Task HoldAsync();

    /// <summary>Opens the gate.</summary>
    Task OpenAsync();

    /// <summary>Opens the gate even while another call is held.</summary>
    [AlwaysInterleave]
    Task OpenInBetweenAsync();

    /// <summary>The most calls that were ever inside at the same time, over an await.</summary>
    Task<int> OverlapAsync();

    /// <summary>The most threads that were ever in a turn at the same time.</summary>
    Task<int> TurnsAsync();

    Task<bool> ComesBackAsync();

    /// <summary>Starts a timer and stays inside until it has ticked (interleaving) or the gate opens.</summary>
    Task TickInsideAsync(bool interleave);

    /// <summary>Starts a timer of 1 ms that ends itself after some ticks; one tick throws.</summary>
    Task TickAsync(int times);

    Task LeaveAsync();

    Task HoldUntilAsync(CancellationToken cancellationToken);
}
