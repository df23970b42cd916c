using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using MnistDistributed.Model.Network;

namespace MnistDistributed.Model.Training;

/// <summary>
/// A <see cref="RunSpec"/> as JSON: camelCase, enums by name, every member written and every member demanded but what is null. What came
/// later than the first runs is left out where it is what it was before it could be chosen.
/// </summary>
public static class RunSpecJson
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerOptions.Strict)
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        NewLine = "\n",
        IgnoreReadOnlyProperties = true,
        MaxDepth = 8,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { DemandEveryMember } },
    };

    private static readonly JsonSerializerOptions Compact = new(Options) { WriteIndented = false };

    /// <summary>Writes a spec. Numbers round-trip exactly.</summary>
    /// <param name="spec">The spec.</param>
    /// <param name="indented">On lines of their own, for people; else on one line.</param>
    public static string Write(RunSpec spec, bool indented = true) => JsonSerializer.Serialize(spec, indented ? Options : Compact);

    /// <summary>Reads and checks a spec.</summary>
    /// <param name="json">What <see cref="Write"/> wrote.</param>
    /// <param name="source">Where it is from, for the error: a file's path.</param>
    /// <exception cref="InvalidDataException">
    /// It is not JSON, has unknown, missing or repeated members or values of a wrong type, or <see cref="RunSpecCheck"/> finds a problem.
    /// </exception>
    public static RunSpec Read(string json, string source)
    {
        RunSpec? spec;
        try
        {
            spec = JsonSerializer.Deserialize<RunSpec>(json, Options);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{source} is not a run's spec: {Explain(e)}", e);
        }

        if (spec is null)
            throw new InvalidDataException($"{source} is not a run's spec: it is null.");
        if (RunSpecCheck.Problem(spec) is { } problem)
            throw new InvalidDataException($"{source} is not a run's spec: {problem}");
        return spec;
    }

    private static void DemandEveryMember(JsonTypeInfo type)
    {
        foreach (var property in type.Properties)
            property.IsRequired = !property.IsSetNullable && (property.Set is not null || property.AssociatedParameter is not null);
        if (type.Type == typeof(CnnShape))
            LeaveOut(type, nameof(CnnShape.Classes), CnnShape.Digits);
        if (type.Type != typeof(Recipe))
            return;
        LeaveOut(type, nameof(Recipe.Rotation), 0.0);
        LeaveOut(type, nameof(Recipe.Scaling), 0.0);
        LeaveOut(type, nameof(Recipe.Elastic), 0.0);
    }

    private static void LeaveOut(JsonTypeInfo type, string member, object former)
    {
        var property = type.Properties.Single(it => it.Name == JsonNamingPolicy.CamelCase.ConvertName(member));
        property.IsRequired = false;
        property.ShouldSerialize = (_, value) => !former.Equals(value);
    }

    private static string Explain(JsonException e)
    {
        // The exception's own place is at its end, and its first sentence says the rest.
        int place = e.Message.IndexOf(" Path: ", StringComparison.Ordinal);
        string what = OneLine.Of(place < 0 ? e.Message : e.Message[..place]);
        return e.Path is null or "$" ? what : $"{what} (at {OneLine.Of(e.Path)})";
    }
}
