using System.Net;
using MnistDistributed.Silo.Membership;

namespace MnistDistributed.Silo.Tests.Membership;

/// <summary>What a silo makes of the membership table.</summary>
public class StandingTests
{
    private static readonly DateTime Now = new(2026, 3, 14, 12, 0, 0, DateTimeKind.Utc);
    private static readonly TimeSpan StaleAfter = TimeSpan.FromSeconds(15);
    private static readonly SiloAddress Own = Address(11111, generation: 2);

    [Fact]
    public void A_silo_with_an_active_and_fresh_row_is_a_member()
    {
        var standing = Of(Row(Own, SiloStatus.Active, age: 15), Row(Address(11112), SiloStatus.Active, age: 60));
        Assert.Equal(new Standing(IsMember: true, IsOut: false, IsStale: false, Peers: 2, Problem: null), standing);
    }

    [Fact]
    public void A_silo_whose_row_is_gone_is_out_also_where_one_of_an_earlier_life_is_there()
    {
        Assert.StartsWith("This silo has no row", AssertOut(Of(), peers: 0).Problem, StringComparison.Ordinal);
        AssertOut(Of(Row(Address(11111, generation: 1), SiloStatus.Active), Row(Address(11112), SiloStatus.Dead)), peers: 1);
    }

    [Fact]
    public void A_silo_that_is_declared_dead_is_out() =>
        Assert.Contains("declared this silo dead", AssertOut(Of(Row(Own, SiloStatus.Dead)), peers: 0).Problem, StringComparison.Ordinal);

    [Fact]
    public void A_silo_whose_row_is_stale_is_out_for_the_same_reason_however_stale_it_is()
    {
        var standing = AssertOut(Of(Row(Own, SiloStatus.Active, age: 15.001)), peers: 1);
        Assert.True(standing.IsStale);
        Assert.Contains("for 15 s and more", standing.Problem, StringComparison.Ordinal);
        Assert.Equal(standing, Of(Row(Own, SiloStatus.Active, age: 1000)));
    }

    [Theory]
    [InlineData(SiloStatus.Joining)]
    [InlineData(SiloStatus.ShuttingDown)]
    [InlineData(SiloStatus.Stopping)]
    public void A_silo_that_comes_or_goes_is_no_member_but_not_out(SiloStatus status)
    {
        var standing = Of(Row(Own, status, age: 1000), Row(Address(11112), SiloStatus.Active));
        Assert.Equal((false, false, 1), (standing.IsMember, standing.IsOut, standing.Peers));
        Assert.Equal($"This silo is {status} in the membership table.", standing.Problem);
    }

    [Fact]
    public void A_silo_whose_table_cannot_be_read_is_no_member_but_not_out() =>
        Assert.Equal(new Standing(IsMember: false, IsOut: false, IsStale: false, Peers: null, "why"), Standing.Unknown("why"));

    private static Standing AssertOut(Standing standing, int peers)
    {
        Assert.Equal((false, true, peers), (standing.IsMember, standing.IsOut, standing.Peers));
        return standing;
    }

    private static Standing Of(params MembershipEntry[] rows) =>
        Standing.Of(Table(rows), Own, Now, StaleAfter);

    private static MembershipTableData Table(MembershipEntry[] rows) =>
        new([.. rows.Select(row => Tuple.Create(row, "etag"))], new TableVersion(rows.Length, "etag"));

    private static MembershipEntry Row(SiloAddress silo, SiloStatus status, double age = 0) =>
        new() { SiloAddress = silo, Status = status, IAmAliveTime = Now - TimeSpan.FromSeconds(age) };

    private static SiloAddress Address(int port, int generation = 1) =>
        SiloAddress.New(new IPEndPoint(IPAddress.Loopback, port), generation);
}
