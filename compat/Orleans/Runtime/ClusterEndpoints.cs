using System.Net;

namespace Orleans.Runtime;

/// <summary>Where a silo and its cluster's first silo are.</summary>
internal sealed record ClusterEndpoints(IPEndPoint Silo, IPEndPoint Primary);
