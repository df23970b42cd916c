namespace Orleans;

/// <summary>Marks a member that is sent.</summary>
/// <param name="id">The member's number, unique in its type.</param>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct | AttributeTargets.Enum | AttributeTargets.Method
    | AttributeTargets.Property | AttributeTargets.Field | AttributeTargets.Parameter)]
public sealed class IdAttribute(uint id) : Attribute
{
    /// <summary>The member's number.</summary>
    public uint Id { get; } = id;
}
