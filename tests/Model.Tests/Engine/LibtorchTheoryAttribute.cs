using MnistDistributed.Model.Engine.Torch;

namespace MnistDistributed.Model.Tests.Engine;

/// <summary>As <see cref="LibtorchFactAttribute"/>, for theories.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class LibtorchTheoryAttribute : TheoryAttribute
{
    public LibtorchTheoryAttribute() => Skip = Libtorch.Problem;
}
