using MnistDistributed.Model.Data;
using MnistDistributed.Model.Engine.Torch;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Model.Engine;

/// <content>Part of builds that have TorchSharp.</content>
public static partial class GradientEngines
{
    static partial void AddTorch(Dictionary<string, Func<RunSpec, ImageSet, IGradientEngine>> makers) =>
        makers.Add("torch", (spec, train) => new TorchEngine(spec, train));
}
