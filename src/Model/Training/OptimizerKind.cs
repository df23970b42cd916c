namespace MnistDistributed.Model.Training;

/// <summary>The optimizers, with PyTorch's formulas.</summary>
public enum OptimizerKind
{
    /// <summary>Adam (Kingma and Ba, 2015), as torch.optim.Adam.</summary>
    Adam,

    /// <summary>Stochastic gradient descent with Nesterov momentum, as torch.optim.SGD(nesterov=True).</summary>
    Sgd,
}
