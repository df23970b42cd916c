namespace MnistDistributed.Coordinator.Training;

/// <summary>How a term ended. Nothing more is asked of it then; <see cref="Recovery"/> says what follows.</summary>
public abstract record TermEnd
{
    private TermEnd()
    {
    }

    /// <summary>All is computed, and the state after the last step is kept.</summary>
    /// <param name="Logits">Those of the test images, little-endian floats <c>[images, classes]</c>.</param>
    public sealed record Done(byte[] Logits) : TermEnd;

    /// <summary>The parameter server is gone, with the steps since the newest state that is kept.</summary>
    public sealed record Lost : TermEnd;

    /// <summary>The silo of the parameter server is about to go; the state was taken out of it.</summary>
    public sealed record HandedOver : TermEnd;

    /// <summary>People want the run to end; the newest state is kept, if the cluster still answered.</summary>
    public sealed record Stopped : TermEnd;

    /// <summary>The run had too few workers for too long; the newest state is kept, if the cluster still answered.</summary>
    /// <param name="Why">One sentence.</param>
    public sealed record TooFewWorkers(string Why) : TermEnd;

    /// <summary>The run had no worker at all for too long.</summary>
    /// <param name="Why">What one of them said, as one sentence.</param>
    public sealed record Idle(string Why) : TermEnd;

    /// <summary>The run is another coordinator's, or the cluster refuses this one: nothing there is ours to end.</summary>
    /// <param name="Why">One sentence.</param>
    public sealed record TakenOver(string Why) : TermEnd;

    /// <summary>The run cannot go on, here or anywhere.</summary>
    /// <param name="Why">One sentence.</param>
    public sealed record Failed(string Why) : TermEnd;

    /// <summary>The cluster did not answer for too long.</summary>
    /// <param name="Why">One sentence.</param>
    public sealed record Unreachable(string Why) : TermEnd;
}
