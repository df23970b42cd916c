using MnistDistributed.Model.Protocol.Rounds;

namespace MnistDistributed.Model.Protocol.Verdicts;

/// <summary>Why numbers cannot be used.</summary>
/// <param name="Words">What is wrong with them.</param>
/// <param name="Advice">What it means, and what to do, where computing again does not help.</param>
internal sealed record Flaw(string Words, string Advice)
{
    private static readonly Flaw NotFinite = new(
        "with NaN or infinity",
        "the training has diverged. Train with a lower learning rate, or with a bound on the gradient's norm.");

    private static readonly Flaw WrongDigest = new(
        "whose digest is not that of its bytes",
        "the workers' program or machines are broken. Run one version everywhere, and look at memory and network.");

    /// <summary>What is wrong with answers none of which is sound.</summary>
    public static Flaw Of<TAnswer>(IReadOnlyList<TAnswer> flawed)
        where TAnswer : IAnswer => flawed.All(answer => answer.IsFinite) ? WrongDigest : NotFinite;
}
