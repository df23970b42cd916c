using Microsoft.Extensions.Logging;

namespace MnistDistributed.Grains.Hosting.Tls;

/// <summary>What people should know of a program's certificate.</summary>
/// <param name="Level">How grave it is.</param>
/// <param name="Line">What it is.</param>
public readonly record struct TlsNews(LogLevel Level, string Line);
