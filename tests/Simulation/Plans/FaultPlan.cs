using System.Globalization;

namespace MnistDistributed.Simulation.Plans;

/// <summary>
/// A run and all that happens to it, as data: one plan always gives the same run, event for event. As text
/// <c>seed 42; silos 2; workers 3; push 3 corrupt; order 7 kill-silo 1 10s</c>.
/// </summary>
/// <param name="Seed">The seed of what is left to chance: latencies, where grains are made, how fast workers are.</param>
/// <param name="Silos">Silos at the beginning.</param>
/// <param name="Workers">Workers that the run asks for at the beginning.</param>
/// <param name="Faults">What happens.</param>
public sealed record FaultPlan(ulong Seed, int Silos, int Workers, IReadOnlyList<PlannedFault> Faults)
{
    private const int MaxSilos = 16;
    private const int MaxWorkers = 64;

    /// <summary>A plan in which nothing happens, on one silo with one worker.</summary>
    public static FaultPlan Undisturbed { get; } = new(0, 1, 1, []);

    /// <summary>Reads what <see cref="ToString"/> wrote. Seed, silos and workers may be left out: 1, 2 and 3 are meant.</summary>
    /// <exception cref="FormatException">It is no plan; the message says what would be one.</exception>
    public static FaultPlan Parse(string text)
    {
        var plan = new FaultPlan(1, 2, 3, []);
        var faults = new List<PlannedFault>();
        foreach (string part in text.Split([';', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            string[] words = part.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            switch (words)
            {
                case ["seed", var seed]: plan = plan with { Seed = Number(part, seed, 0, ulong.MaxValue) }; break;
                case ["silos", var silos]: plan = plan with { Silos = (int)Number(part, silos, 1, MaxSilos) }; break;
                case ["workers", var workers]: plan = plan with { Workers = (int)Number(part, workers, 1, MaxWorkers) }; break;
                default: faults.Add(PlannedFault.Parse(part)); break;
            }
        }

        return plan with { Faults = faults };
    }

    /// <inheritdoc/>
    public override string ToString() =>
        string.Join("; ", [string.Create(CultureInfo.InvariantCulture, $"seed {Seed}; silos {Silos}; workers {Workers}"),
            .. Faults.Select(fault => fault.ToString())]);

    private static ulong Number(string part, string word, ulong least, ulong most) =>
        ulong.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number) && number >= least && number <= most
            ? number
            : throw new FormatException($"'{part}': '{word}' should be a number from {least} to {most}.");
}
