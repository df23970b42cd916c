using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using MnistDistributed.Model.Engine;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Model.Storage;

/// <summary>
/// A <see cref="Checkpoint"/> as a safetensors file: weights under PyTorch's names, the optimizer's state under PyTorch's names for it
/// (<c>exp_avg.conv1.weight</c>), the rest in the metadata. The metadata begin with the SHA-256 of the whole file, taken with
/// zeros in its own place, so that no byte can change unseen.
/// </summary>
public static class CheckpointFile
{
    /// <summary>What the file says of itself, under <see cref="KindKey"/>.</summary>
    internal const string Kind = "checkpoint 1";

    /// <summary>The member of the metadata that says what a file is.</summary>
    internal const string KindKey = "kind";

    private const int DigestDigits = 2 * SHA256.HashSizeInBytes;
    private static readonly string NoDigest = new('0', DigestDigits);
    private static readonly byte[] HeaderStart = Encoding.ASCII.GetBytes("{\"__metadata__\":{\"sha256\":\"");
    private static readonly int DigestStart = sizeof(long) + HeaderStart.Length;

    private static readonly JsonSerializerOptions HistoryOptions = new(JsonSerializerOptions.Strict)
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    /// <summary>The file's bytes.</summary>
    /// <exception cref="ArgumentException">The checkpoint cannot be one of its run, and could not be read again.</exception>
    public static byte[] ToBytes(Checkpoint checkpoint)
    {
        if (checkpoint.Problem() is { } problem)
            throw new ArgumentException($"Not a checkpoint of this run: {problem}", nameof(checkpoint));

        var (state, network) = (checkpoint.State, checkpoint.Spec.Network);
        var metadata = new OrderedDictionary<string, string>
        {
            ["sha256"] = NoDigest,
            ["format"] = "pt",
            [KindKey] = Kind,
            ["runSpec"] = RunSpecJson.Write(checkpoint.Spec, indented: false),
            ["step"] = Text(state.Step),
            ["term"] = Text(checkpoint.Term),
            ["elapsedSeconds"] = Text(checkpoint.ElapsedSeconds),
            ["beta1Power"] = Text(state.Optimizer.Beta1Power),
            ["beta2Power"] = Text(state.Optimizer.Beta2Power),
            ["epochLoss"] = Text(state.EpochSum.Loss),
            ["epochHits"] = Text(state.EpochSum.Hits),
            ["epochSamples"] = Text(state.EpochSum.Samples),
            ["history"] = JsonSerializer.Serialize(checkpoint.History, HistoryOptions),
        };
        var (first, second) = MomentNames(checkpoint.Spec.Recipe.Optimizer);
        var tensors = ParameterTensors.Of(network, state.Weights, "").Concat(ParameterTensors.Of(network, state.Optimizer.First, first));
        if (second is not null)
            tensors = tensors.Concat(ParameterTensors.Of(network, state.Optimizer.Second, second));

        byte[] bytes = new SafetensorsFile(metadata, [.. tensors]).ToBytes();
        Encoding.ASCII.GetBytes(Digest(bytes), bytes.AsSpan(DigestStart));
        return bytes;
    }

    /// <summary>Reads and checks a checkpoint.</summary>
    /// <param name="bytes">The file's bytes.</param>
    /// <param name="spec">The spec of the run that it must be of.</param>
    /// <param name="source">The file's path, for the error.</param>
    /// <exception cref="InvalidDataException">It is damaged or not of this run; the message says what is wrong.</exception>
    public static Checkpoint Parse(ReadOnlySpan<byte> bytes, RunSpec spec, string source)
    {
        if (DamageIn(bytes) is { } damage)
            throw new InvalidDataException($"{source} is damaged ({damage}).");
        var file = SafetensorsFile.Parse(bytes, source);
        if (Value(KindKey) != Kind)
            throw Invalid($"it is of the kind {SafetensorsFile.Quote(Value(KindKey))}, and should be '{Kind}'");
        if (RunSpecJson.Read(Value("runSpec"), $"{source}: its runSpec") != spec)
            throw Invalid("it is of a run with another spec");

        var tensors = file.Tensors.ToDictionary(tensor => tensor.Name);
        float[] weights = ParameterTensors.Take(spec.Network, tensors, "", source);
        var (firstName, secondName) = MomentNames(spec.Recipe.Optimizer);
        float[] first = ParameterTensors.Take(spec.Network, tensors, firstName, source);
        float[] second = secondName is null ? [] : ParameterTensors.Take(spec.Network, tensors, secondName, source);
        ParameterTensors.DemandNoMore(tensors, source);

        var optimizer = new Optimizer(spec.Recipe, first, second, Number<double>("beta1Power"), Number<double>("beta2Power"));
        var epochSum = new BlockSum(Number<double>("epochLoss"), Number<int>("epochHits"), Number<int>("epochSamples"));
        var state = new TrainingState(Number<int>("step"), weights, optimizer, epochSum);
        var checkpoint = new Checkpoint(spec, state, History(), Number<int>("term"), Number<double>("elapsedSeconds"));
        return checkpoint.Problem() is { } problem ? throw Invalid(problem.TrimEnd('.')) : checkpoint;

        InvalidDataException Invalid(string what, Exception? inner = null) => SafetensorsFile.Invalid(source, what, inner);

        string Value(string key) => file.Metadata.TryGetValue(key, out string? value) ? value : throw Invalid($"its metadata lack '{key}'");

        T Number<T>(string key)
            where T : IParsable<T> =>
            T.TryParse(Value(key), CultureInfo.InvariantCulture, out var number) ? number
            : throw Invalid($"its '{key}' is {SafetensorsFile.Quote(Value(key))}, and should be a number");

        List<EpochRecord> History()
        {
            try
            {
                return JsonSerializer.Deserialize<List<EpochRecord>>(Value("history"), HistoryOptions)
                    ?? throw Invalid("its history is null");
            }
            catch (JsonException e)
            {
                throw Invalid($"its history is not a list of epochs: {OneLine.Of(e.Message).TrimEnd('.')}", e);
            }
        }
    }

    /// <summary>PyTorch's names in an optimizer's state_dict.</summary>
    private static (string First, string? Second) MomentNames(OptimizerKind kind) =>
        kind == OptimizerKind.Adam ? ("exp_avg.", "exp_avg_sq.") : ("momentum_buffer.", null);

    /// <summary>
    /// What shows that the file's bytes are not those that were written;
    /// null if nothing does. It comes before anything in them is believed.
    /// </summary>
    private static string? DamageIn(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
            return "it is empty";
        if (bytes.Length < DigestStart + DigestDigits)
            return $"it is cut short, to {bytes.Length} bytes";
        if (!bytes[sizeof(long)..].StartsWith(HeaderStart))
            return "it has no checksum where a checkpoint has it";
        bool isWhole = bytes.Slice(DigestStart, DigestDigits).SequenceEqual(Encoding.ASCII.GetBytes(Digest(bytes)));
        return isWhole ? null : "its checksum differs from its content";
    }

    private static string Digest(ReadOnlySpan<byte> bytes)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(bytes[..DigestStart]);
        hash.AppendData(Encoding.ASCII.GetBytes(NoDigest));
        hash.AppendData(bytes[(DigestStart + DigestDigits)..]);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);

    // "R" is the shortest text that is read back to the same bits.
    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
