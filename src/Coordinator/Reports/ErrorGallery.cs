using MnistDistributed.Model.Data;
using MnistDistributed.Model.Evaluation;

namespace MnistDistributed.Coordinator.Reports;

/// <summary>
/// The misclassified images as pictures, grouped by confusion pair, the largest groups first and the most confident errors first in each.
/// </summary>
public sealed class ErrorGallery
{
    /// <summary>The most pictures of one group.</summary>
    public const int MostOfPair = 12;

    /// <summary>The most pictures of all groups, which bounds the size of the page.</summary>
    public const int MostInAll = 150;

    private readonly ImageSet _images;
    private readonly LabelNames _names;
    private readonly int _errors;
    private readonly int _pairs;

    /// <summary>Chooses what is shown.</summary>
    public ErrorGallery(IReadOnlyList<ConfusionPair> pairs, ImageSet images, LabelNames names)
    {
        _names = names;
        _images = images;
        _errors = pairs.Sum(pair => pair.Errors.Count);
        _pairs = pairs.Count;
        int left = MostInAll;
        var shown = new List<ConfusionPair>();
        foreach (ConfusionPair pair in pairs.TakeWhile(_ => left > 0))
        {
            shown.Add(pair);
            left -= Math.Min(Math.Min(pair.Errors.Count, MostOfPair), left);
        }
        Shown = shown;
    }

    /// <summary>The pairs that have pictures.</summary>
    public IReadOnlyList<ConfusionPair> Shown { get; }

    /// <summary>The most confident errors of all, enlarged; at most six.</summary>
    public static Html Boldest(IReadOnlyList<Misclassified> errors, ImageSet images, LabelNames names) => $"""
        <ol class="boldest">{errors.Take(6).Select(error => (Html)$"""
            <li><figure>{Picture(error, images, names, 140)}<figcaption><b>{names[error.Label]}</b> taken for
            <b class="wrong">{names[error.Predicted]}</b><br>
            <span class="quiet">{Format.Probability(error.Probability)} sure<br>no. {error.Index}</span></figcaption></figure></li>
            """)}</ol>
        """;

    /// <summary>The groups.</summary>
    public Html Render()
    {
        int left = MostInAll;
        var groups = new List<Html>();
        foreach (ConfusionPair pair in Shown)
        {
            int count = Math.Min(Math.Min(pair.Errors.Count, MostOfPair), left);
            left -= count;
            groups.Add(Group(pair, count));
        }
        int pictures = MostInAll - left;
        Html hidden = pictures == _errors
            ? Html.Empty
            : (Html)$"""
            <p class="quiet">Shown are {pictures} of {Format.Count(_errors)} errors, {Shown.Count} of {_pairs} pairs:
            at most {MostOfPair} of a pair, the most confident first. <code>misclassified.csv</code> lists them all.</p>
            """;
        return $"""
            <div class="gallery">
            {groups}
            </div>
            {hidden}
            """;
    }

    private Html Group(ConfusionPair pair, int count)
    {
        int more = pair.Errors.Count - count;
        return $"""
            <section class="pair" id="{pair.Anchor}">
            <h3>{_names[pair.Label]} <span class="arrow" aria-label="taken for">→</span>
            <span class="wrong">{_names[pair.Predicted]}</span> <span class="quiet">({pair.Errors.Count})</span></h3>
            <ul>{pair.Errors.Take(count).Select(error => (Html)$"""
                <li><figure>{Picture(error, _images, _names, 56)}<figcaption>{Format.Probability(error.Probability)}<br>
                <span class="quiet">no. {error.Index}</span></figcaption></figure></li>
                """)}{(more == 0 ? Html.Empty : (Html)$"""<li class="more quiet">and {more} more</li>""")}</ul>
            </section>

            """;
    }

    private static Html Picture(Misclassified error, ImageSet images, LabelNames names, int size) => $"""
        <img width="{size}" height="{size}" src="{Png.DataUri(images.Image(error.Index), ImageSet.Side)}"
        alt="Test image {error.Index}: true label {names[error.Label]}, taken for {names[error.Predicted]} with probability {
            Format.Probability(error.Probability)}">
        """;
}
