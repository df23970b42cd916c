using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace MnistDistributed.Grains.Hosting;

/// <summary>An address as people write it: <c>localhost:30000</c>, <c>10.0.0.7:30000</c>, <c>[::1]:30000</c>.</summary>
public static class HostPort
{
    /// <summary>Takes an address apart; nothing is looked up.</summary>
    /// <returns>Whether it has a host and a port. An address of version 6 is in brackets, or nobody knows where its port begins.</returns>
    public static bool TrySplit(string text, out string host, out int port)
    {
        int colon = text.LastIndexOf(':');
        host = colon < 0 ? "" : text[..colon];
        bool isBracketed = host.StartsWith('[') && host.EndsWith(']');
        host = isBracketed ? host[1..^1] : host;
        return int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port)
            && port is >= 1 and <= 65535 && host.Length > 0 && host.Contains(':', StringComparison.Ordinal) == isBracketed;
    }

    /// <summary>Reads an address; a host's name is looked up.</summary>
    /// <param name="text">What was written.</param>
    /// <param name="problem">What is wrong, as one sentence; null if nothing is.</param>
    /// <returns>The address, of version 4 where the host has one; null if there is a problem.</returns>
    public static IPEndPoint? Resolve(string text, out string? problem)
    {
        if (!TrySplit(text, out string host, out int port))
        {
            problem = $"'{text}' is no address: give a host and a port, such as 127.0.0.1:30000 or [::1]:30000.";
            return null;
        }

        return Addresses(host, out problem) is [var address, ..] ? new IPEndPoint(address, port) : null;
    }

    /// <summary>Looks a host's name up.</summary>
    /// <param name="host">The name, or an address.</param>
    /// <param name="problem">What is wrong, as one sentence; null if nothing is.</param>
    /// <returns>Its addresses, those of version 4 first; empty if there is a problem.</returns>
    public static IReadOnlyList<IPAddress> Addresses(string host, out string? problem)
    {
        try
        {
            var addresses = IPAddress.TryParse(host, out var address) ? [address] : Dns.GetHostAddresses(host);
            problem = addresses.Length > 0 ? null : $"The host '{host}' has no address.";
            return [.. addresses.Distinct().OrderBy(one => one.AddressFamily != AddressFamily.InterNetwork)];
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            problem = $"There is no host '{host}': {e.Message}";
            return [];
        }
    }

    /// <summary>Which of a host's addresses is taken, as one line; null where there is no choice.</summary>
    /// <param name="host">The host.</param>
    /// <param name="addresses">Its addresses; the first one is taken.</param>
    public static string? Choice(string host, IReadOnlyList<IPAddress> addresses) => addresses.Count < 2 ? null
        : $"{host} is {addresses[0]}; it has the address{(addresses.Count > 2 ? "es" : "")} {string.Join(", ", addresses.Skip(1))} too";
}
