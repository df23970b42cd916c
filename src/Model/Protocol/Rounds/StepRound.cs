using System.Runtime.InteropServices;
using MnistDistributed.Model.Protocol.Membership;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Model.Protocol.Rounds;

/// <summary>A step: sessions sum the gradients of its slots, block by block, and the optimizer applies the sum of all of them.</summary>
/// <param name="spec">The run.</param>
/// <param name="plan">The run's plan.</param>
/// <param name="state">What the optimizer is applied to.</param>
/// <param name="board">Who computes which slots.</param>
/// <param name="sessions">Who takes part.</param>
/// <param name="pace">How long a unit takes.</param>
/// <param name="clock">Where its time is measured.</param>
internal sealed class StepRound(
    RunSpec spec, SlotPlan plan, TrainingState state, WorkBoard board, Sessions sessions, Pace pace, StepClock clock)
    : Round<BlockGradient>(board, sessions, pace)
{
    private readonly StepUpdate _update = new(spec, plan);
    private readonly GradientTree _tree = new(spec.Slots, state.Weights.Length);

    /// <summary>What the last step that is done was made of; null before the first.</summary>
    public DoneStep? LastStep { get; private set; }

    /// <inheritdoc cref="StepUpdate.GradientNorm"/>
    public double? GradientNorm => _update.GradientNorm;

    /// <inheritdoc/>
    public override bool IsComplete => _tree.IsComplete;

    /// <inheritdoc/>
    public override (string Noun, string It, string Anothers) Words => ("a gradient", "it is", "another's is");

    /// <summary>The next step begins: an equal share of it is set aside for each member.</summary>
    public void Begin()
    {
        clock.Begin();
        Sessions.RemoveSilent();
        _tree.Clear();
        Begin(spec.Slots);
        var members = Sessions.Members.OrderBy(session => session.Silo, StringComparer.Ordinal).ToList();
        Board.Share([.. members.Select(session => session.Id)], Pace);
        foreach (var session in members)
            Sessions.AdvanceDeadline(session);
    }

    /// <inheritdoc/>
    public override bool IsWellFormed(BlockGradient answer, int step) =>
        answer.Block.IsNodeOf(spec.Slots)
        && answer.Gradient.Length == state.Weights.Length * sizeof(float)
        && answer.Sum.Samples == plan.BlockSamples(step, answer.Block.First, answer.Block.Count)
        && answer.Sum.Hits >= 0 && answer.Sum.Hits <= answer.Sum.Samples;

    /// <inheritdoc/>
    public override (string Worker, string What)? ConflictOf(BlockGradient answer, int step) =>
        _tree.ConflictOf(answer) is { } other ? (other, $"block {answer.Block} of step {step}") : null;

    /// <inheritdoc/>
    public override void Add(BlockGradient answer, string worker)
    {
        long began = clock.Now;
        _tree.Add(answer, worker);
        clock.Added(began);
    }

    /// <inheritdoc/>
    public override TermCounters End()
    {
        LastStep = new DoneStep(state.Step, _tree.Parts());
        long began = clock.Now;
        var (half, otherHalf) = _tree.Gradient;
        _update.Apply(state, Floats(half), Floats(otherHalf), _tree.Sum);
        clock.Optimized(began);
        clock.End(_tree.Sum.Samples);
        // What was pushed is its sender's again, from the next order on.
        _tree.Clear();
        Pace.EndRound();
        return new() { Steps = 1 };
    }

    /// <inheritdoc/>
    public override string Name(IReadOnlyList<BlockGradient> answers, int step)
    {
        string[] names = [.. answers.Select(answer => answer.Block).OrderBy(block => block.First).Select(Name)];
        return $"slot{(names.Length == 1 && answers[0].Block.Count == 1 ? "" : "s")} {string.Join(", ", names)} of step {step}";

        static string Name(Block block) => block.Count == 1 ? $"{block.First}" : $"{block.First} to {block.End - 1}";
    }

    /// <inheritdoc/>
    public override string NameMalformed(int step) => $"the order of step {step} with blocks, lengths or sums";

    /// <inheritdoc/>
    protected override WorkOrder Order(int term, int step, UnitRange units, bool needsWeights) =>
        new(term, step, null, Block.Cover(units.First, units.End), 0, 0, Pace.Lease(units.Count), needsWeights);

    /// <inheritdoc/>
    protected override int MostUnits(int sharers) => (Board.Units + sharers - 1) / sharers;

    private static ReadOnlySpan<float> Floats(ReadOnlyMemory<byte> gradient) => MemoryMarshal.Cast<byte, float>(gradient.Span);
}
