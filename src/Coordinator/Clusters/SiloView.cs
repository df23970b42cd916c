using System.Text.Json.Serialization;
using MnistDistributed.Grains.Hosting;

namespace MnistDistributed.Coordinator.Clusters;

/// <summary>A silo as <c>cluster status</c> finds it.</summary>
/// <param name="Silo">What was started.</param>
/// <param name="State">
/// A word: waiting, loading, ready, outside, draining; gone if its process has ended, silent if it does not answer.
/// </param>
/// <param name="Problem">What is wrong; null if nothing is.</param>
/// <param name="Status">What it says of itself; null if it does not answer.</param>
public sealed record SiloView(SiloRecord Silo, string State, string? Problem, SiloReport? Status)
{
    /// <summary>Whether it takes part.</summary>
    [JsonIgnore]
    public bool IsReady => Status?.State == SiloState.Ready;

    /// <summary>A state in a word.</summary>
    public static string Word(SiloState state) => state.ToString().ToLowerInvariant();
}
