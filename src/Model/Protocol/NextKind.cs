namespace MnistDistributed.Model.Protocol;

/// <summary>What a session that asked "what next?" has to do.</summary>
public enum NextKind
{
    /// <summary>Compute the order and push the answer.</summary>
    Work,

    /// <summary>Ask again: there is nothing to do yet.</summary>
    AskAgain,

    /// <summary>Join again: this parameter server does not know the session.</summary>
    Join,

    /// <summary>Stop: the run is over.</summary>
    Stop,
}
