using FsCheck.Xunit;
using MnistDistributed.Model.Engine.Torch;

namespace MnistDistributed.Model.Tests.Engine;

/// <summary>As <see cref="LibtorchFactAttribute"/>, for properties.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class LibtorchPropertyAttribute : PropertyAttribute
{
    public LibtorchPropertyAttribute() => Skip = Libtorch.Problem;
}
