namespace Orleans.Runtime;

/// <summary>Who this silo is.</summary>
public interface ILocalSiloDetails
{
    /// <summary>The silo's name.</summary>
    string Name { get; }

    /// <summary>The cluster's name.</summary>
    string ClusterId { get; }

    /// <summary>The silo's address.</summary>
    SiloAddress SiloAddress { get; }
}
