namespace Orleans;

/// <summary>Objects of this type may be sent. Every member carries an <see cref="IdAttribute"/>, or is not sent (<c>[NonSerialized]</c>).</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct | AttributeTargets.Enum)]
public sealed class GenerateSerializerAttribute : Attribute;
