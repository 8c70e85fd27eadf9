namespace PipeClient.Load.Echoing;

/// <summary>What a waiting connection does next.</summary>
internal enum NextStep
{
    /// <summary>Send the message and read it back.</summary>
    Echo,

    /// <summary>End the sending side, read to the server's end, close.</summary>
    Finish,

    /// <summary>Close at once.</summary>
    Drop,
}
