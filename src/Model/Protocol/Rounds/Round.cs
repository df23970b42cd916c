using MnistDistributed.Model.Protocol.Membership;
using MnistDistributed.Model.Protocol.Verdicts;

namespace MnistDistributed.Model.Protocol.Rounds;

/// <summary>
/// Work that the sessions of a term share until all of it is answered: a step
/// or an evaluation. One object is all rounds of its kind, one after another.
/// </summary>
/// <param name="board">Who computes what.</param>
/// <param name="sessions">Who takes part.</param>
/// <param name="pace">How long a unit takes.</param>
internal abstract class Round(WorkBoard board, Sessions sessions, Pace pace)
{
    /// <summary>How long a unit takes.</summary>
    public Pace Pace => pace;

    /// <summary>Answers of this round that could not be used.</summary>
    public FlawedAnswers Flawed { get; } = new();

    /// <summary>Whether all of it is answered.</summary>
    public abstract bool IsComplete { get; }

    /// <summary>Who computes what; of the round that is in progress, whichever it is.</summary>
    protected WorkBoard Board => board;

    /// <summary>Who takes part.</summary>
    protected Sessions Sessions => sessions;

    /// <summary>Orders work from a session that asks, if there is any.</summary>
    /// <param name="session">Who asks.</param>
    /// <param name="term">The term.</param>
    /// <param name="step">The steps done.</param>
    /// <param name="needsWeights">Whether it has to be sent the weights.</param>
    public NextAnswer Next(Session session, int term, int step, bool needsWeights)
    {
        var (isMember, sharers) = sessions.StandingOf(session);
        var found = board.Take(session.Id, isMember, MostUnits(sharers), pace);
        if (found is { IsNew: true } order)
            sessions.SetOrder(session, this, step, order);
        sessions.SetDeadline(session);
        if (found is not { } work)
            return new(NextKind.AskAgain);
        var sent = Order(term, step, work.Units, needsWeights) with { Number = session.Order?.Number ?? 0 };
        return new(NextKind.Work, sent, work.Counters);
    }

    /// <summary>It is complete: does what follows from it, once.</summary>
    /// <returns>What it adds to the counters of the term.</returns>
    public virtual TermCounters End() => default;

    /// <summary>The order for some units, as it is sent.</summary>
    protected abstract WorkOrder Order(int term, int step, UnitRange units, bool needsWeights);

    /// <summary>The most units of one order.</summary>
    protected abstract int MostUnits(int sharers);

    /// <summary>Lays out the units; nothing of them is answered.</summary>
    protected void Begin(int units)
    {
        Flawed.Clear();
        board.Reset(units);
    }
}

/// <summary>A round, and what an answer to its orders is.</summary>
/// <typeparam name="TAnswer">One part of what a session pushes.</typeparam>
/// <param name="board">Who computes what.</param>
/// <param name="sessions">Who takes part.</param>
/// <param name="pace">How long a unit takes.</param>
internal abstract class Round<TAnswer>(WorkBoard board, Sessions sessions, Pace pace) : Round(board, sessions, pace)
    where TAnswer : IAnswer
{
    /// <summary>What an answer is called, and how a sentence goes on that says of it, or of another's, what is done.</summary>
    public abstract (string Noun, string It, string Anothers) Words { get; }

    /// <summary>Whether units, lengths and sums are those of an answer to an order of such a round.</summary>
    public abstract bool IsWellFormed(TAnswer answer, int step);

    /// <summary>
    /// Whose answer to the same units has other bits, and what it is of; null if nobody's has. Both cannot be right: it means broken
    /// hardware or a broken promise.
    /// </summary>
    public abstract (string Worker, string What)? ConflictOf(TAnswer answer, int step);

    /// <summary>Takes a sound answer; the first one for its units counts.</summary>
    public abstract void Add(TAnswer answer, string worker);

    /// <summary>Names what was answered, for people.</summary>
    public abstract string Name(IReadOnlyList<TAnswer> answers, int step);

    /// <summary>Names what was answered with something that is not well-formed, and what may be wrong with it.</summary>
    public abstract string NameMalformed(int step);
}
