using MnistDistributed.Grains.ParameterServer;
using MnistDistributed.Simulation.Plans;

namespace MnistDistributed.Simulation.Audit;

/// <summary>What a plan came to.</summary>
public sealed record SimulationResult
{
    /// <summary>The plan.</summary>
    public required FaultPlan Plan { get; init; }

    /// <summary>Digest of the final weights; empty if the run did not end.</summary>
    public required string Weights { get; init; }

    /// <summary>The loss and accuracy curves and the test's result, to their last bit; empty if the run did not end.</summary>
    public required string Curves { get; init; }

    /// <summary>What was wrong, each as one sentence. Empty for a plan that the run bore.</summary>
    public required IReadOnlyList<string> Problems { get; init; }

    /// <summary>Samples that the final weights lack.</summary>
    public required int Lost { get; init; }

    /// <summary>Samples that count more than once.</summary>
    public required int Doubled { get; init; }

    /// <summary>What became of each fault.</summary>
    public required IReadOnlyList<Strike> Strikes { get; init; }

    /// <summary>Terms that were opened.</summary>
    public required int Terms { get; init; }

    /// <summary>The last status that the coordinator got of each term.</summary>
    public required IReadOnlyList<TermStatus> Statuses { get; init; }

    /// <summary>What the coordinators told people.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>Virtual time that the run took.</summary>
    public required TimeSpan Time { get; init; }

    /// <summary>Every call that was carried out, one a line.</summary>
    public required IReadOnlyList<string> Trace { get; init; }

    /// <summary>What is wrong with it beside a run to which nothing happened, each as one sentence; empty if nothing is.</summary>
    public IReadOnlyList<string> DifferencesFrom(SimulationResult undisturbed) =>
    [
        .. Problems,
        .. Weights.Length == 0 || Weights == undisturbed.Weights ? Array.Empty<string>()
            : [$"The final weights differ: {Weights}, undisturbed {undisturbed.Weights}."],
        .. Curves.Length == 0 || Curves == undisturbed.Curves ? Array.Empty<string>()
            : ["The loss or accuracy curves, or the test's result, differ."],
    ];
}
