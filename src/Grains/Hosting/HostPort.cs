using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace MnistDistributed.Grains.Hosting;

/// <summary>An address as people write it: <c>localhost:30000</c>, <c>10.0.0.7:30000</c>, <c>[::1]:30000</c>.</summary>
public static class HostPort
{
    /// <summary>Takes an address apart; nothing is looked up.</summary>
    /// <returns>Whether it has a host and a port.</returns>
    public static bool TrySplit(string text, out string host, out int port)
    {
        int colon = text.LastIndexOf(':');
        host = colon < 0 ? "" : text[..colon].Trim('[', ']');
        return int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port)
            && port is >= 1 and <= 65535 && host.Length > 0;
    }

    /// <summary>Reads an address; a host's name is looked up.</summary>
    /// <param name="text">What was written.</param>
    /// <param name="problem">What is wrong, as one sentence; null if nothing is.</param>
    /// <returns>The address, of version 4 where the host has one; null if there is a problem.</returns>
    public static IPEndPoint? Resolve(string text, out string? problem)
    {
        if (!TrySplit(text, out string host, out int port))
        {
            problem = $"'{text}' is no address: give a host and a port, such as 127.0.0.1:30000.";
            return null;
        }

        try
        {
            var addresses = Dns.GetHostAddresses(host);
            problem = null;
            var address = addresses.FirstOrDefault(one => one.AddressFamily == AddressFamily.InterNetwork) ?? addresses[0];
            return new IPEndPoint(address, port);
        }
        catch (Exception e) when (e is SocketException or ArgumentException or IndexOutOfRangeException)
        {
            problem = $"There is no host '{host}': {e.Message}";
            return null;
        }
    }
}
