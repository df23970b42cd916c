namespace Orleans.Configuration;

/// <summary>Settings of one silo.</summary>
public class SiloOptions
{
    /// <summary>The silo's name. Default: one is made up.</summary>
    public string SiloName { get; set; } = "";
}
