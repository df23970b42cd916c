namespace MnistDistributed.Grains.Workers;

/// <summary>A worker of one run; its key is <c>run/silo/index</c>. Placed on the silo that calls it, it dies with its silo.</summary>
public interface IWorkerGrain : IGrainWithStringKey
{
    /// <summary>Starts the worker's loop; does nothing while it runs.</summary>
    Task Start();

    /// <summary>Ends the loop after what it computes now, and gives its slots back.</summary>
    Task Stop();
}
