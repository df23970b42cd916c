namespace MnistDistributed.Grains.Hosting.Output;

/// <summary>Why something that was printed is lost.</summary>
/// <param name="Problem">One line.</param>
/// <param name="IsReaderGone">Whether nobody reads it any more: a pipe was closed, or a terminal.</param>
public sealed record OutputLoss(string Problem, bool IsReaderGone);
