namespace MnistDistributed.Silo;

/// <summary>The silo was started in a way that cannot work. The message is for people.</summary>
public sealed class UsageException(string message) : Exception(message);
