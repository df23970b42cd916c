using System.Net;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Silo.Membership;
using Orleans.Configuration;

namespace MnistDistributed.Silo.Tests.Membership;

/// <summary>How long a silo puts up with being out of the membership table, on virtual time.</summary>
public sealed class SiloMembershipTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly OneRow _table;
    private readonly OwnEnd _end = new(new ApplicationLifetime(NullLogger<ApplicationLifetime>.Instance));
    private readonly SiloMembership _membership;

    public SiloMembershipTests()
    {
        _table = new OneRow(_time);
        var options = new SiloOptions { Redis = RedisAddress.Parse("127.0.0.1:6379"), Rejoin = TimeSpan.FromSeconds(30) };
        var periods = Options.Create(new ClusterMembershipOptions
            { IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(5), NumMissedTableIAmAliveLimit = 3 });
        _membership = new SiloMembership(
            _table, _table, periods, options, new MembershipKeeper(options), _end, _time, NullLogger<SiloMembership>.Instance);
    }

    public void Dispose() => _membership.Dispose();

    [Theory]
    [InlineData(null)]
    [InlineData(SiloStatus.Dead)]
    public async Task A_silo_that_is_out_of_the_table_ends_when_it_has_been_so_for_its_time(SiloStatus? status)
    {
        await Start();
        Assert.True(_membership.Standing.IsMember);
        _table.Status = status;
        await Pass(30);
        Assert.False(_membership.Standing.IsMember);
        Assert.Null(_end.Reason);
        await Pass(2);
        Assert.StartsWith(_membership.Standing.Problem!, _end.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_silo_that_is_back_in_between_has_its_time_anew()
    {
        await Start();
        _table.Status = null;
        await Pass(30);
        _table.Status = SiloStatus.Active;
        await Pass(2);
        _table.Status = null;
        await Pass(30);
        Assert.Null(_end.Reason);
        await Pass(2);
        Assert.NotNull(_end.Reason);
    }

    [Fact]
    public async Task A_table_that_cannot_be_read_never_ends_a_silo_and_forgives_nothing()
    {
        await Start();
        _table.IsReadable = false;
        await Pass(600);
        Assert.Equal("The membership table cannot be read from Redis at 127.0.0.1:6379: It is away.", _membership.Standing.Problem);
        Assert.Null(_end.Reason);
        (_table.IsReadable, _table.Status) = (true, null);
        await Pass(2);
        _table.IsReadable = false;
        await Pass(60);
        Assert.Null(_end.Reason);
        _table.IsReadable = true;
        await Pass(2);
        Assert.NotNull(_end.Reason);
    }

    [Fact]
    public async Task A_stale_row_is_renewed_where_it_can_be_and_ends_the_silo_where_not()
    {
        await Start();
        _table.Age = TimeSpan.FromSeconds(16);
        await Pass(2);
        Assert.True(_membership.Standing.IsStale);
        await Pass(2);
        Assert.True(_membership.Standing.IsMember);

        (_table.Age, _table.IsWritable) = (TimeSpan.FromSeconds(16), false);
        await Pass(30);
        Assert.Null(_end.Reason);
        await Pass(2);
        Assert.Contains("could not renew its row", _end.Reason, StringComparison.Ordinal);
    }

    private Task Start() => _membership.Look(TestContext.Current.CancellationToken);

    /// <summary>Lets so many seconds pass, with a look every second one.</summary>
    private async Task Pass(int seconds)
    {
        for (int i = 0; i < seconds; i += 2)
        {
            _time.Advance(TimeSpan.FromSeconds(2));
            await _membership.Look(TestContext.Current.CancellationToken);
        }
    }

    /// <summary>A table with this silo's row alone.</summary>
    private sealed class OneRow(TimeProvider time) : IMembershipTable, ILocalSiloDetails
    {
        public SiloStatus? Status { get; set; } = SiloStatus.Active;

        public TimeSpan Age { get; set; }

        public bool IsReadable { get; set; } = true;

        public bool IsWritable { get; set; } = true;

        public SiloAddress SiloAddress { get; } = SiloAddress.New(new IPEndPoint(IPAddress.Loopback, 11111), 1);

        public SiloAddress GatewayAddress => SiloAddress;

        public string Name => "silo-1";

        public string ClusterId => "mnist";

        public string DnsHostName => "localhost";

        public Task<MembershipTableData> ReadAll()
        {
            if (!IsReadable)
                throw new InvalidOperationException("It is away.");
            var alive = time.GetUtcNow().UtcDateTime - Age;
            MembershipEntry[] rows = Status is { } status
                ? [new MembershipEntry { SiloAddress = SiloAddress, Status = status, IAmAliveTime = alive }] : [];
            return Task.FromResult(new MembershipTableData([.. rows.Select(row => Tuple.Create(row, ""))], new TableVersion(1, "")));
        }

        public Task UpdateIAmAlive(MembershipEntry entry)
        {
            if (!IsWritable)
                throw new InvalidOperationException("It takes nothing.");
            Age = TimeSpan.Zero;
            return Task.CompletedTask;
        }

        public Task InitializeMembershipTable(bool tryInitTableVersion) => throw new NotSupportedException();

        public Task DeleteMembershipTableEntries(string clusterId) => throw new NotSupportedException();

        public Task CleanupDefunctSiloEntries(DateTimeOffset beforeDate) => throw new NotSupportedException();

        public Task<MembershipTableData> ReadRow(SiloAddress key) => throw new NotSupportedException();

        public Task<bool> InsertRow(MembershipEntry entry, TableVersion tableVersion) => throw new NotSupportedException();

        public Task<bool> UpdateRow(MembershipEntry entry, string etag, TableVersion tableVersion) => throw new NotSupportedException();
    }
}
