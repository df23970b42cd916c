namespace MnistDistributed.Bench.Scaling;

/// <summary>What a message between two processes takes. Weights and the gradient of a block are as large, and cost the same.</summary>
/// <param name="Send">Seconds of the sender's cores for a call with one payload.</param>
/// <param name="Receive">Seconds of the receiver's cores.</param>
/// <param name="Call">Seconds from a call without payload to its answer.</param>
/// <param name="OrderBytes">An order with weights, as it is written.</param>
/// <param name="PushBytes">A push of one block, as it is written.</param>
/// <param name="Serialize">Seconds to write a push; a part of <paramref name="Send"/>.</param>
/// <param name="Deserialize">Seconds to read it; a part of <paramref name="Receive"/>.</param>
public sealed record MessageCost(
    double Send, double Receive, double Call, int OrderBytes, int PushBytes, double Serialize, double Deserialize);
