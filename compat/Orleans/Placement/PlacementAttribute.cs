namespace Orleans.Placement;

/// <summary>Base of the attributes that say where a grain is activated. Without one, on any silo.</summary>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = false)]
public abstract class PlacementAttribute : Attribute
{
    private protected PlacementAttribute() { }
}
