namespace MnistDistributed.Silo;

/// <summary>How silos find each other.</summary>
public enum Clustering
{
    /// <summary>
    /// Through a primary silo, which keeps the membership in its memory: for development. Without it the cluster is over.
    /// </summary>
    Localhost,

    /// <summary>Through Redis: any silo may die.</summary>
    Redis,

    /// <summary>Through Redis, with the silos being pods that Kubernetes is asked about.</summary>
    Kubernetes,
}
