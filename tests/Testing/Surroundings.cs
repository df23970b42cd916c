namespace MnistDistributed.Testing;

/// <summary>What a folder and an environment may hold that is meant for other programs, and must not shape ours.</summary>
public static class Surroundings
{
    /// <summary>Puts it into a folder.</summary>
    /// <param name="folder">The folder, in which a program is going to run.</param>
    /// <param name="port">A port that the program is told to open.</param>
    /// <returns>The environment for it.</returns>
    public static Dictionary<string, string> Make(string folder, int port)
    {
        string url = $"http://127.0.0.1:{port}";
        File.WriteAllText(Path.Combine(folder, "appsettings.json"), $$"""
            {
              "Kestrel": { "Endpoints": { "Other": { "Url": "{{url}}" } } }, "Urls": "{{url}}", "AllowedHosts": "nobody",
              "Logging": { "LogLevel": { "Default": "Trace" } }, "Serilog": { "MinimumLevel": "Verbose" },
              "Orleans": { "ClusterId": "theirs", "ServiceId": "theirs", "Clustering": { "ProviderType": "nonsense" } }
            }
            """);
        foreach (string broken in (string[])["appsettings.Production.json", "appsettings.Development.json", "hostsettings.json"])
            File.WriteAllText(Path.Combine(folder, broken), "{ broken");
        return new Dictionary<string, string>
        {
            ["ASPNETCORE_URLS"] = url,
            ["ASPNETCORE_HTTP_PORTS"] = $"{port}",
            ["ASPNETCORE_ENVIRONMENT"] = "Development",
            ["ASPNETCORE_CONTENTROOT"] = "/",
            ["ASPNETCORE_HOSTINGSTARTUPASSEMBLIES"] = "No.Such.Assembly",
            ["DOTNET_URLS"] = url,
            ["DOTNET_ENVIRONMENT"] = "Development",
            ["URLS"] = url,
            ["Kestrel__Endpoints__Other__Url"] = url,
            ["Logging__LogLevel__Default"] = "Trace",
            ["Orleans__ClusterId"] = "theirs",
            ["Orleans__Clustering__ProviderType"] = "nonsense",
        };
    }
}
