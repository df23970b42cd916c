using System.Globalization;
using System.Net;
using System.Net.Sockets;
using MnistDistributed.Model;

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
    /// <param name="option">The option that it was given with, for errors.</param>
    /// <param name="text">What was given.</param>
    /// <returns>The address, of version 4 where the host has one.</returns>
    /// <exception cref="UsageException">It is no address.</exception>
    /// <exception cref="IOException">There is no such host, or not yet.</exception>
    public static IPEndPoint Resolve(string option, string text) => TrySplit(text, out string host, out int port)
        ? new IPEndPoint(Addresses(option, host)[0], port)
        : throw new UsageException(
            $"{option}: '{OneLine.Of(text)}' is no address: give a host and a port, such as 127.0.0.1:30000 or [::1]:30000.");

    /// <summary>Looks a host's name up.</summary>
    /// <param name="option">The option that it was given with, for errors.</param>
    /// <param name="host">The name, or an address.</param>
    /// <returns>Its addresses, one at least, those of version 4 first.</returns>
    /// <exception cref="UsageException">It can be no host's name.</exception>
    /// <exception cref="IOException">There is no such host, or not yet.</exception>
    public static IReadOnlyList<IPAddress> Addresses(string option, string host)
    {
        if (IPAddress.TryParse(host, out var number))
            return [number];
        if (Uri.CheckHostName(host) == UriHostNameType.Unknown)
        {
            throw new UsageException(
                $"{option}: '{OneLine.Of(host)}' is no host: give an IP address or a name, such as 127.0.0.1 or node-7.");
        }

        try
        {
            var addresses = Dns.GetHostAddresses(host);
            if (addresses.Length > 0)
                return [.. addresses.Distinct().OrderBy(one => one.AddressFamily != AddressFamily.InterNetwork)];
            throw new IOException($"{option}: the host '{host}' has no address.");
        }
        catch (SocketException e)
        {
            throw new IOException($"{option}: there is no host '{host}': {e.Message}", e);
        }
    }

    /// <summary>Which of a host's addresses is taken, as one line; null where there is no choice.</summary>
    /// <param name="host">The host.</param>
    /// <param name="addresses">Its addresses; the first one is taken.</param>
    public static string? Choice(string host, IReadOnlyList<IPAddress> addresses) => addresses.Count < 2 ? null
        : $"{host} is {addresses[0]}; it has the address{(addresses.Count > 2 ? "es" : "")} {string.Join(", ", addresses.Skip(1))} too";
}
