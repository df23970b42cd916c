using MnistDistributed.Grains.ParameterServer;
using MnistDistributed.Model.Protocol;
using MnistDistributed.Model.Training;
using MnistDistributed.Simulation.Cluster;
using MnistDistributed.Simulation.Network;

namespace MnistDistributed.Simulation.Audit;

/// <summary>
/// Watches every parameter server of a run, and says in the end whether each sample was counted exactly once in each epoch. It goes by what
/// was
/// really computed, from which weights, and by which blocks really made up each step; and of all steps that any parameter server did, only
/// those count that led to the final weights.
/// </summary>
/// <param name="spec">The run.</param>
/// <param name="computed">What the engines computed.</param>
public sealed class RunAudit(RunSpec spec, ComputedBlocks computed)
{
    private readonly SlotPlan _plan = new(spec);
    private readonly Dictionary<int, Term> _terms = [];
    private readonly List<(int Term, int Step)> _taken = [];
    private readonly HashSet<(int Server, Guid Session, int Term, int Step)> _orders = [];
    private readonly List<string> _problems = [];

    private sealed class Term(int server, int first, int parent, ulong weights)
    {
        public int Server { get; } = server;
        public int First { get; } = first;
        public int Parent { get; } = parent;
        public ulong Weights { get; set; } = weights;
        public Dictionary<int, (DoneStep Step, ulong Weights)> Done { get; } = [];
    }

    /// <summary>What was wrong, each as one sentence.</summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <summary>Samples that the final weights lack, summed over the epochs.</summary>
    public int Lost { get; private set; }

    /// <summary>Samples that are in the final weights more than once, summed over the epochs.</summary>
    public int Doubled { get; private set; }

    /// <summary>Terms that were opened.</summary>
    public int Terms => _terms.Count;

    /// <summary>Called when a step is done: the parameter server's term and the steps done by then.</summary>
    public event Action<int, int>? StepDone;

    /// <summary>The highest term so far.</summary>
    public int LatestTerm { get; private set; }

    /// <summary>A parameter server has carried out a call.</summary>
    public void Observe(Activation activation, SimulatedCall call, object?[] arguments, object? result)
    {
        var protocol = ((ParameterServerGrain)activation.Instance).Protocol;
        switch (arguments, result)
        {
            case ([OpenRequest request], OpenReply { Problem: null, TryAgain: false }):
                Opened(activation.Number, request, protocol!);
                break;
            case ([Guid session, int, int], NextReply order):
                Ordered(activation.Number, session, order);
                break;
            case ([GradientPush push], PushReply reply):
                if (reply.Outcome == PushOutcome.Accepted)
                    Accepted(activation.Number, push, protocol!);
                Ordered(activation.Number, push.Session, reply.Next);
                break;
            case ([LogitsPush push], PushReply reply):
                Ordered(activation.Number, push.Session, reply.Next);
                break;
            case ([int term], byte[] state):
                // One that hands over has nothing open any more.
                if (protocol is not null && protocol.Term != term)
                    _problems.Add($"The state of term {protocol.Term} was taken for that of term {term}.");
                _taken.Add((term, TrainingState.FromBytes(state, spec).Step));
                break;
        }
    }

    /// <summary>The run has ended with the last state that its coordinator took.</summary>
    public void Finish()
    {
        if (_taken.Count == 0 || _taken[^1].Step != _plan.TotalSteps)
        {
            _problems.Add("The coordinator ended without the state after the last step.");
            return;
        }

        var steps = Lineage();
        for (int epoch = 0; epoch < spec.Epochs; epoch++)
            CountSamples(epoch, steps);
    }

    private void Opened(int server, OpenRequest request, TrainingProtocol protocol)
    {
        if (_terms.TryGetValue(request.Term, out var known))
        {
            if (known.Server != server)
                _problems.Add($"Term {request.Term} is open in two parameter servers.");
            return;
        }

        int first = TrainingState.FromBytes(request.State, spec).Step;
        int parent = _taken.FindLast(taken => taken.Step == first && taken.Term < request.Term).Term;
        if (parent == 0 && first > 0)
            _problems.Add($"Term {request.Term} begins at step {first}, and no term was left there.");
        _terms.Add(request.Term, new Term(server, first, parent, ComputedBlocks.DigestOf(protocol.State.Weights)));
        LatestTerm = Math.Max(LatestTerm, request.Term);
    }

    private void Ordered(int server, Guid session, NextReply? order)
    {
        if (order is { Kind: NextKind.Work })
            _orders.Add((server, session, order.Term, order.Step));
    }

    private void Accepted(int server, GradientPush push, TrainingProtocol protocol)
    {
        if (!_terms.TryGetValue(protocol.Term, out var term) || term.Server != server)
        {
            _problems.Add($"A push counts in term {protocol.Term}, which was not opened there.");
            return;
        }

        if (!_orders.Contains((server, push.Session, protocol.Term, push.Step)))
            _problems.Add($"A push of term {push.Term} for step {push.Step} counts in term {protocol.Term}, whose parameter server never "
                + "ordered it.");
        if (protocol.LastStep is not { } step || term.Done.ContainsKey(step.Step))
            return;
        term.Done.Add(step.Step, (step, term.Weights));
        term.Weights = ComputedBlocks.DigestOf(protocol.State.Weights);
        StepDone?.Invoke(protocol.Term, step.Step + 1);
    }

    /// <summary>The steps that led to the final weights, by their number.</summary>
    private Dictionary<int, (int Term, DoneStep Step)> Lineage()
    {
        var steps = new Dictionary<int, (int Term, DoneStep Step)>();
        int end = _plan.TotalSteps;
        for (int number = _taken[^1].Term; _terms.TryGetValue(number, out var term); number = term.Parent)
        {
            for (int step = term.First; step < end; step++)
            {
                if (!term.Done.TryGetValue(step, out var done))
                    _problems.Add($"Term {number} never did step {step}, which the final weights hold.");
                else if (Problem(number, done.Step, done.Weights) is { } problem)
                    _problems.Add($"Step {step} of term {number}: {problem}");
                else
                    steps.Add(step, (number, done.Step));
            }

            end = Math.Min(end, term.First);
        }

        return steps;
    }

    private string? Problem(int term, DoneStep step, ulong weights)
    {
        int slot = 0;
        foreach (var accepted in step.Blocks)
        {
            if (accepted.Block.First != slot)
                return $"slot {Math.Min(slot, accepted.Block.First)} counts {(accepted.Block.First < slot ? "twice" : "not at all")}.";
            slot = accepted.Block.End;
            if (computed.Find(term, step.Step, accepted) is not { } block)
                return $"the block {accepted.Block} holds what {accepted.Worker} never computed for it.";
            if (block.Weights != weights)
                return $"the block {accepted.Block} was computed from other weights.";
        }

        return slot == spec.Slots ? null : $"slot {slot} counts not at all.";
    }

    private void CountSamples(int epoch, Dictionary<int, (int Term, DoneStep Step)> steps)
    {
        int[] counts = new int[_plan.Samples];
        for (int step = epoch * _plan.StepsPerEpoch; step < (epoch + 1) * _plan.StepsPerEpoch; step++)
        {
            if (!steps.TryGetValue(step, out var done))
                continue;
            foreach (var accepted in done.Step.Blocks)
            {
                var block = computed.Find(done.Term, step, accepted)!;
                if (block.Epoch != epoch)
                    _problems.Add($"Step {step} holds samples as they are in epoch {block.Epoch}.");
                foreach (int sample in block.Samples)
                    counts[sample]++;
            }
        }

        int lost = counts.Count(count => count == 0);
        int doubled = counts.Sum(count => Math.Max(0, count - 1));
        if (lost + doubled > 0)
            _problems.Add($"In epoch {epoch} {lost} samples are lost and {doubled} counted more than once.");
        Lost += lost;
        Doubled += doubled;
    }
}
