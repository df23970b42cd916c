using MnistDistributed.Compat.Tests.Cluster;
using MnistDistributed.Compat.Tests.Grains;
using Orleans.Serialization;

namespace MnistDistributed.Compat.Tests;

[Collection(nameof(ClusterCollection))]
public sealed class CopyTests(TwoSilos cluster)
{
    private readonly string key = TwoSilos.NewKey();

    public static TheoryData<bool> Distances => [false, true];

    [Theory, MemberData(nameof(Distances))]
    public async Task The_receiver_gets_a_message_of_its_own(bool remote)
    {
        var grain = await GrainAsync(remote);
        var sent = new Mutable { Number = 1, Bytes = [1, 2, 3], Table = { ["old"] = [4] }, Pair = (5, DayOfWeek.Friday) };
        Assert.Equal(2, await grain.ChangeAsync(sent));
        Assert.Equal(1, sent.Number);
        Assert.Equal([1, 2, 3], sent.Bytes);
        Assert.Equal(["old"], sent.Table.Keys);
        var received = Assert.IsType<Mutable>(Trace.Of(key).Held);
        Assert.Equal([2, 2, 3], received.Bytes);
        Assert.Equal([2, 2, 3], received.Table["new"]);
        Assert.Equal([4], received.Table["old"]);
        Assert.NotSame(sent.Table["old"], received.Table["old"]);
        Assert.Equal((5, DayOfWeek.Friday), received.Pair);
    }

    [Theory, MemberData(nameof(Distances))]
    public async Task The_caller_gets_an_answer_of_its_own(bool remote)
    {
        var grain = await GrainAsync(remote);
        var answer = await grain.SameAsync(new Mutable { Bytes = [1] });
        var held = Assert.IsType<Mutable>(Trace.Of(key).Held);
        Assert.NotSame(held, answer);
        Assert.NotSame(held.Bytes, answer.Bytes);
        Assert.Equal(held.Bytes, answer.Bytes);
    }

    [Theory, MemberData(nameof(Distances))]
    public async Task An_object_sent_twice_in_a_message_arrives_as_one(bool remote)
    {
        var grain = await GrainAsync(remote);
        var loop = new Mutable();
        loop.Other = loop;
        var answer = await grain.SameAsync(loop);
        Assert.NotSame(loop, answer);
        Assert.Same(answer, answer.Other);
    }

    [Theory, MemberData(nameof(Distances))]
    public async Task What_is_immutable_is_shared_within_a_silo_and_copied_between_silos(bool remote)
    {
        var grain = await GrainAsync(remote);
        var sent = new Frozen { Bytes = [1, 2, 3] };
        var answer = await grain.KeepAsync(sent);
        var held = Assert.IsType<Frozen>(Trace.Of(key).Held);
        Assert.Equal(remote, !ReferenceEquals(sent, held));
        Assert.Equal(remote, !ReferenceEquals(sent.Bytes, held.Bytes));
        Assert.Equal(remote, !ReferenceEquals(held, answer));
        Assert.Equal(sent.Bytes, held.Bytes);
        Assert.Equal(sent.Bytes, answer.Bytes);
    }

    [Theory, MemberData(nameof(Distances))]
    public async Task Records_send_what_their_primary_constructor_declares(bool remote)
    {
        var answer = await (await GrainAsync(remote)).PositionalAsync(new Positional("a", [1, 2]) { Weight = 0.5 });
        Assert.Equal("a!", answer.Name);
        Assert.Equal([1, 2], answer.Numbers);
        Assert.Equal(0.5, answer.Weight);
    }

    [Theory, MemberData(nameof(Distances))]
    public async Task Members_of_a_base_class_are_sent(bool remote)
    {
        var answer = await (await GrainAsync(remote)).ChildAsync(new Child { Number = 1, Name = "a" });
        Assert.Equal(1, answer.Number);
        Assert.Equal("a", answer.Name);
    }

    [Theory, MemberData(nameof(Distances))]
    public async Task A_type_that_is_not_marked_is_refused_on_the_way_there_and_back(bool remote)
    {
        var grain = await GrainAsync(remote);
        await Assert.ThrowsAsync<CodecNotFoundException>(() => grain.TakeAsync(new Unmarked()));
        await Assert.ThrowsAsync<CodecNotFoundException>(grain.GiveUnmarkedAsync);
    }

    /// <summary>A grain in the second silo, called from the first (remote) or from the second.</summary>
    private async Task<ILocalGrain> GrainAsync(bool remote)
    {
        Assert.Equal("second", await cluster.Second.Grains.GetGrain<ILocalGrain>(key).SiloAsync());
        return (remote ? cluster.First : cluster.Second).Grains.GetGrain<ILocalGrain>(key);
    }
}
