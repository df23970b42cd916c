namespace MnistDistributed.Coordinator.Training;

/// <summary>What a coordinator does when a term has ended.</summary>
public abstract record NextAction
{
    private NextAction()
    {
    }

    /// <summary>The opening of the next term, from the newest state that is kept.</summary>
    /// <param name="Incident">Why.</param>
    /// <param name="Note">What people are told.</param>
    public sealed record OpenNextTerm(RunIncident Incident, string Note) : NextAction;

    /// <summary>The end in order, with what there is saved and evaluated.</summary>
    /// <param name="Logits">
    /// Those of the test images; null where they are still to be computed, in this process, which needs no worker.
    /// </param>
    public sealed record Finish(byte[]? Logits) : NextAction;

    /// <summary>The end of the run with an error.</summary>
    /// <param name="Error">The error; its message is for people.</param>
    public sealed record Fail(Exception Error) : NextAction
    {
        /// <summary>Whether the newest state has to be on disk first. Default false: the last checkpoint will do.</summary>
        public bool IsSavedFirst { get; init; }

        /// <summary>Whether what the run had come to is evaluated and reported, for it will come to no more. Default false.</summary>
        public bool IsReported { get; init; }

        /// <summary>
        /// Whether the run is this coordinator's, to say in its folder and on the cluster that it has ended. Default true.
        /// </summary>
        public bool IsOurs { get; init; } = true;
    }
}
