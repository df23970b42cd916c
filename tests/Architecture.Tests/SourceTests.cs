using System.Globalization;
using System.Text.RegularExpressions;

namespace MnistDistributed.Architecture.Tests;

/// <summary>What every source file keeps to.</summary>
public partial class SourceTests
{
    // Put together here, so that this file does not hold what it looks for.
    private static readonly Regex Unfinished = new($@"\b({"TO" + "DO"}|{"FIX" + "ME"}|{"NotImplemented" + "Exception"})\b");
    private static readonly Regex LocalPath = new(@"(?<![\w.~}>\-/])/(work|root|home|Users)/[\w.]");

    public static TheoryData<string> Sources =>
        new(Repository.Files("src").Concat(Repository.Files("bench")).Where(file => file.EndsWith(".cs", StringComparison.Ordinal)));

    [Theory, MemberData(nameof(Sources))]
    public void A_file_holds_one_public_type_and_bears_its_name(string file)
    {
        var types = TopLevelType().Matches(Repository.Read(file)).ToList();
        var named =
            types.Where(type => type.Groups["access"].Value == "public").Select(type => type.Groups["name"].Value).Distinct().ToList();
        if (named.Count == 0) named = types.Select(type => type.Groups["name"].Value).Take(1).ToList();

        Assert.True(named.Count <= 1, $"{file} holds the public types {string.Join(", ", named)}");
        // Program.cs has top-level statements; a partial type's further files are named Type.Part.cs.
        if (named.Count == 1) Assert.Equal(Path.GetFileName(file).Split('.')[0], named[0]);
    }

    [Theory, MemberData(nameof(Sources))]
    public void There_is_one_code_path(string file) => Assert.DoesNotMatch(Conditional(), Repository.Read(file));

    [Theory, MemberData(nameof(Sources))]
    public void A_namespace_is_the_folder(string file)
    {
        var declared = Namespace().Match(Repository.Read(file));
        if (declared.Success)
        {
            string folder = Path.GetDirectoryName(file)!.Replace('\\', '/');
            folder = folder[(folder.IndexOf('/', StringComparison.Ordinal) + 1)..];
            Assert.Equal("MnistDistributed." + folder.Replace('/', '.'), declared.Groups[1].Value);
        }
    }

    [Fact]
    public void Lines_hold_the_length_that_the_editor_is_told()
    {
        int most = int.Parse(MaxLineLength().Match(Repository.Read(".editorconfig")).Groups[1].Value, CultureInfo.InvariantCulture);
        var longer =
            from file in Repository.Files()
            where file.EndsWith(".cs", StringComparison.Ordinal)
            from line in Repository.Read(file).Split('\n').Index()
            where line.Item.Length > most
            select $"{file}({line.Index + 1}): {line.Item.Length} characters";

        Assert.Empty(longer);
    }

    [Fact]
    public void Nothing_is_unfinished_and_nothing_knows_the_machine_it_was_written_on()
    {
        var found =
            from file in Repository.Files()
            let text = Repository.Read(file)
            where !text.Contains('\0', StringComparison.Ordinal)
            from match in Unfinished.Matches(text).Concat(LocalPath.Matches(text))
            select $"{file}: {match.Value}";

        Assert.Empty(found);
    }

    [GeneratedRegex(
        @"^(?:(?<access>public|internal|file) )?(?:(?:static|sealed|abstract|partial|readonly|unsafe|ref) )*"
        + @"(?:record struct|record class|record|class|struct|interface|enum|"
        + @"delegate [\w<>\[\],.? ]+?) (?<name>\w+)", RegexOptions.Multiline)]
    private static partial Regex TopLevelType();

    [GeneratedRegex(@"\[\*\.cs\]\s+max_line_length = (\d+)")]
    private static partial Regex MaxLineLength();

    [GeneratedRegex(@"^\s*#\s*(if|elif|else)\b", RegexOptions.Multiline)]
    private static partial Regex Conditional();

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Namespace();
}
