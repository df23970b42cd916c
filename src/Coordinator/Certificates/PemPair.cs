namespace MnistDistributed.Coordinator.Certificates;

/// <summary>A certificate and its private key, in PEM.</summary>
public sealed record PemPair(string Certificate, string Key)
{
    /// <summary>The certificate alone: the key is for its file only.</summary>
    public override string ToString() => Certificate;
}
