namespace MnistDistributed.Grains.Workers;

/// <summary>The names of workers, <c>run/silo/index</c>.</summary>
public static class WorkerName
{
    /// <summary>The name of a silo's worker of a run.</summary>
    public static string Of(string run, string silo, int index) => $"{run}/{silo}/{index}";

    /// <summary>The run.</summary>
    public static string RunOf(string worker) => worker.Split('/')[0];

    /// <summary>The worker within its run, <c>silo/index</c>.</summary>
    public static string InRun(string worker) => worker[(worker.IndexOf('/') + 1)..];

    /// <summary>The silo.</summary>
    public static string SiloOf(string worker) => InRun(worker).Split('/')[0];
}
