namespace Orleans.Concurrency;

/// <summary>Requests to such a grain start while others wait for something: their turns interleave.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class ReentrantAttribute : Attribute;
