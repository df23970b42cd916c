using MnistDistributed.Model.Data;
using MnistDistributed.Model.Engine;
using MnistDistributed.Model.Evaluation;
using MnistDistributed.Model.Storage;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Coordinator.Digits;

/// <summary>Trained networks outside of any run.</summary>
public static class Classifier
{
    private const int ChunkImages = 250;

    /// <summary>
    /// The logits of all images, by one model or by several as one, computed on every core. They are the same bits on any number of cores.
    /// </summary>
    /// <param name="models">The models: one at least, and of one number of classes.</param>
    /// <param name="images">The images.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns><c>[count, classes]</c>.</returns>
    public static float[] Logits(IReadOnlyList<SavedModel> models, ImageSet images, CancellationToken cancellationToken) =>
        Ensemble.Logits(
            [.. models.Select(model => Logits(new RunSpec { Network = model.Network }, model.Weights, images, cancellationToken))],
            models[0].Network.Classes);

    /// <summary>
    /// The logits of all images by the engine of a run, computed on every core. They are those that the run's workers would compute.
    /// </summary>
    /// <returns><c>[count, classes]</c>.</returns>
    public static float[] Logits(RunSpec spec, float[] weights, ImageSet images, CancellationToken cancellationToken)
    {
        int classes = spec.Network.Classes;
        float[] logits = new float[images.Count * classes];
        int chunks = (images.Count + ChunkImages - 1) / ChunkImages;
        Parallel.For(
            0,
            chunks,
            new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellationToken },
            () => GradientEngines.Create(spec, ImageSet.Empty),
            (chunk, _, engine) =>
            {
                int first = chunk * ChunkImages, count = Math.Min(ChunkImages, images.Count - first);
                engine.Logits(weights, images, first, logits.AsSpan(first * classes, count * classes));
                return engine;
            },
            _ => { });
        return logits;
    }
}
