namespace Orleans.Configuration;

/// <summary>How silos find out that one of them is gone; without effect within one process, where it is known at once.</summary>
public class ClusterMembershipOptions
{
    /// <summary>How many probes in a row may fail. Default: 3.</summary>
    public int NumMissedProbesLimit { get; set; } = 3;

    /// <summary>How many silos must agree that one is gone. Default: 2.</summary>
    public int NumVotesForDeathDeclaration { get; set; } = 2;

    /// <summary>Time between probes. Default: 5 s.</summary>
    public TimeSpan ProbeTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Time between readings of the membership table. Default: 60 s.</summary>
    public TimeSpan TableRefreshTimeout { get; set; } = TimeSpan.FromSeconds(60);
}
