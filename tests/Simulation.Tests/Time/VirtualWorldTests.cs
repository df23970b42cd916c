using System.Runtime.CompilerServices;
using FsCheck.Xunit;
using MnistDistributed.Simulation.Time;

namespace MnistDistributed.Simulation.Tests.Time;

public class VirtualWorldTests
{
    [Fact]
    public void A_year_of_waiting_takes_no_time()
    {
        var world = new VirtualWorld(new SimulationLimits { Time = TimeSpan.FromDays(400) });

        var (now, stamp) = world.Run(async () =>
        {
            long began = world.Own.Time.GetTimestamp();
            var utc = world.Own.Time.GetUtcNow();
            for (int month = 0; month < 12; month++)
                await Task.Delay(TimeSpan.FromDays(30), world.Own.Time);
            return (world.Own.Time.GetUtcNow() - utc, world.Own.Time.GetElapsedTime(began));
        });

        Assert.Equal(TimeSpan.FromDays(360), now);
        Assert.Equal(now, stamp);
        Assert.Equal(now, world.Now);
    }

    [Property]
    public void Timers_ring_when_they_are_due_and_those_of_one_time_as_they_were_set(byte[] delays)
    {
        var world = new VirtualWorld();
        var rung = new List<(byte Delay, int Order)>();

        world.Run(async () =>
        {
            for (int i = 0; i < delays.Length; i++)
            {
                var timer = (Delay: delays[i], Order: i);
                world.After(TimeSpan.FromSeconds(timer.Delay), world.Own, () => rung.Add(timer));
            }

            await Task.Delay(TimeSpan.FromSeconds(300), world.Own.Time);
            return 0;
        });

        Assert.Equal(delays.Select((delay, i) => (delay, i)).OrderBy(timer => timer), rung);
    }

    [Fact]
    public void Everything_that_is_awaited_stays_on_the_thread()
    {
        var world = new VirtualWorld();
        var thread = new VirtualThread(world, "other");
        var seen = new HashSet<int>();

        world.Run(async () =>
        {
            await thread.Start(async () =>
            {
                seen.Add(Environment.CurrentManagedThreadId);
                await Task.Yield();
                seen.Add(Environment.CurrentManagedThreadId);
                Assert.Same(thread, TaskScheduler.Current);
                using var enough = new CancellationTokenSource(TimeSpan.FromSeconds(5), thread.Time);
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
                    Task.Delay(Timeout.InfiniteTimeSpan, thread.Time, enough.Token));
                await Assert.ThrowsAsync<TimeoutException>(() =>
                    new TaskCompletionSource().Task.WaitAsync(TimeSpan.FromSeconds(1), thread.Time, CancellationToken.None));
                seen.Add(Environment.CurrentManagedThreadId);
                Assert.Same(thread, TaskScheduler.Current);
            });
            seen.Add(Environment.CurrentManagedThreadId);
            Assert.Same(world.Own, TaskScheduler.Current);
            return 0;
        });

        Assert.Equal([Environment.CurrentManagedThreadId], seen);
        Assert.Equal(TimeSpan.FromSeconds(6), world.Now);
    }

    [Fact]
    public void What_leaves_the_thread_fails_the_simulation_and_is_named()
    {
        var world = new VirtualWorld();

        var error = Assert.Throws<SimulationException>(() => world.Run(async () =>
        {
            await new OtherThread();
            return 0;
        }));

        Assert.Matches("another thread|nothing is ready", error.Message);
    }

    [Fact]
    public void A_program_that_waits_for_nothing_is_an_error_that_says_so()
    {
        var error = Assert.Throws<SimulationException>(() => new VirtualWorld().Run(() => new TaskCompletionSource<int>().Task));

        Assert.Contains("nothing is ready and no timer runs", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_program_that_never_ends_is_given_up_by_its_virtual_time()
    {
        var world = new VirtualWorld();

        var error = Assert.Throws<SimulationException>(() => world.Run<int>(async () =>
        {
            while (true)
                await Task.Delay(TimeSpan.FromHours(7), world.Own.Time);
        }));

        Assert.Contains("30.00:00:00", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_program_that_never_ends_is_given_up_by_its_events()
    {
        var world = new VirtualWorld(new SimulationLimits { Events = 1000 });

        var error = Assert.Throws<SimulationException>(() => world.Run<int>(async () =>
        {
            while (true)
                await Task.Yield();
        }));

        Assert.Contains("After 1000 events", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_killed_thread_does_nothing_more_not_even_in_mid_step()
    {
        var world = new VirtualWorld();
        var thread = new VirtualThread(world, "victim");
        int steps = 0;

        world.Run(async () =>
        {
            _ = thread.Start(async () =>
            {
                try
                {
                    while (true)
                    {
                        steps++;
                        await Task.Delay(TimeSpan.FromSeconds(1), thread.Time);
                    }
                }
                finally
                {
                    steps = -1;
                }
            });
            await Task.Delay(TimeSpan.FromSeconds(3.5), world.Own.Time);
            thread.Kill();
            await Task.Delay(TimeSpan.FromSeconds(10), world.Own.Time);
            return 0;
        });

        Assert.Equal(4, steps);
    }

    [Fact]
    public void A_frozen_thread_goes_on_where_it_was_with_its_timers_late()
    {
        var world = new VirtualWorld();
        var thread = new VirtualThread(world, "sleeper");
        var rung = new List<(string Timer, TimeSpan At)>();

        world.Run(async () =>
        {
            thread.Do(() =>
            {
                world.After(TimeSpan.FromSeconds(2), thread, () => rung.Add(("first", world.Now)));
                world.After(TimeSpan.FromSeconds(3), thread, () => rung.Add(("second", world.Now)));
                world.After(TimeSpan.FromSeconds(20), thread, () => rung.Add(("third", world.Now)));
            });
            await Task.Delay(TimeSpan.FromSeconds(1), world.Own.Time);
            thread.Freeze();
            await Task.Delay(TimeSpan.FromSeconds(9), world.Own.Time);
            thread.Thaw();
            await Task.Delay(TimeSpan.FromSeconds(30), world.Own.Time);
            return 0;
        });

        Assert.Equal(
            [("first", TimeSpan.FromSeconds(10)), ("second", TimeSpan.FromSeconds(10)), ("third", TimeSpan.FromSeconds(20))], rung);
    }

    [Fact]
    public void A_timer_can_be_changed_repeated_and_ended()
    {
        var world = new VirtualWorld();
        var rung = new List<double>();

        world.Run(async () =>
        {
            var timer =
                world.Own.Time.CreateTimer(_ => rung.Add(world.Now.TotalSeconds), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));
            await Task.Delay(TimeSpan.FromSeconds(6), world.Own.Time);
            timer.Change(TimeSpan.FromSeconds(4), Timeout.InfiniteTimeSpan);
            await Task.Delay(TimeSpan.FromSeconds(20), world.Own.Time);
            timer.Change(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
            timer.Dispose();
            await Task.Delay(TimeSpan.FromSeconds(20), world.Own.Time);
            return 0;
        });

        Assert.Equal([1, 3, 5, 10], rung);
    }

    [Fact]
    public void An_exception_where_nobody_waits_for_it_ends_the_simulation()
    {
        var world = new VirtualWorld();

        var error = Assert.Throws<SimulationException>(() => world.Run(async () =>
        {
            world.After(TimeSpan.FromSeconds(1), world.Own, () => throw new InvalidDataException("nobody knows"));
            await Task.Delay(TimeSpan.FromSeconds(2), world.Own.Time);
            return 0;
        }));

        Assert.Contains("nobody knows", error.Message, StringComparison.Ordinal);
    }

    /// <summary>What is waited for comes back from another thread, however soon that has it done.</summary>
    private sealed class OtherThread : INotifyCompletion
    {
        public bool IsCompleted => false;

        public OtherThread GetAwaiter() => this;

        public void OnCompleted(Action continuation)
        {
            var back = TaskScheduler.Current;
            Task.Run(() => Task.Factory.StartNew(continuation, CancellationToken.None, TaskCreationOptions.None, back));
        }

        public void GetResult()
        {
        }
    }
}
