using System.Runtime.InteropServices;
using MnistDistributed.Model.Protocol.Membership;

namespace MnistDistributed.Model.Protocol.Rounds;

/// <summary>An evaluation of the validation or the test images: sessions compute the logits of one chunk of them after another.</summary>
/// <param name="validationImages">Number of validation images.</param>
/// <param name="testImages">Number of test images.</param>
/// <param name="classes">Logits of an image.</param>
/// <param name="board">Who computes which chunks.</param>
/// <param name="sessions">Who takes part.</param>
/// <param name="pace">How long a unit takes.</param>
internal sealed class EvaluationRound(
    int validationImages, int testImages, int classes, WorkBoard board, Sessions sessions, Pace pace)
    : Round<LogitsChunk>(board, sessions, pace)
{
    private const int ChunkImages = TrainingProtocol.ChunkImages;

    private EvaluationSet _set;
    private float[] _logits = [];
    private string?[] _evaluators = [];

    /// <summary>The logits so far, <c>[images, classes]</c>.</summary>
    public ReadOnlySpan<float> Logits => _logits;

    /// <summary>Images of the evaluation; 0 before the first.</summary>
    public int Images => _logits.Length / classes;

    /// <summary>Images evaluated while it is in progress.</summary>
    public int ImagesDone => Math.Min(Board.Done * ChunkImages, Images);

    /// <inheritdoc/>
    public override bool IsComplete => Board.IsComplete;

    /// <inheritdoc/>
    public override (string Noun, string It, string Anothers) Words => ("logits", "they are", "another's are");

    /// <summary>The next evaluation begins; nothing is set aside for anybody.</summary>
    public void Begin(EvaluationSet set)
    {
        _set = set;
        _logits = new float[ImagesOf(set) * classes];
        Begin((Images + ChunkImages - 1) / ChunkImages);
        _evaluators = new string?[Board.Units];
    }

    /// <inheritdoc/>
    public override bool IsWellFormed(LogitsChunk answer, int step) =>
        answer.First >= 0 && answer.First % ChunkImages == 0 && answer.First < ImagesOf(answer.Images)
        && answer.Logits.Length == CountFrom(answer.First, answer.Images) * classes * sizeof(float);

    /// <inheritdoc/>
    public override (string Worker, string What)? ConflictOf(LogitsChunk answer, int step) =>
        _evaluators[answer.Units.First] is { } other && !answer.Logits.Span.SequenceEqual(PlaceOf(answer))
            ? (other, Name([answer], step))
            : null;

    /// <inheritdoc/>
    public override void Add(LogitsChunk answer, string worker)
    {
        answer.Logits.Span.CopyTo(PlaceOf(answer));
        _evaluators[answer.Units.First] ??= worker;
        Pace.EndRound();
    }

    /// <inheritdoc/>
    public override string Name(IReadOnlyList<LogitsChunk> answers, int step)
    {
        int first = answers[0].First;
        return $"images {first} to {first + CountFrom(first, answers[0].Images) - 1} after step {step}";
    }

    /// <inheritdoc/>
    public override string NameMalformed(int step) => $"an order of the evaluation after step {step} with images or lengths";

    /// <inheritdoc/>
    protected override WorkOrder Order(int term, int step, UnitRange units, bool needsWeights)
    {
        int first = units.First * ChunkImages;
        return new(term, step, _set, [], first, CountFrom(first, _set), Pace.Lease(units.Count), needsWeights);
    }

    /// <inheritdoc/>
    protected override int MostUnits(int sharers) => 1;

    private Span<byte> PlaceOf(LogitsChunk chunk) =>
        MemoryMarshal.AsBytes(_logits.AsSpan(chunk.First * classes, CountFrom(chunk.First, chunk.Images) * classes));

    private int CountFrom(int first, EvaluationSet set) => Math.Min(ChunkImages, ImagesOf(set) - first);

    private int ImagesOf(EvaluationSet set) => set == EvaluationSet.Test ? testImages : validationImages;
}
