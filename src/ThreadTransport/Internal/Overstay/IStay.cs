namespace ThreadTransport.Internal.Overstay;

/// <summary>Whose word a slot of the <see cref="StayTable"/> holds.</summary>
internal interface IStay
{
    /// <summary>Called on the tick's thread: the word has been <paramref name="word"/> for <paramref name="ticks"/> ticks.</summary>
    /// <returns>Whether all is done that this word asks for. If not, the call comes again while the word stays.</returns>
    bool OnOverstay(int word, int ticks);

    /// <summary>Called on the idle watch's thread, a few times a second, where idle connections are to end.</summary>
    void OnIdleLook();
}
