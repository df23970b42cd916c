using System.Text.RegularExpressions;

namespace MnistDistributed.Architecture.Tests;

/// <summary>What the documents promise is there.</summary>
public partial class DocumentTests
{
    [Fact]
    public void Every_relative_link_and_picture_leads_somewhere()
    {
        var broken =
            from document in Repository.Files().Where(file => file == "README.md"
                || (file.StartsWith("docs/", StringComparison.Ordinal) && file.EndsWith(".md", StringComparison.Ordinal)))
            let text = CodeBlock().Replace(Repository.Read(document), "")
            from link in Link().Matches(text)
            let target = link.Groups["target"].Value
            where !target.Contains(':', StringComparison.Ordinal) && !target.StartsWith('#')
            let path = Path.Combine(Repository.Root, Path.GetDirectoryName(document)!, Uri.UnescapeDataString(target.Split('#')[0]))
            where !File.Exists(path) && !Directory.Exists(path)
            select $"{document}: {target}";

        Assert.Empty(broken);
    }

    [GeneratedRegex(@"^```.*?^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex CodeBlock();

    // [text](target), ![text](target), with a title or without, and <img src="target">.
    [GeneratedRegex(@"(?:\]\(|(?:src|href)="")(?<target>[^)\s""]+)")]
    private static partial Regex Link();
}
