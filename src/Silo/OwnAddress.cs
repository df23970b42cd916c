using System.Net;
using System.Net.Sockets;
using MnistDistributed.Grains.Hosting;

namespace MnistDistributed.Silo;

/// <summary>The address of the machine or container itself, which in a container nobody knows before it runs.</summary>
public static class OwnAddress
{
    /// <summary>What is given in place of an address.</summary>
    public const string Word = "auto";

    /// <summary>The address that the host's own name stands for.</summary>
    /// <param name="option">The option that asks for it, for errors.</param>
    /// <exception cref="IOException">It stands for none that others can reach.</exception>
    public static IPAddress Find(string option)
    {
        string host = Dns.GetHostName();
        return Reachable(HostPort.Addresses($"{option} {Word}", host)) ?? throw new IOException(
            $"{option} {Word}: this machine's own name, {host}, stands for no address that others reach: give one, such as 10.0.0.7.");
    }

    /// <summary>The first of them that other machines can reach, of version 4 where there is one; null if there is none.</summary>
    public static IPAddress? Reachable(IEnumerable<IPAddress> addresses) =>
        addresses.Where(address => !IPAddress.IsLoopback(address) && !address.IsIPv6LinkLocal)
            .OrderBy(address => address.AddressFamily != AddressFamily.InterNetwork).FirstOrDefault();
}
