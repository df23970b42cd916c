namespace Orleans.Runtime;

/// <summary>Grains and references to grains.</summary>
public interface IAddressable;
