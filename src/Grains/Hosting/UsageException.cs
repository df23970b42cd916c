namespace MnistDistributed.Grains.Hosting;

/// <summary>A program was called in a way that cannot work. Exit code 2; the message is one clear line.</summary>
public sealed class UsageException(string message) : Exception(message);
