namespace Orleans.Serialization;

/// <summary>A message holds an object whose type is not marked with <see cref="GenerateSerializerAttribute"/>.</summary>
/// <param name="message">Which type.</param>
public sealed class CodecNotFoundException(string message) : SerializerException(message);
