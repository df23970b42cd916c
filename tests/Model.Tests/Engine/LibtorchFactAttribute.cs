using MnistDistributed.Model.Engine.Torch;

namespace MnistDistributed.Model.Tests.Engine;

/// <summary>A fact about the torch engine, skipped with a word why where libtorch is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class LibtorchFactAttribute : FactAttribute
{
    public LibtorchFactAttribute() => Skip = Libtorch.Problem;
}
