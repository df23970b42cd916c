using MnistDistributed.Coordinator.Runs;
using MnistDistributed.Model;

namespace MnistDistributed.Coordinator.Steering;

/// <summary>
/// The folder <c>requests</c> of a run's folder, through which other processes steer the run: whoever can write it may. A request is a file
/// <c>*.request.json</c>; whoever renames it has it, the coordinator to carry it out or its sender to withdraw it. The answer is a file
/// <c>*.answer.json</c>, which the sender deletes.
/// </summary>
/// <param name="folder">The run's folder.</param>
public sealed class RequestBox(string folder)
{
    private const string RequestSuffix = ".request.json";
    private const string AnswerSuffix = ".answer.json";

    private readonly string _box = Path.Combine(folder, "requests");

    /// <summary>Takes the oldest request, to be answered. Cheap where there is none: one look into an empty folder.</summary>
    /// <param name="note">Told of what lies there and is no request.</param>
    /// <returns>The request; null if there is none.</returns>
    public RunRequest? TryTake(Action<string> note)
    {
        foreach (string path in Waiting())
        {
            try
            {
                if (Claim(path) is { } claimed && Read(claimed, note) is { } request)
                    return request with { Id = Path.GetFileName(path)[..^RequestSuffix.Length] };
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It is taken at a later look, or withdrawn by its sender.
            }
        }

        return null;
    }

    /// <summary>
    /// Answers a request that was taken. Where the disk cannot take the answer its sender waits in vain, and the run goes on.
    /// </summary>
    public void Answer(RunRequest request, RequestAnswer answer)
    {
        try
        {
            JsonFile.Write(AnswerFile(request.Id), answer);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
    }

    /// <summary>
    /// Deletes what senders and coordinators that are dead have left. For the coordinator, before it can be found by its owner file.
    /// </summary>
    public void Clear()
    {
        if (Directory.Exists(_box))
            Directory.Delete(_box, recursive: true);
    }

    /// <summary>Sends a request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="now">The time, which orders requests.</param>
    /// <returns>The request with its id.</returns>
    /// <exception cref="IOException">The disk or the folder cannot take it.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder must not be written.</exception>
    public RunRequest Send(RunRequest request, DateTimeOffset now)
    {
        var sent = request with { Id = $"{now.UtcTicks:D19}-{Guid.NewGuid():N}" };
        JsonFile.Write(RequestFile(sent.Id), sent);
        return sent;
    }

    /// <summary>Takes the answer to a request that was sent.</summary>
    /// <returns>The answer; null while there is none.</returns>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public RequestAnswer? TryTakeAnswer(RunRequest request)
    {
        string path = AnswerFile(request.Id);
        if (JsonFile.Read<RequestAnswer>(path) is not { } answer)
            return null;
        File.Delete(path);
        return answer with { Text = string.Join('\n', answer.Text.Split('\n').Select(OneLine.Of)) };
    }

    /// <summary>Withdraws a request that was sent.</summary>
    /// <returns>Whether that was in time: the coordinator has not taken it, and will not.</returns>
    public bool Withdraw(RunRequest request)
    {
        if (Claim(RequestFile(request.Id)) is not { } claimed)
            return false;
        File.Delete(claimed);
        return true;
    }

    private string RequestFile(string id) => Path.Combine(_box, id + RequestSuffix);

    private string AnswerFile(string id) => Path.Combine(_box, id + AnswerSuffix);

    private string[] Waiting()
    {
        // There is none before the first request, and an exception several times a second would be one among those that mean something.
        if (!Directory.Exists(_box))
            return [];
        try
        {
            string[] files = Directory.GetFiles(_box, "*" + RequestSuffix);
            Array.Sort(files, StringComparer.Ordinal);
            return files;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static string? Claim(string path)
    {
        try
        {
            string claimed = path + ".taken";
            File.Move(path, claimed);
            return claimed;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    private static RunRequest? Read(string claimed, Action<string> note)
    {
        try
        {
            var request = JsonFile.Read<RunRequest>(claimed);
            if (request?.Problem() is { } problem)
                throw JsonFile.Damaged(claimed, problem);
            return request;
        }
        catch (InvalidDataException e)
        {
            note($"A request to the run is dropped: {e.Message}");
            return null;
        }
        finally
        {
            File.Delete(claimed);
        }
    }
}
