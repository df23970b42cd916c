namespace Orleans.Runtime;

/// <summary>A request was not accepted.</summary>
public class OrleansMessageRejectionException : OrleansException
{
    internal OrleansMessageRejectionException(string message) : base(message) { }

    internal OrleansMessageRejectionException(string message, Exception innerException) : base(message, innerException) { }
}
