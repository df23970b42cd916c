using System.Globalization;
using MnistDistributed.Grains.Directory;
using MnistDistributed.Grains.ParameterServer;
using MnistDistributed.Simulation.Cluster;
using MnistDistributed.Simulation.Network;
using MnistDistributed.Simulation.Time;

namespace MnistDistributed.Simulation.Audit;

/// <summary>
/// Every call that was carried out, one a line, without what differs between two runs of one plan, such as the sessions' names.
/// </summary>
/// <param name="world">The world.</param>
public sealed class Trace(VirtualWorld world)
{
    private readonly List<string> _lines = [];
    private readonly Dictionary<Guid, int> _guids = [];

    /// <summary>The lines.</summary>
    public IReadOnlyList<string> Lines => _lines;

    /// <summary>A call was carried out.</summary>
    public void Observe(Activation activation, SimulatedCall call, object?[] arguments, object? result) => Write(
        $"{call.From.Name} > {activation.Grain.Name}#{activation.Number}@{activation.Silo.Name}."
        + $"{call.Method.Name}({string.Join(' ', arguments.Select(Text))}) {Text(result)}");

    /// <summary>Something else happened.</summary>
    public void Write(string what) => _lines.Add(string.Create(CultureInfo.InvariantCulture, $"{world.Now.TotalSeconds:F6} {what}"));

    private string Text(object? value) => value switch
    {
        null => "-",
        Guid guid => Number(guid),
        byte[] bytes => $"{bytes.Length} bytes",
        OpenRequest open => $"term {open.Term} after {open.EpochsEvaluated} epochs",
        OpenReply open => open.Problem ?? (open.TryAgain ? "try again" : "open"),
        RunOffer offer => offer.IsOpen ? offer.IsOver ? "over" : "open" : "not open",
        JoinRequest join => $"{join.Worker} {Number(join.Session)}",
        JoinReply join => join.Refusal ?? (join.IsOpen ? "joined" : "not open"),
        NextReply next => $"{next.Kind} {next.Term}/{next.Step} {next.Images} [{string.Join(' ', next.Blocks)}] {next.First} "
            + $"{(next.Weights is null ? "" : "weights")}",
        GradientPush push => $"{Number(push.Session)} {push.Term}/{push.Step} "
            + $"{string.Join(' ', push.Blocks.Select(block => $"{block.First}+{block.Count}:{block.Digest:x}"))}",
        LogitsPush push => $"{Number(push.Session)} {push.Term}/{push.Step} {push.Images} {push.First}:{push.Digest:x}",
        WatchReply reply =>
            reply.Status is { } status ? $"{reply.Term} {status.Phase} {status.Step} {status.Workers} workers" : $"{reply.Term} is open",
        SiloDemand demand =>
            $"{demand.Version}: {string.Join(' ', demand.Runs.Select(run => run.Workers))}{(demand.IsPartial ? " partial" : "")}",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    private string Number(Guid guid)
    {
        if (!_guids.TryGetValue(guid, out int number))
            _guids.Add(guid, number = _guids.Count);
        return $"id{number.ToString(CultureInfo.InvariantCulture)}";
    }
}
