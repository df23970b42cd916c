namespace MnistDistributed.Model.Protocol.Rounds;

/// <summary>The median of the last measurements.</summary>
/// <param name="capacity">How many measurements count.</param>
public sealed class MedianWindow(int capacity)
{
    private readonly double[] _values = new double[capacity];
    private readonly double[] _sorted = new double[capacity];
    private int _count;
    private int _next;

    /// <summary>Adds a measurement; the oldest one is dropped when the window is full.</summary>
    public void Add(double value)
    {
        _values[_next] = value;
        _next = (_next + 1) % capacity;
        _count = Math.Min(_count + 1, capacity);
    }

    /// <summary>The median, the upper one of two; 0 without measurements.</summary>
    public double Median()
    {
        if (_count == 0)
            return 0;
        Array.Copy(_values, _sorted, _count);
        Array.Sort(_sorted, 0, _count);
        return _sorted[_count / 2];
    }
}
