using Orleans.Runtime;

namespace Orleans;

/// <summary>Timers whose ticks are turns of a grain. The next tick is timed from the end of the last one.</summary>
public static class GrainBaseExtensions
{
    /// <summary>Starts a timer.</summary>
    /// <param name="grain">The grain.</param>
    /// <param name="callback">Called at each tick; its token is cancelled when the timer is disposed.</param>
    /// <param name="options">When, and whether ticks interleave and keep the grain alive.</param>
    public static IGrainTimer RegisterGrainTimer(
        this IGrainBase grain, Func<CancellationToken, Task> callback, GrainTimerCreationOptions options) =>
        ((Activation)grain.GrainContext).StartTimer(callback, options);

    /// <summary>Starts a timer.</summary>
    /// <param name="grain">The grain.</param>
    /// <param name="callback">Called at each tick; its token is cancelled when the timer is disposed.</param>
    /// <param name="dueTime">Time to the first tick.</param>
    /// <param name="period">Time between ticks.</param>
    public static IGrainTimer RegisterGrainTimer(
        this IGrainBase grain, Func<CancellationToken, Task> callback, TimeSpan dueTime, TimeSpan period) =>
        grain.RegisterGrainTimer(callback, new GrainTimerCreationOptions(dueTime, period));

    /// <summary>Starts a timer.</summary>
    /// <param name="grain">The grain.</param>
    /// <param name="callback">Called at each tick.</param>
    /// <param name="options">When, and whether ticks interleave and keep the grain alive.</param>
    public static IGrainTimer RegisterGrainTimer(this IGrainBase grain, Func<Task> callback, GrainTimerCreationOptions options) =>
        grain.RegisterGrainTimer(_ => callback(), options);

    /// <summary>Starts a timer.</summary>
    /// <param name="grain">The grain.</param>
    /// <param name="callback">Called at each tick.</param>
    /// <param name="dueTime">Time to the first tick.</param>
    /// <param name="period">Time between ticks.</param>
    public static IGrainTimer RegisterGrainTimer(this IGrainBase grain, Func<Task> callback, TimeSpan dueTime, TimeSpan period) =>
        grain.RegisterGrainTimer(_ => callback(), new GrainTimerCreationOptions(dueTime, period));

    /// <summary>Starts a timer.</summary>
    /// <param name="grain">The grain.</param>
    /// <param name="callback">Called at each tick; its token is cancelled when the timer is disposed.</param>
    /// <param name="state">Handed to the callback.</param>
    /// <param name="options">When, and whether ticks interleave and keep the grain alive.</param>
    public static IGrainTimer RegisterGrainTimer<TState>(
        this IGrainBase grain, Func<TState, CancellationToken, Task> callback, TState state, GrainTimerCreationOptions options) =>
        grain.RegisterGrainTimer(token => callback(state, token), options);

    /// <summary>Starts a timer.</summary>
    /// <param name="grain">The grain.</param>
    /// <param name="callback">Called at each tick; its token is cancelled when the timer is disposed.</param>
    /// <param name="state">Handed to the callback.</param>
    /// <param name="dueTime">Time to the first tick.</param>
    /// <param name="period">Time between ticks.</param>
    public static IGrainTimer RegisterGrainTimer<TState>(
        this IGrainBase grain, Func<TState, CancellationToken, Task> callback, TState state, TimeSpan dueTime, TimeSpan period) =>
        grain.RegisterGrainTimer(token => callback(state, token), new GrainTimerCreationOptions(dueTime, period));
}
