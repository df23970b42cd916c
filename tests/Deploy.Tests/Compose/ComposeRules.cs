using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using MnistDistributed.Coordinator.Commands;
using MnistDistributed.Deploy.Tests.Images;
using MnistDistributed.Silo;
using YamlDotNet.Serialization;

namespace MnistDistributed.Deploy.Tests.Compose;

/// <summary>What has to hold of the compose file, of what it names, and of the programs that it starts; each gives what does not.</summary>
public static partial class ComposeRules
{
    private static readonly Dockerfile Docker = new(Repository.Read(Dockerfile.Path));

    /// <summary>All of them, by name.</summary>
    public static IReadOnlyDictionary<string, Func<ComposeFile, IEnumerable<string>>> All { get; } =
        typeof(ComposeRules).GetMethods().Where(method => method.ReturnType == typeof(IEnumerable<string>))
            .ToDictionary(method => method.Name, method => method.CreateDelegate<Func<ComposeFile, IEnumerable<string>>>());

    public static IEnumerable<string> Our_images_are_built_by_one_service_each(ComposeFile file)
    {
        foreach (var image in Own(file).GroupBy(service => service.Image))
        {
            if (image.Count(service => service.Has("build")) != 1)
                yield return $"{image.Key} has to be built by one service.";
            foreach (var service in image)
            {
                if (service.Text("pull_policy") != (service.Has("build") ? "build" : "never"))
                    yield return $"{service.Name} might run an image that somebody else calls {image.Key}.";
                if (service.Has("build") && $"{service.Map("build").GetValueOrDefault("target")}" != service.Stage)
                    yield return $"{service.Name} builds another target than {service.Stage}.";
                if (!Docker.Stages.Contains(service.Stage))
                    yield return $"{service.Name}: the Dockerfile has no target {service.Stage}.";
                if (service.Has("build")
                    && Missing($"{service.Map("build")["context"]}", $"{service.Map("build")["dockerfile"]}") is { } missing)
                    yield return $"{service.Name} is built of {missing}, which is not there.";
            }
        }
    }

    public static IEnumerable<string> Images_of_others_have_versions(ComposeFile file) =>
        from service in file.Services
        where service.Stage is null && !Version().IsMatch(service.Tag)
        select $"{service.Name}: {service.Image} needs a tag with a version.";

    public static IEnumerable<string> Grafana_is_the_one_whose_types_hold_the_dashboards(ComposeFile file)
    {
        using var package = JsonDocument.Parse(Repository.Read("tests/grafana/package.json"));
        string? version = package.RootElement.GetProperty("devDependencies").GetProperty("@grafana/schema").GetString();
        string tag = file.Services.Single(service => service.Image.EndsWith("/grafana", StringComparison.Ordinal)).Tag;
        if (tag != version)
            yield return $"Grafana {tag} is run, and the dashboards are held against {version}.";
    }

    public static IEnumerable<string> Nobody_may_do_more_than_needed(ComposeFile file)
    {
        foreach (var service in file.Services)
        {
            if (service.Text("read_only") != "true")
                yield return $"{service.Name} can write its root.";
            if (!service.List("cap_drop").Contains("ALL"))
                yield return $"{service.Name} keeps capabilities.";
            if (!service.List("security_opt").Contains("no-new-privileges:true"))
                yield return $"{service.Name} can take privileges.";
            if (service.Has("privileged") || service.Has("network_mode") || service.Has("cap_add"))
                yield return $"{service.Name} has more than a container.";
            string user = service.Text("user") ?? (service.Stage is { } stage ? Docker.Of(stage, "USER").Last() : "root");
            if (user.Split(':')[0] is "root" or "0")
                yield return $"{service.Name} runs as root.";
        }
    }

    public static IEnumerable<string> What_is_waited_for_comes(ComposeFile file)
    {
        foreach (var service in file.Services)
        {
            foreach (var (name, condition) in service.DependsOn)
            {
                var other = file.Service(name);
                bool isChecked = other?.Has("healthcheck") == true || (other?.Stage is { } stage && Docker.Of(stage, "HEALTHCHECK").Any());
                if (other is null)
                    yield return $"{service.Name} waits for {name}, which is no service.";
                else if (condition == "service_healthy" && !isChecked)
                    yield return $"{service.Name} waits for the health of {name}, which nobody checks.";
                else if (condition == "service_completed_successfully" && other.Text("restart") is "always" or "unless-stopped")
                    yield return $"{service.Name} waits for the end of {name}, which is started again.";
            }
        }
    }

    public static IEnumerable<string> What_is_mounted_is_there(ComposeFile file)
    {
        var used = file.Services.SelectMany(service => service.Mounts).Select(mount => mount.Source).ToList();
        foreach (string volume in file.Volumes.Except(used))
            yield return $"Nobody mounts the volume {volume}.";
        foreach (string source in used.Distinct().Except(file.Volumes))
        {
            if (!source.StartsWith('.'))
                yield return $"There is no volume {source}.";
            else if (Missing(source) is { } missing)
                yield return $"There is no {missing}.";
        }

        foreach (var service in Own(file))
        {
            string[] volumes = [.. Docker.Of(service.Stage!, "VOLUME").SelectMany(rest => rest.Split(' '))];
            foreach (var mount in service.Mounts.Where(mount => !volumes.Contains(mount.Target)))
                yield return $"{service.Name}: the image has no volume {mount.Target}, so its user could not write there.";
        }

        foreach (var mount in file.Services.SelectMany(service => service.Mounts))
        {
            if (mount.Source.StartsWith('.') && !mount.IsReadOnly)
                yield return $"{mount.Source} could be written.";
        }
    }

    public static IEnumerable<string> Data_are_written_by_one_service(ComposeFile file)
    {
        var writers = Own(file).Where(service => service.Mounts.Any(mount => mount is { Source: "data", IsReadOnly: false })).ToList();
        if (writers is not [{ Command: ["data"] }])
            yield return $"The data set is written by {string.Join(", ", writers.Select(service => service.Name))}.";
    }

    public static IEnumerable<string> Our_programs_take_what_they_are_given(ComposeFile file)
    {
        foreach (var service in Own(file))
        {
            var root = service.Stage == "silo" ? SiloCommand.Create((_, _) => Task.FromResult(0)) : (Command)MnistCommand.Create();
            var command = root.Parse([.. service.Command]).CommandResult.Command;
            string[] arguments = [.. service.Command, .. service.Environment.SelectMany(pair => Arguments(pair.Key, pair.Value))];
            foreach (var error in root.Parse(arguments).Errors)
                yield return $"{service.Name}: {error.Message}";
            if (service.Stage == "coordinator" && command == root)
                yield return $"{service.Name} runs no command.";
        }
    }

    public static IEnumerable<string> Redis_is_where_it_is_looked_for(ComposeFile file)
    {
        foreach (var service in Own(file).Where(service => service.Environment.ContainsKey("MNIST_REDIS")))
        {
            string address = service.Environment["MNIST_REDIS"];
            if (file.Service(address.Split(':')[0])?.Image != "redis" || address.Split(':')[^1] != "6379")
                yield return $"{service.Name} looks for Redis at {address}.";
        }
    }

    public static IEnumerable<string> Silos_can_be_many(ComposeFile file)
    {
        var silo = file.Service("silo")!;
        foreach (string key in (string[])["container_name", "hostname", "ports"])
        {
            if (silo.Has(key))
                yield return $"With {key} there can be one silo only.";
        }

        if (silo.Environment.GetValueOrDefault("MNIST_ADDRESS") != OwnAddress.Word)
            yield return "Each silo has to find its own address.";
    }

    public static IEnumerable<string> Who_is_ended_has_the_time(ComposeFile file)
    {
        var silo = file.Service("silo")!;
        double seconds = double.Parse(silo.Text("stop_grace_period")?.TrimEnd('s') ?? "10", CultureInfo.InvariantCulture);
        if (seconds <= SiloProcess.ShutdownTimeout.TotalSeconds)
            yield return $"A silo may take {SiloProcess.ShutdownTimeout.TotalSeconds} s to hand over, and gets {seconds}.";
    }

    public static IEnumerable<string> Only_this_machine_gets_in(ComposeFile file)
    {
        foreach (var service in file.Services)
        {
            foreach (string[] port in service.Ports)
            {
                if (port is not ["127.0.0.1", var outside, var inside] || outside != inside)
                    yield return $"{service.Name} publishes {string.Join(':', port)}: give 127.0.0.1 and the same port twice.";
                else if (service.Stage is { } stage && !Docker.Of(stage, "EXPOSE").SelectMany(rest => rest.Split(' ')).Contains(inside))
                    yield return $"{service.Name} does not listen on {inside}.";
            }
        }
    }

    public static IEnumerable<string> Prometheus_scrapes_the_services(ComposeFile file)
    {
        var prometheus = file.Service("prometheus")!;
        string config = prometheus.Command.Single(word => word.StartsWith("--config.file=", StringComparison.Ordinal)).Split('=')[1];
        string? path = InRepository(prometheus, config);
        if (path is null || !File.Exists(Path.Combine(Repository.Root, path)))
        {
            yield return $"Prometheus has no {config}.";
            yield break;
        }

        var yaml = new DeserializerBuilder().Build().Deserialize<Dictionary<object, object?>>(Repository.Read(path));
        foreach (Dictionary<object, object?> job in ((List<object>)yaml["scrape_configs"]!).Cast<Dictionary<object, object?>>())
        {
            foreach (Dictionary<object, object?> discovery in ((List<object>)job["dns_sd_configs"]!).Cast<Dictionary<object, object?>>())
            {
                var service = file.Service($"{((List<object>)discovery["names"]!).Single()}");
                if (service is null || $"{job["job_name"]}" != $"mnist-{service.Stage}")
                    yield return $"The job {job["job_name"]} scrapes no service of {job["job_name"]}.";
                else if (!Docker.Of(service.Stage!, "EXPOSE").SelectMany(rest => rest.Split(' ')).Contains($"{discovery["port"]}"))
                    yield return $"{service.Name} does not listen on {discovery["port"]}.";
            }
        }
    }

    public static IEnumerable<string> Grafana_finds_what_it_shows(ComposeFile file)
    {
        var grafana = file.Service("grafana")!;
        var url = new Uri(grafana.Environment["PROMETHEUS_URL"]);
        if (file.Service(url.Host)?.Ports.Any(port => port[^1] == $"{url.Port}") != true)
            yield return $"No service answers at {url}.";
        string home = grafana.Environment["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"];
        if (InRepository(grafana, home) is not { } dashboard || !File.Exists(Path.Combine(Repository.Root, dashboard)))
            yield return $"There is no dashboard {home}.";
        if (InRepository(grafana, grafana.Environment["MNIST_DASHBOARDS"]) != "deploy/grafana/dashboards")
            yield return "The dashboards are not where Grafana looks for them.";
        if (InRepository(grafana, "/etc/grafana/provisioning") != "deploy/grafana/provisioning")
            yield return "Grafana is not provisioned.";
        foreach (string provisioned in Repository.Files("deploy/grafana/provisioning"))
        {
            foreach (Match variable in Variable().Matches(Repository.Read(provisioned)))
            {
                if (!grafana.Environment.ContainsKey(variable.Groups["name"].Value))
                    yield return $"{provisioned} needs {variable.Value}.";
            }
        }
    }

    public static IEnumerable<string> Whoever_opens_Grafana_may_look_only(ComposeFile file)
    {
        var environment = file.Service("grafana")!.Environment;
        foreach (var (name, value) in new Dictionary<string, string>
        {
            ["GF_AUTH_ANONYMOUS_ENABLED"] = "true",
            ["GF_AUTH_ANONYMOUS_ORG_ROLE"] = "Viewer",
            ["GF_AUTH_BASIC_ENABLED"] = "false",
            ["GF_AUTH_DISABLE_LOGIN_FORM"] = "true",
        })
        {
            if (environment.GetValueOrDefault(name) != value)
                yield return $"{name} has to be {value}.";
        }
    }

    private static IEnumerable<ComposeService> Own(ComposeFile file) => file.Services.Where(service => service.Stage is not null);

    // Variables and options are the same to the programs; a variable that is none of ours belongs to .NET.
    private static string[] Arguments(string name, string value) => name.StartsWith("MNIST_", StringComparison.Ordinal)
        ? ["--" + name["MNIST_".Length..].ToLowerInvariant().Replace('_', '-'), value] : [];

    /// <summary>The path of a file of the repository that a container sees as this one; null where it sees none.</summary>
    private static string? InRepository(ComposeService service, string path) => (
        from mount in service.Mounts
        where mount.Source.StartsWith('.') && (path == mount.Target || path.StartsWith(mount.Target + '/', StringComparison.Ordinal))
        select Relative(mount.Source) + path[mount.Target.Length..]).FirstOrDefault();

    private static string Relative(string path) =>
        Path.GetRelativePath(Repository.Root, Path.GetFullPath(Path.Combine(Repository.Root, ComposeFile.Folder, path))).Replace('\\', '/');

    private static string? Missing(params string[] path)
    {
        string full = Path.Combine([Repository.Root, ComposeFile.Folder, .. path]);
        return File.Exists(full) || Directory.Exists(full) ? null : Path.GetRelativePath(Repository.Root, full);
    }

    [GeneratedRegex(@"^v?\d+\.\d+\.\d+(-\w+)?$")]
    private static partial Regex Version();

    // Not in a comment.
    [GeneratedRegex(@"(?<=: )\$(?<name>\w+)")]
    private static partial Regex Variable();
}
