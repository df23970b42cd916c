namespace Orleans.Runtime;

/// <summary>The silo that a request was sent to is gone, or none is there to take it. The request may have been carried out.</summary>
public sealed class SiloUnavailableException : OrleansMessageRejectionException
{
    /// <summary>Without a message of its own.</summary>
    public SiloUnavailableException() : base("SiloUnavailableException") { }

    /// <summary>With a message.</summary>
    /// <param name="msg">What happened.</param>
    public SiloUnavailableException(string msg) : base(msg) { }

    /// <summary>With a message and a cause.</summary>
    /// <param name="message">What happened.</param>
    /// <param name="innerException">Why.</param>
    public SiloUnavailableException(string message, Exception innerException) : base(message, innerException) { }
}
