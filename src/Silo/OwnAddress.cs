using System.Net;
using MnistDistributed.Grains.Hosting;

namespace MnistDistributed.Silo;

/// <summary>The address of the machine or container itself, which in a container nobody knows before it runs.</summary>
public static class OwnAddress
{
    /// <summary>What is given in place of an address.</summary>
    public const string Word = "auto";

    /// <summary>The first address that the host's own name stands for and that others can reach, of version 4 where there is one.</summary>
    /// <exception cref="UsageException">There is none.</exception>
    public static IPAddress Find()
    {
        string host = Dns.GetHostName();
        return HostPort.Addresses(host, out _).FirstOrDefault(address => !IPAddress.IsLoopback(address) && !address.IsIPv6LinkLocal)
            ?? throw new UsageException($"--address {Word}: this machine's own name, {host}, stands for no address that other machines "
                + "could reach: give one, such as 10.0.0.7.");
    }
}
