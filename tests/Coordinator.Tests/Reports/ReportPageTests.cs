using System.Text.RegularExpressions;
using System.Xml.Linq;
using MnistDistributed.Coordinator.Reports;
using MnistDistributed.Model.Data;
using MnistDistributed.Model.Evaluation;

namespace MnistDistributed.Coordinator.Tests.Reports;

public partial class ReportPageTests
{
    [Theory]
    [InlineData(0, 3, 5000)]
    [InlineData(1, 1, 5000)]
    [InlineData(40, 1, 0)]
    [InlineData(500, 50, 5000)]
    [InlineData(1000, 2, 0)]
    [InlineData(7, 0, 5000)]
    public void The_page_is_whole_and_needs_nothing_but_itself(int errors, int epochs, int validation)
    {
        string page = ReportPage.Render(Sample.Run(errors, epochs: epochs, validation: validation));

        string[] addresses = ["src", "href", "action", "srcset", "data"];
        foreach (
            XAttribute address in Parse(page).Descendants().Attributes().Where(attribute => addresses.Contains(attribute.Name.LocalName)))
            Assert.Matches("^(#[a-z0-9-]+|data:image/png;base64,[A-Za-z0-9+/]+=*)$", address.Value);
        Assert.DoesNotContain("NaN", Script().Replace(page, ""), StringComparison.Ordinal);
        Assert.DoesNotContain("url(", page, StringComparison.Ordinal);
        Assert.DoesNotContain("@import", page, StringComparison.Ordinal);
        Assert.DoesNotContain("http", page.Replace("http-equiv", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.InRange(page.Length, 10_000, 400_000);
    }

    [Fact]
    public void Letters_have_as_many_rows_and_columns_as_there_are_and_their_names()
    {
        var run = Sample.Letters();
        string page = ReportPage.Render(run with { Labels = LabelNames.Of(["", "<A>", .. run.Labels.All.Skip(2)]) });

        XDocument document = Parse(page);
        XElement matrix = document.Descendants("table").Single(table => $"{table.Attribute("class")?.Value}" == "matrix wide");
        Assert.Equal(26, matrix.Element("tbody")!.Elements("tr").Count());
        Assert.All(matrix.Element("tbody")!.Elements("tr"), row => Assert.Equal(26, row.Elements("td").Count()));
        Assert.Equal("<A>", matrix.Element("tbody")!.Element("tr")!.Element("th")!.Value);
        string text = document.Root!.Value;
        Assert.Contains("26 of 650 possible pairs", text, StringComparison.Ordinal);
        Assert.Contains("Y taken for Z: 4, 10.00% of all Ys", text, StringComparison.Ordinal);
        Assert.Contains("227,227", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_very_many_classes_the_page_leaves_the_matrix_to_the_file()
    {
        byte[] labels = [.. Enumerable.Range(0, 256).Select(label => (byte)label)];
        var logits = new float[256 * 256];
        for (int i = 0; i < 256; i++)
            logits[i * 256 + (i ^ 1)] = 1;
        string page = ReportPage.Render(Sample.Run(errors: 0) with
        {
            Test = Evaluation.From(logits, labels, 256), TestImages = new ImageSet(new byte[256 * ImageSet.Pixels], labels),
        });
        Assert.Contains("The matrix of 256 classes is in", Parse(page).Root!.Value, StringComparison.Ordinal);
        Assert.InRange(page.Length, 10_000, 1_000_000);
    }

    [Theory]
    [InlineData(40)]
    [InlineData(500)]
    public void Links_lead_somewhere_and_names_are_unique(int errors)
    {
        XDocument page = Parse(ReportPage.Render(Sample.Run(errors)));

        string[] ids = [.. page.Descendants().Attributes("id").Select(id => id.Value)];
        Assert.Equal(ids.Length, ids.Distinct().Count());
        foreach (string name in page.Descendants("a").Attributes("href").Concat(page.Descendants().Attributes("aria-labelledby")).Select(
            link => link.Value.TrimStart('#')))
            Assert.Contains(name, ids);
    }

    [Fact]
    public void The_numbers_are_on_it()
    {
        string text = Parse(ReportPage.Render(Sample.Run(errors: 25))).Root!.Value;

        foreach (string number in new[]
        {
            "97.50%", "of 1,000 test images", "5,312", "61.5 s", "sample-run", "9 March 2026, 14:05 +02:00", "0.2500", "98.44%",
                Sample.WeightsSha256,
            new string('d', 64), "225,034", "55,000", "one cycle",
        })
        {
            Assert.Contains(number, text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_run_that_was_stopped_says_so_at_the_top_and_what_happened_on_the_way_is_told()
    {
        var run = Sample.Run(errors: 25);
        string text = Parse(ReportPage.Render(run with
            { IsStopped = true, Steps = 1234, Usage = new(2, run.Usage.Total with { StalePushes = 77 }) })).Root!.Value;
        Assert.Contains("The run was stopped after step 1,234 of 1,290.", text, StringComparison.Ordinal);
        Assert.Contains("run sample-run, stopped", text, StringComparison.Ordinal);
        Assert.Contains("On the way", text, StringComparison.Ordinal);
        Assert.Contains("77", text, StringComparison.Ordinal);

        string undisturbed = Parse(ReportPage.Render(run)).Root!.Value;
        Assert.DoesNotContain("stopped", undisturbed, StringComparison.Ordinal);
        Assert.DoesNotContain("On the way", undisturbed, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_count_of_the_confusion_matrix_is_in_its_place()
    {
        RunSummary run = Sample.Run(errors: 200);

        XElement[] rows = [.. Table(run, "matrix").Element("tbody")!.Elements("tr")];

        for (int label = 0; label < 10; label++)
        {
            Assert.Equal($"{label}", rows[label].Element("th")!.Value);
            Assert.Equal(
                Enumerable.Range(0, 10).Select(k => $"{run.Test.Confusion[label, k]}"),
                rows[label].Elements("td").Select(cell =>
                    string.Concat(cell.DescendantNodes().OfType<XText>().Where(node => node.Parent!.Name != "span"))));
        }
    }

    [Fact]
    public void Errors_are_shown_with_their_pictures_the_largest_group_first()
    {
        RunSummary run = Sample.Run(errors: 25);
        XDocument page = Parse(ReportPage.Render(run));

        XElement[] groups = [.. Class(page, "pair")];
        int[] sizes = [.. groups.Select(group => group.Descendants("img").Count())];

        Assert.Equal(25, sizes.Sum());
        Assert.Equal(sizes.OrderDescending(), sizes);
        Assert.Equal(6, Class(page, "boldest").Single().Descendants("img").Count());
        Misclassified error = run.Test.Misclassified[0];
        XElement picture = groups.Descendants("img").Single(img =>
            img.Attribute("alt")!.Value.StartsWith($"Test image {error.Index}:", StringComparison.Ordinal));
        Assert.Equal(Png.DataUri(run.TestImages.Image(error.Index), 28), picture.Attribute("src")!.Value);
        Assert.Contains(
            $"true label {error.Label}, taken for {error.Predicted}", picture.Attribute("alt")!.Value, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_many_errors_the_page_says_how_many_it_leaves_out()
    {
        RunSummary run = Sample.Run(errors: 500);
        XDocument page = Parse(ReportPage.Render(run));

        int shown = 0;
        foreach (XElement group in Class(page, "pair"))
        {
            int pictures = group.Descendants("img").Count();
            int size =
                int.Parse(Number().Match(Class(group, "quiet").First().Value).Value, System.Globalization.CultureInfo.InvariantCulture);
            string more = Class(group, "more").SingleOrDefault()?.Value ?? "and 0 more";
            Assert.Equal($"and {size - pictures} more", more);
            Assert.InRange(pictures, 1, ErrorGallery.MostOfPair);
            shown += pictures;
        }
        Assert.InRange(shown, 1, ErrorGallery.MostInAll);
        Assert.Contains($"{shown} of 500 errors", page.Root!.Value, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_errors_the_page_says_so()
    {
        string text = Parse(ReportPage.Render(Sample.Run(errors: 0))).Root!.Value;

        Assert.Contains("100.00%", text, StringComparison.Ordinal);
        Assert.Contains("every test image was classified correctly", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Confidently wrong", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Hostile_text_stays_text()
    {
        const string hostile = "</code></script><script>alert(1)</script><img src=x onerror=alert(1)>\"'&";
        RunSummary run = Sample.Run(errors: 5);
        run = run with
        {
            RunId = hostile,
            WeightsSha256 = hostile,
            Spec = run.Spec with { Engine = hostile, DataDigest = hostile },
            Runtime = new RuntimeInfo(1, 1) { OperatingSystem = hostile, DotNet = hostile },
        };

        XDocument page = Parse(ReportPage.Render(run));

        Assert.Single(page.Descendants("script"));
        Assert.Empty(page.Descendants().Attributes("onerror"));
        Assert.Equal(hostile, Class(page, "digests").Single().Descendants("code").First().Value);
    }

    [Fact]
    public void A_diverged_run_still_has_a_page()
    {
        RunSummary run = Sample.Run(errors: 3);
        run = run with
        {
            Epochs = [.. run.Epochs.Select(epoch =>
                epoch with { TrainLoss = double.NaN, ValidationLoss = double.PositiveInfinity, Seconds = 0 })],
            Test = Evaluation.From([.. Enumerable.Repeat(float.NaN, run.Test.Count * 10)], run.TestImages.Labels),
        };

        string page = ReportPage.Render(run);

        Parse(page);
        Assert.DoesNotContain("NaN", Script().Replace(page, ""), StringComparison.Ordinal);
        Assert.DoesNotContain("∞", page, StringComparison.Ordinal);
        Assert.DoesNotContain("Infinity", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(50)]
    public void Curves_have_a_point_and_a_tip_for_every_epoch(int epochs)
    {
        XDocument page = Parse(ReportPage.Render(Sample.Run(errors: 3, epochs: epochs)));

        foreach (XElement chart in Class(page, "chart"))
        {
            Assert.Equal(epochs, Class(chart, "hover").Count());
            Assert.Equal(2, Class(chart, "line").Count());
            Assert.All(Class(chart, "line"), line => Assert.Equal(epochs - 1, line.Attribute("d")!.Value.Count(c => c == 'L')));
            Assert.InRange(Class(chart, "x").Count(), 1, 11);
        }
    }

    private static XElement Table(RunSummary run, string name) => Class(Parse(ReportPage.Render(run)), name).Single();

    private static IEnumerable<XElement> Class(XContainer page, string name) =>
        page.Descendants().Where(element => element.Attribute("class")?.Value.Split(' ').Contains(name) == true);

    // A page whose void elements are closed and whose style and script are set aside must be XML: every tag balanced, every attribute
    // quoted.
    private static XDocument Parse(string page)
    {
        Assert.StartsWith("<!DOCTYPE html>\n<html lang=\"en\">", page, StringComparison.Ordinal);
        string xml = Void().Replace(Script().Replace(page["<!DOCTYPE html>".Length..], "<$1></$1>"), "$0</$1>");
        return XDocument.Parse(xml);
    }

    [GeneratedRegex("<(style|script)>.*?</\\1>", RegexOptions.Singleline)]
    private static partial Regex Script();

    [GeneratedRegex("<(meta|link|img|br)\\b[^>]*>")]
    private static partial Regex Void();

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Number();
}
