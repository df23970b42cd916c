using MnistDistributed.Model.Protocol;

namespace MnistDistributed.Coordinator.Training;

/// <summary>What was counted of a run, over several terms.</summary>
/// <param name="Terms">Terms that were opened.</param>
/// <param name="Total">What happened in them, together.</param>
public sealed record RunCounters(int Terms = 0, TermCounters Total = default)
{
    /// <summary>What was out of the ordinary, for people, as one line; null if nothing was.</summary>
    public string? Happened
    {
        get
        {
            List<string> parts = [];
            Add(Terms > 1 ? Terms : 0, "term", "terms");
            Add(Total.RepeatedOrders, "order repeated", "orders repeated");
            Add(Total.SpeculativeOrders, "of them speculative", "of them speculative");
            Add(Total.SpeculativeWins, "of these the faster", "of these the faster");
            Add(Total.StalePushes, "stale push", "stale pushes");
            Add(Total.RejectedPushes, "push rejected", "pushes rejected");
            return parts.Count == 0 ? null : string.Join(", ", parts);

            void Add(int count, string one, string many)
            {
                if (count > 0)
                    parts.Add($"{count} {(count == 1 ? one : many)}");
            }
        }
    }
}
