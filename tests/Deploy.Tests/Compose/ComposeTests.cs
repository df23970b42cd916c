namespace MnistDistributed.Deploy.Tests.Compose;

/// <summary>The compose file keeps every rule, and each rule is seen failing on a file that is broken at one place.</summary>
public class ComposeTests
{
    private static readonly string Text = Repository.Read($"{ComposeFile.Folder}/compose.yaml");

    public static TheoryData<string> Rules => new(ComposeRules.All.Keys);

    /// <summary>A rule; what is written over where it is first there; with what; what the rule then says.</summary>
    public static TheoryData<string, string, string, string> Broken => new(
        (nameof(ComposeRules.Our_images_are_built_by_one_service_each), "pull_policy: never", "pull_policy: missing", "somebody else"),
        (nameof(ComposeRules.Our_images_are_built_by_one_service_each), "target: silo", "target: coordinator", "another target"),
        (nameof(ComposeRules.Our_images_are_built_by_one_service_each), "image: mnist-silo", "image: mnist-worker", "no target worker"),
        (nameof(ComposeRules.Our_images_are_built_by_one_service_each), "context: ../..", "context: ..", "not there"),
        (nameof(ComposeRules.Images_of_others_have_versions), "redis:8.2.1-alpine", "redis:latest", "needs a tag"),
        (nameof(ComposeRules.Grafana_is_the_one_whose_types_hold_the_dashboards), "grafana/grafana:", "grafana/grafana:1", "held against"),
        (nameof(ComposeRules.Nobody_may_do_more_than_needed), "read_only: true", "read_only: false", "can write its root"),
        (nameof(ComposeRules.Nobody_may_do_more_than_needed), "cap_drop: [ALL]", "cap_drop: [CHOWN]", "keeps capabilities"),
        (nameof(ComposeRules.Nobody_may_do_more_than_needed), "no-new-privileges:true", "no-new-privileges:false", "take privileges"),
        (nameof(ComposeRules.Nobody_may_do_more_than_needed), "user: redis", "user: root", "redis runs as root"),
        (nameof(ComposeRules.Nobody_may_do_more_than_needed), "user: redis", "user: redis\n    privileged: true", "more than a container"),
        (nameof(ComposeRules.What_is_waited_for_comes),
            "      redis:\n        condition", "      valkey:\n        condition", "no service"),
        (nameof(ComposeRules.What_is_waited_for_comes), "    healthcheck:\n      test: [CMD, redis", "    check:\n      test: [CMD, redis",
            "nobody checks"),
        (nameof(ComposeRules.What_is_waited_for_comes), "restart: on-failure:5", "restart: unless-stopped", "started again"),
        (nameof(ComposeRules.What_is_mounted_is_there), "- redis:/data", "- cache:/data", "no volume cache"),
        (nameof(ComposeRules.What_is_mounted_is_there), "- redis:/data", "- runs:/data", "Nobody mounts the volume redis"),
        (nameof(ComposeRules.What_is_mounted_is_there), "- ../prometheus:", "- ../prom:", "no deploy/prom"),
        (nameof(ComposeRules.What_is_mounted_is_there), "/etc/prometheus:ro", "/etc/prometheus", "could be written"),
        (nameof(ComposeRules.What_is_mounted_is_there), "- runs:/runs", "- runs:/app/runs", "no volume /app/runs"),
        (nameof(ComposeRules.Data_are_written_by_one_service), "- data:/data:ro", "- data:/data", "written by data, silo"),
        (nameof(ComposeRules.Our_programs_take_what_they_are_given), "MNIST_WORKERS: 1", "MNIST_WORKERS: 0", "--workers 0"),
        (nameof(ComposeRules.Our_programs_take_what_they_are_given), "MNIST_WORKERS: 1", "MNIST_WORKER: 1", "--worker"),
        (nameof(ComposeRules.Our_programs_take_what_they_are_given), "[train, --run,", "[train, --name,", "--name"),
        (nameof(ComposeRules.Our_programs_take_what_they_are_given), "command: [serve]", "command: []", "no command"),
        (nameof(ComposeRules.Redis_is_where_it_is_looked_for), "MNIST_REDIS: redis:6379", "MNIST_REDIS: redis:6380", "redis:6380"),
        (nameof(ComposeRules.Silos_can_be_many), "MNIST_ADDRESS: auto", "MNIST_ADDRESS: silo", "own address"),
        (nameof(ComposeRules.Silos_can_be_many), "  silo:\n", "  silo:\n    container_name: silo\n", "one silo only"),
        (nameof(ComposeRules.Who_is_ended_has_the_time), "stop_grace_period: 20s", "stop_grace_period: 10s", "gets 10"),
        (nameof(ComposeRules.Only_this_machine_gets_in), "127.0.0.1:5080:5080", "5080:5080", "publishes 5080:5080"),
        (nameof(ComposeRules.Only_this_machine_gets_in), "127.0.0.1:5080:5080", "127.0.0.1:80:80", "does not listen on 80"),
        (nameof(ComposeRules.Prometheus_scrapes_the_services), "prometheus-compose.yml", "compose.yml", "has no"),
        (nameof(ComposeRules.Prometheus_scrapes_the_services), "  train:\n", "  training:\n", "mnist-coordinator scrapes no service"),
        (nameof(ComposeRules.Grafana_finds_what_it_shows), "http://prometheus:9090", "http://prometheus:9091", "No service answers"),
        (nameof(ComposeRules.Grafana_finds_what_it_shows), "/dashboards/training.json", "/dashboards/run.json", "no dashboard"),
        (nameof(ComposeRules.Grafana_finds_what_it_shows), "MNIST_DASHBOARDS: /dashboards", "MNIST_DASHBOARDS: /boards", "looks for them"),
        (nameof(ComposeRules.Grafana_finds_what_it_shows), ":/etc/grafana/provisioning:", ":/etc/grafana:", "not provisioned"),
        (nameof(ComposeRules.Whoever_opens_Grafana_may_look_only), "ORG_ROLE: Viewer", "ORG_ROLE: Admin", "has to be Viewer"));

    [Theory, MemberData(nameof(Rules))]
    public void The_file_keeps_the_rule(string rule) => Assert.Empty(ComposeRules.All[rule](new ComposeFile(Text)));

    [Theory, MemberData(nameof(Broken))]
    public void A_broken_file_is_told(string rule, string old, string @new, string says)
    {
        int at = Text.IndexOf(old, StringComparison.Ordinal);
        Assert.True(at >= 0, $"There is no '{old}'.");
        string broken = Text[..at] + @new + Text[(at + old.Length)..];
        Assert.Contains(ComposeRules.All[rule](new ComposeFile(broken)), problem => problem.Contains(says, StringComparison.Ordinal));
    }

    [Fact]
    public void Each_rule_is_seen_failing() => Assert.Equal(
        ComposeRules.All.Keys.Order(StringComparer.Ordinal),
        Broken.Select(row => row.Data.Item1).Distinct().Order(StringComparer.Ordinal));
}
