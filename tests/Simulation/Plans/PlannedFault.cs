using System.Globalization;
using System.Text;
using System.Text.Json;

namespace MnistDistributed.Simulation.Plans;

/// <summary>One fault of a plan; as text <c>order 7 kill-silo 1 10s</c>.</summary>
/// <param name="Event">When: at which kind of event.</param>
/// <param name="Count">At the how manieth of them, from 1.</param>
/// <param name="Kind">What.</param>
public sealed record PlannedFault(ProtocolEvent Event, int Count, FaultKind Kind)
{
    /// <summary>
    /// The longest that anything takes or stays away; the coordinator bears with a cluster that does not answer for four times as long.
    /// </summary>
    public const int MaxSeconds = 15;

    private const int MaxCount = 1_000_000;
    private const int MaxTarget = 64;
    private const int MaxWorkers = 64;

    /// <summary>Which worker or silo, counted from 0 among those that are there; or how many silos. 0 where the kind takes none.</summary>
    public int Target { get; init; }

    /// <summary>For how long; 0 where the kind takes none.</summary>
    public int Seconds { get; init; }

    /// <summary>How many workers; 0 where the kind takes none.</summary>
    public int Workers { get; init; }

    /// <summary>Whether a kind says which worker or silo, or how many silos.</summary>
    public static bool TakesTarget(FaultKind kind) => kind is FaultKind.KillWorker or FaultKind.HangWorker or FaultKind.SlowWorker
        or FaultKind.KillSilo or FaultKind.FreezeSilo or FaultKind.IsolateSilo or FaultKind.DrainSilo || EndsCoordinator(kind);

    /// <summary>Whether a kind says for how long.</summary>
    public static bool TakesSeconds(FaultKind kind) =>
        kind is FaultKind.HangWorker or FaultKind.SlowWorker or FaultKind.KillSilo or FaultKind.FreezeSilo or FaultKind.IsolateSilo
            or FaultKind.DrainSilo or FaultKind.Delay or FaultKind.DelayReply or FaultKind.SplitServer or FaultKind.Pause
        || EndsCoordinator(kind);

    /// <summary>Whether a kind says how many workers.</summary>
    public static bool TakesWorkers(FaultKind kind) => kind == FaultKind.Scale || EndsCoordinator(kind);

    /// <summary>Whether a kind can strike at an event: what is done to a message needs one of a kind that it can be done to.</summary>
    public static bool Fits(FaultKind kind, ProtocolEvent at) => kind switch
    {
        FaultKind.NotANumber => at == ProtocolEvent.Push,
        FaultKind.Corrupt =>
            at is ProtocolEvent.Push or ProtocolEvent.Logits or ProtocolEvent.Order or ProtocolEvent.Snapshot or ProtocolEvent.Open,
        // The cluster itself sends a request once; two calls that open one term could reach two parameter servers.
        FaultKind.Duplicate => at is ProtocolEvent.Push or ProtocolEvent.Logits or ProtocolEvent.Epoch,
        // An order and a snapshot are answers themselves.
        FaultKind.DropReply or FaultKind.DelayReply => at is not (ProtocolEvent.Order or ProtocolEvent.Snapshot),
        _ => true,
    };

    /// <summary>Whether a kind is done to the message of its event, rather than to somebody.</summary>
    public static bool IsOfMessage(FaultKind kind) => kind is >= FaultKind.Delay and <= FaultKind.DelayReply;

    /// <summary>A kind or an event as it is written.</summary>
    public static string NameOf<T>(T value)
        where T : struct, Enum =>
        JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    /// <exception cref="FormatException">It is no fault; the message says what would be one.</exception>
    public static PlannedFault Parse(string text)
    {
        string[] words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length < 3)
            throw new FormatException(
                $"'{text}' is no fault: give an event, its number, and what happens, such as 'order 7 kill-silo 1 10s'.");
        var at = Named<ProtocolEvent>(words[0], "event");
        var kind = Named<FaultKind>(words[2], "fault");
        if (!Fits(kind, at))
            throw new FormatException($"'{text}': {words[2]} cannot strike at {words[0]}.");
        var fault = new PlannedFault(at, Number(text, words[1], "", 1, MaxCount), kind);
        var rest = words.Skip(3).ToList();
        fault = fault with
        {
            Target = Take("", TakesTarget(kind), 0, MaxTarget),
            Seconds = Take("s", TakesSeconds(kind), 1, MaxSeconds),
            Workers = Take("w", TakesWorkers(kind), 1, MaxWorkers),
        };
        return rest.Count == 0 ? fault : throw new FormatException($"'{text}': {words[2]} does not take {rest[0]}.");

        int Take(string unit, bool isTaken, int least, int most)
        {
            string? word =
                rest.Find(word => word.EndsWith(unit, StringComparison.Ordinal) && (unit.Length > 0 || char.IsAsciiDigit(word[^1])));
            if (!isTaken)
                return 0;
            if (word is null)
            {
                string what = unit switch
                {
                    "s" => " of seconds, such as 5s",
                    "w" => " of workers, such as 3w",
                    _ => ", such as 1",
                };
                throw new FormatException($"'{text}': {words[2]} takes a number{what}.");
            }

            rest.Remove(word);
            return Number(text, word, unit, least, most);
        }
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        var text = new StringBuilder($"{NameOf(Event)} {Count.ToString(CultureInfo.InvariantCulture)} {NameOf(Kind)}");
        if (TakesTarget(Kind))
            text.Append(CultureInfo.InvariantCulture, $" {Target}");
        if (TakesSeconds(Kind))
            text.Append(CultureInfo.InvariantCulture, $" {Seconds}s");
        if (TakesWorkers(Kind))
            text.Append(CultureInfo.InvariantCulture, $" {Workers}w");
        return text.ToString();
    }

    private static bool EndsCoordinator(FaultKind kind) =>
        kind is FaultKind.KillCoordinator or FaultKind.DamageCheckpoint or FaultKind.StopCoordinator;

    private static int Number(string text, string word, string unit, int least, int most) =>
        int.TryParse(word.AsSpan(0, word.Length - unit.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            && number >= least && number <= most
            ? number
            : throw new FormatException($"'{text}': '{word}' should be from {least}{unit} to {most}{unit}.");

    private static T Named<T>(string word, string what)
        where T : struct, Enum
    {
        foreach (var value in Enum.GetValues<T>())
        {
            if (NameOf(value) == word)
                return value;
        }

        throw new FormatException($"There is no {what} '{word}'; there are {string.Join(", ", Enum.GetValues<T>().Select(NameOf))}.");
    }
}
