using Microsoft.Extensions.Time.Testing;
using MnistDistributed.Model.Protocol;
using MnistDistributed.Model.Protocol.Rounds;

namespace MnistDistributed.Model.Tests.Protocol.Rounds;

/// <summary>A unit takes a second: the lease of so many units is 8 seconds each, and they are overdue after 2 seconds each.</summary>
public sealed class WorkBoardTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly long _start;
    private readonly WorkBoard _board;
    private readonly Pace _pace = new(new LeaseOptions { MeasuredSteps = 0 });
    private readonly (Guid A, Guid B, Guid C) _who = (Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid());

    public WorkBoardTests()
    {
        _pace.Add(TimeSpan.FromSeconds(1), 1);
        _start = _time.GetTimestamp();
        _board = new WorkBoard(_time);
        _board.Reset(4);
    }

    [Fact]
    public void The_next_change_is_the_end_of_a_lease_or_of_a_copy_or_when_an_order_is_overdue()
    {
        Assert.Null(_board.NextChange);
        Take(_who.A, new(0, 4));
        Assert.Equal((8, 32), (Seconds(_board.NextChange), Seconds(_board.LeaseEndOf(_who.A))));
        Advance(8);
        Assert.Equal(32, Seconds(_board.NextChange));
        Take(_who.B, new(0, 2), most: 2);
        Assert.Equal((24, 24), (Seconds(_board.NextChange), Seconds(_board.LeaseEndOf(_who.B))));
        Advance(16);
        Assert.Null(_board.LeaseEndOf(_who.B));
        Take(_who.C, new(0, 2), most: 2);
    }

    [Fact]
    public void While_nothing_is_overdue_the_next_change_is_the_end_of_a_lease()
    {
        var unknown = new Pace(new LeaseOptions());
        _board.Take(_who.A, true, 4, unknown);
        Assert.Equal(10, Seconds(_board.NextChange));
    }

    [Fact]
    public void A_lease_is_not_renewed_by_asking_again()
    {
        Assert.True(Take(_who.A, new(0, 4)).IsNew);
        Advance(5);
        Assert.False(Take(_who.A, new(0, 4)).IsNew);
        Assert.Equal(32, Seconds(_board.LeaseEndOf(_who.A)));
    }

    [Fact]
    public void A_share_that_was_picked_up_is_an_order_like_any_other()
    {
        _board.Share([_who.A], _pace);
        Advance(5);
        Assert.True(Take(_who.A, new(0, 4)).IsNew);
        Advance(5);
        Assert.False(Take(_who.A, new(0, 4)).IsNew);
        Assert.Equal(37, Seconds(_board.LeaseEndOf(_who.A)));
    }

    [Fact]
    public void Shares_cover_all_units_though_they_cannot_be_equal()
    {
        _board.Share([_who.A, _who.B, _who.C], _pace);
        Take(_who.A, new(0, 1));
        Take(_who.B, new(1, 2));
        Take(_who.C, new(2, 4));
    }

    [Fact]
    public void New_work_is_nobodys_and_not_done()
    {
        Take(_who.A, new(0, 4));
        _board.Complete(3);
        _board.Reset(4);
        Assert.Equal(0, _board.Done);
        Assert.False(Take(_who.B, new(0, 4)).IsRepeated);
    }

    [Fact]
    public void What_nobody_holds_is_copied_before_what_somebody_holds()
    {
        Take(_who.A, new(0, 2), most: 2);
        Take(_who.B, new(2, 4), most: 2);
        _board.Release(_who.A);
        Copy(_who.C, new(1, 2), most: 1);
    }

    [Fact]
    public void A_copy_of_a_session_that_is_gone_is_open_and_its_work_repeated_but_not_speculative()
    {
        Copy(_who.A, new(0, 4));
        _board.Release(_who.A);
        Assert.Equal((true, false), Flags(Copy(_who.B, new(0, 4))));
    }

    [Fact]
    public void A_share_that_was_never_picked_up_is_no_answer_to_wait_for_once_its_lease_has_ended()
    {
        _board.Share([_who.A], _pace);
        Copy(_who.B, new(0, 4));
        _board.Release(_who.B);
        Advance(32);
        Assert.False(Take(_who.C, new(0, 4)).IsSpeculative);
    }

    [Fact]
    public void A_copy_of_a_share_that_may_yet_be_picked_up_is_speculative()
    {
        _board.Share([_who.A], _pace);
        Advance(8);
        Assert.Equal((true, true), Flags(Take(_who.B, new(0, 4))));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Who_gets_its_own_work_again_repeats_it_but_does_not_speculate(bool wasCopy)
    {
        if (wasCopy)
            Copy(_who.A, new(0, 4));
        else
            Take(_who.A, new(0, 4));
        Advance(32);
        Assert.Equal((true, false), Flags(Take(_who.A, new(0, 4))));
    }

    [Fact]
    public void What_is_computed_in_one_piece_is_broken_up_when_a_part_is_done_or_redone_alone()
    {
        Assert.True(_board.Redo(new(0, 4)));
        Assert.True(_board.Redo(new(0, 2)));
        Take(_who.A, new(0, 2), most: 1);
        Take(_who.B, new(2, 3), most: 1);

        _board.Reset(4);
        _board.Redo(new(0, 4));
        _board.Complete(1);
        Take(_who.A, new(0, 1), most: 2);
    }

    [Fact]
    public void Units_of_which_some_are_done_or_held_are_not_redone()
    {
        _board.Complete(1);
        Assert.False(_board.Redo(new(0, 4)));
        Take(_who.A, new(0, 1), most: 1);
        Assert.False(_board.Redo(new(0, 1)));
    }

    private Assignment Take(Guid session, UnitRange expected, int most = 4) => Take(session, true, expected, most);

    private Assignment Copy(Guid session, UnitRange expected, int most = 4) => Take(session, false, expected, most);

    private Assignment Take(Guid session, bool isMember, UnitRange expected, int most)
    {
        var assignment = _board.Take(session, isMember, most, _pace);
        Assert.Equal(expected, assignment?.Units);
        return assignment!.Value;
    }

    private static (bool IsRepeated, bool IsSpeculative) Flags(Assignment assignment) => (assignment.IsRepeated, assignment.IsSpeculative);

    private double? Seconds(long? timestamp) => timestamp is { } end ? _time.GetElapsedTime(_start, end).TotalSeconds : null;

    private void Advance(int seconds) => _time.Advance(TimeSpan.FromSeconds(seconds));
}
