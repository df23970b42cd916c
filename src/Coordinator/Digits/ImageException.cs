namespace MnistDistributed.Coordinator.Digits;

/// <summary>
/// A picture that cannot be read as a digit. The message is one line: which file, what is wrong with it, what would be right.
/// </summary>
public sealed class ImageException(string message, Exception? inner = null) : Exception(message, inner);
