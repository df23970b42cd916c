namespace MnistDistributed.Model.Data;

/// <summary>A data set that cannot be used. The message is one line: which file, what is wrong with it, what would be right.</summary>
public sealed class DataException : Exception
{
    /// <summary>Says what is wrong.</summary>
    public DataException(string message)
        : base(message)
    {
    }

    /// <summary>Says what is wrong, and what it came from.</summary>
    public DataException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
