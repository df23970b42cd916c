namespace Orleans.Concurrency;

/// <summary>Calls of this method interleave with every other request.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class AlwaysInterleaveAttribute : Attribute;
