namespace Orleans.Runtime;

/// <summary>A grain's identity: its class and its name.</summary>
internal readonly record struct GrainId(Type GrainClass, string Key)
{
    public override string ToString() => $"{GrainClass.Name}/{Key}";
}
