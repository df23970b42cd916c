using System.Globalization;
using MnistDistributed.Model;

namespace MnistDistributed.Coordinator.Training;

/// <summary>The disk, for what a run cannot do without: while it cannot take that, it is waited for, since people can make room.</summary>
/// <param name="patience">How long.</param>
/// <param name="time">The clock.</param>
/// <param name="observer">Told when the disk is waited for, and when it takes it.</param>
public sealed class PatientDisk(TimeSpan patience, TimeProvider time, IRunObserver observer)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>Whether an error is one of the disk's.</summary>
    public static bool IsDisk(Exception error) => error is IOException or UnauthorizedAccessException;

    /// <summary>Writes something, and tries again until the disk takes it.</summary>
    /// <param name="what">What is written, to begin a sentence with.</param>
    /// <param name="write">Writes it, whole or not at all.</param>
    /// <param name="kept">Says what is on disk without it.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="RunFailedException">The disk has not taken it in time.</exception>
    public async Task<T> Write<T>(string what, Func<T> write, Func<string> kept, CancellationToken cancellationToken)
    {
        long began = time.GetTimestamp();
        bool waits = false;
        while (true)
        {
            try
            {
                var written = write();
                if (waits)
                    observer.Note($"{what} is written now.");
                return written;
            }
            catch (Exception e) when (IsDisk(e))
            {
                string problem = $"{what} is not on disk: {OneLine.Brief(e.Message).TrimEnd('.')}";
                if (time.GetElapsedTime(began) >= patience)
                    throw new RunFailedException($"{problem}; {kept()}.") { CanGoOn = true };
                if (!waits)
                {
                    observer.Incident(RunIncident.DiskFailed, string.Create(
                        CultureInfo.InvariantCulture, $"{problem}; trying again for {patience.TotalSeconds:0} s."));
                }

                waits = true;
            }

            await Task.Delay(Pause, time, cancellationToken);
        }
    }
}
