using MnistDistributed.Model.Protocol.Rounds;

namespace MnistDistributed.Model.Protocol.Verdicts;

/// <summary>
/// Answers to the orders of one round that cannot be used. The same bits again mean that computing once more will not help; and since
/// numbers that are not finite may differ in their bits between kinds of processors, so do too many of them.
/// </summary>
internal sealed class FlawedAnswers
{
    private const int Most = 3;

    private readonly Dictionary<UnitRange, List<(ulong Bits, string Worker)>> _answers = [];

    /// <summary>Forgets everything, for the next round.</summary>
    public void Clear() => _answers.Clear();

    /// <summary>An order was answered with what cannot be used.</summary>
    /// <param name="units">What was ordered.</param>
    /// <param name="bits">Hash of the answer.</param>
    /// <param name="worker">Who computed it.</param>
    /// <returns>Null if it should be computed again; otherwise who computed what, as the beginning of a sentence.</returns>
    public string? Add(UnitRange units, ulong bits, string worker)
    {
        if (!_answers.TryGetValue(units, out var answers))
            _answers.Add(units, answers = []);
        bool isSame = answers.Any(answer => answer.Bits == bits);
        answers.Add((bits, worker));
        if (!isSame && answers.Count < Most)
            return null;
        string[] workers = [.. answers.Where(answer => !isSame || answer.Bits == bits).Select(answer => answer.Worker).Distinct()];
        string who = workers.Length == 1 ? $"Worker {workers[0]}" : $"Workers {string.Join(", ", workers[..^1])} and {workers[^1]}";
        return isSame ? $"{who} computed, bit for bit the same," : $"{who} computed, {answers.Count} times with different bits,";
    }
}
