using MnistDistributed.Model.Protocol;

namespace MnistDistributed.Grains.ParameterServer;

/// <summary>
/// A run's parameter server; its key is the run. It never starts by itself: the coordinator opens it with a term and a state.
/// </summary>
public interface IParameterServerGrain : IGrainWithStringKey
{
    /// <summary>
    /// Opens a term. Opening the same term again changes nothing; an older one is refused, and so is another coordinator with the same one.
    /// </summary>
    Task<OpenReply> Open(OpenRequest request);

    /// <summary>What the run is, for a worker that wants to take part. Held for 2 s at most while no term is open.</summary>
    Task<RunOffer> Offer();

    /// <summary>A worker joins with a new session.</summary>
    Task<JoinReply> Join(JoinRequest request);

    /// <summary>A session ends; its work is offered to others.</summary>
    /// <param name="session">The session.</param>
    /// <param name="trouble">Why it cannot go on; null if it just ends.</param>
    Task Leave(Guid session, string? trouble);

    /// <summary>
    /// A session asks what next. Held for 2 s at most, then answered "ask again"; a newer call of the same session supersedes it.
    /// </summary>
    /// <param name="session">The session.</param>
    /// <param name="term">Term of the weights that it holds; 0 for none.</param>
    /// <param name="step">Step of the weights that it holds.</param>
    Task<NextReply> Next(Guid session, int term, int step);

    /// <summary>
    /// Gradients of one order. Never waits: the answer brings the session's next order only if there is one already.
    /// </summary>
    /// <param name="push">The gradients. Their memory must not change until the session is given an order of a later step.</param>
    Task<PushReply> Push(GradientPush push);

    /// <summary>Logits of one order. Never waits, as <see cref="Push"/>.</summary>
    Task<PushReply> PushLogits(LogitsPush push);

    /// <summary>
    /// Where the run is; answered when the phase is another than <paramref name="seen"/>,
    /// or after 250 ms, or at once if the term is not open here.
    /// </summary>
    Task<WatchReply> Watch(int term, RunPhase? seen);

    /// <summary>
    /// One consistent copy of the training state between two steps, as TrainingState writes it; null if the term is not open here.
    /// </summary>
    Task<byte[]?> Snapshot(int term);

    /// <summary>
    /// Takes the training state for good: from now on the term is not open here, and the coordinator opens the next one from what it got.
    /// Null if the term is not open here.
    /// </summary>
    Task<byte[]?> HandOver(int term);

    /// <summary>The silo that holds the server is about to go; the coordinator learns it with its next status, and hands over.</summary>
    Task Leaving();

    /// <summary>
    /// The logits of the evaluation that has just ended, little-endian floats <c>[images, classes]</c>; null if the term or step is
    /// another, or it has not ended.
    /// </summary>
    Task<byte[]?> Logits(int term, int step);

    /// <summary>The coordinator has taken the epoch's result; the run goes on.</summary>
    Task Continue(int term, int step);

    /// <summary>After the step or the evaluation in progress no step begins until <see cref="Resume"/>.</summary>
    /// <returns>Whether the term is open here.</returns>
    Task<bool> Pause(int term);

    /// <summary>The run goes on after <see cref="Pause"/>.</summary>
    /// <inheritdoc cref="Pause" path="/returns"/>
    Task<bool> Resume(int term);

    /// <summary>Ends the term; workers stop.</summary>
    Task Close(int term);
}
