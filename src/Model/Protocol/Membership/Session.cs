namespace MnistDistributed.Model.Protocol.Membership;

/// <summary>A worker that takes part.</summary>
/// <param name="hello">What it said of itself.</param>
internal sealed class Session(WorkerHello hello)
{
    private bool _hasPassed;

    /// <summary>Its id.</summary>
    public Guid Id => hello.Session;

    /// <summary>The worker's name, for people.</summary>
    public string Worker => hello.Worker;

    /// <summary>Its silo.</summary>
    public string Silo => hello.Silo;

    /// <summary>When it last called.</summary>
    public long LastHeard { get; set; }

    /// <summary>When it is late, unless it calls before.</summary>
    public long Deadline { get; set; }

    /// <summary>Whether it was found late, and has not been heard of since.</summary>
    public bool IsMissed { get; set; }

    /// <summary>Its last order; null before the first, and after an answer that could not be used.</summary>
    public SessionOrder? Order { get; set; }

    /// <summary>Whether nobody has to wait for it; see <see cref="LeaseOptions"/>.</summary>
    public bool IsOnProbation { get; private set; }

    /// <summary>From now on nobody has to wait for it.</summary>
    public void PutOnProbation() => (IsOnProbation, _hasPassed) = (true, false);

    /// <summary>It has answered its order. If in time, it is a full member after the next <see cref="EndProbation"/>.</summary>
    public void PassProbation(long now) => _hasPassed |= now < Order?.LeaseEnd;

    /// <summary>A new round begins.</summary>
    public void EndProbation() => IsOnProbation &= !_hasPassed;
}
