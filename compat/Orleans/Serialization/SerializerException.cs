namespace Orleans.Serialization;

/// <summary>A message cannot be copied.</summary>
public class SerializerException : Exception
{
    /// <summary>Without a message.</summary>
    public SerializerException() { }

    /// <summary>With a message.</summary>
    /// <param name="message">What happened.</param>
    public SerializerException(string message) : base(message) { }

    /// <summary>With a message and a cause.</summary>
    /// <param name="message">What happened.</param>
    /// <param name="innerException">Why.</param>
    public SerializerException(string message, Exception innerException) : base(message, innerException) { }
}
