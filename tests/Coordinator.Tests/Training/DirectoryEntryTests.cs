using Microsoft.Extensions.Time.Testing;
using MnistDistributed.Coordinator.Training;
using MnistDistributed.Grains.Directory;

namespace MnistDistributed.Coordinator.Tests.Training;

public class DirectoryEntryTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly Directory _directory = new();

    [Fact]
    public void A_directory_that_hangs_is_asked_once_and_waited_for_by_nobody()
    {
        var entry = new DirectoryEntry(_directory, "run", _time);
        for (int i = 0; i < 5; i++)
        {
            entry.Renew(2, 1);
            _time.Advance(TimeSpan.FromSeconds(10));
        }

        Assert.Equal(["2 of 1"], _directory.Calls);
    }

    [Fact]
    public void An_entry_is_renewed_each_second_and_at_once_where_other_workers_are_wanted()
    {
        var entry = new DirectoryEntry(_directory, "run", _time);
        entry.Renew(2, 1);
        _directory.Answer();
        entry.Renew(2, 1);
        entry.Renew(3, 1);
        _directory.Answer();
        _time.Advance(TimeSpan.FromSeconds(1));
        entry.Renew(3, 1);
        Assert.Equal(["2 of 1", "3 of 1", "3 of 1"], _directory.Calls);
    }

    [Fact]
    public void A_directory_that_does_not_answer_is_asked_again_at_the_next_look()
    {
        var entry = new DirectoryEntry(_directory, "run", _time);
        entry.Renew(2, 1);
        _directory.Fail(new TimeoutException());
        entry.Renew(2, 1);
        Assert.Equal(2, _directory.Calls.Count);
    }

    [Fact]
    public async Task An_entry_is_removed_after_the_renewal_that_is_on_its_way()
    {
        var entry = new DirectoryEntry(_directory, "run", _time);
        entry.Renew(2, 1);
        var removal = entry.Remove();
        Assert.Equal(["2 of 1"], _directory.Calls);
        _directory.Answer();
        await removal;
        Assert.Equal(["2 of 1", "removed"], _directory.Calls);
    }

    private sealed class Directory : IDirectoryGrain
    {
        private TaskCompletionSource _call = new();

        public List<string> Calls { get; } = [];

        public void Answer() => _call.SetResult();

        public void Fail(Exception error) => _call.SetException(error);

        public async Task<ClusterOffer> Register(string run, int workers, int silos)
        {
            Calls.Add($"{workers} of {silos}");
            _call = new TaskCompletionSource();
            await _call.Task;
            return new ClusterOffer { Silos = 1, Workers = 2 };
        }

        public Task Remove(string run)
        {
            Calls.Add("removed");
            return Task.CompletedTask;
        }

        public Task<SiloOffer[]> Silos() => throw new NotSupportedException();

        public Task<SiloDemand> Report(string silo, int capacity, long seenVersion) => throw new NotSupportedException();

        public Task Leave(string silo) => throw new NotSupportedException();
    }
}
