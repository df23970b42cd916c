namespace MnistDistributed.Model.Data;

/// <summary>
/// A source of the cache brought nothing usable; the message says what it did instead, and the next attempt or source is tried.
/// </summary>
internal sealed class TransferException(string message, Exception? inner = null) : Exception(message, inner);
