namespace Orleans.Placement;

/// <summary>Such a grain is activated in the silo of its first caller.</summary>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = false)]
public sealed class PreferLocalPlacementAttribute : PlacementAttribute;
