using CsCheck;

namespace Randomised.Tests.Sequences;

/// <summary>Draws sequences. Smaller ones are simpler, which is what shrinking goes by.</summary>
internal static class SequenceGenerator
{
    private const int Actors = 4;

    // Of both ends' buffers and the pipes': within, about as large as, and larger.
    private static readonly Gen<int> _size = Gen.Frequency(
        (6, Gen.Int[1, 100]),
        (3, Gen.Int[1, 6_000]),
        (2, Gen.Int[1, 50_000]),
        (1, Gen.Int[1, 300_000]));

    private static readonly Gen<Step> _read = Gen.Frequency(
        (8, Of(StepKind.Read, Gen.Int[0, Consumption.Ways - 1])),
        (3, Of(StepKind.ReadBlocking, Gen.Int[0, Consumption.Ways - 1])),
        (2, Of(StepKind.ReadLater, Gen.Int[0, Consumption.Ways - 1])),
        (2, Of(StepKind.ReadWithToken, Gen.Int[0, Consumption.Ways - 1])),
        (2, Of(StepKind.TryRead, Gen.Int[0, Consumption.Ways - 1])),
        (2, Of(StepKind.ReadAtLeast, _size)));

    private static readonly Gen<Step> _write = Gen.Frequency(
        (8, Of(StepKind.Write, _size)),
        (3, Of(StepKind.WriteBlocking, _size)),
        (2, Of(StepKind.WriteWithoutFlush, _size)),
        (1, Of(StepKind.CompleteOutput)),
        (1, Of(StepKind.CompleteOutputWithError)));

    private static readonly Gen<Step> _place = Gen.Frequency(
        (4, Of(StepKind.Hop)),
        (2, Of(StepKind.Return)),
        (1, Of(StepKind.Sleep, Gen.Int[1, 20])));

    private static readonly Gen<Step> _cancel = Gen.Frequency(
        (6, Of(StepKind.CancelRead)),
        (3, Of(StepKind.CancelFlush)),
        (3, Of(StepKind.CancelToken)));

    private static readonly Gen<Step> _end = Gen.Frequency(
        (4, Of(StepKind.Abort)),
        (1, Of(StepKind.AbortByFeature)),
        (4, Of(StepKind.AbortNull)),
        (2, Of(StepKind.Dispose)));

    private static readonly Gen<Step> _reader = Gen.Frequency(
        (12, _read), (3, _place), (1, _cancel), (1, _end.Where(step => step.Kind != StepKind.Dispose)), (1, Of(StepKind.CompleteInput)));

    private static readonly Gen<Step> _both = Gen.Frequency((6, _reader), (4, _write));

    private static readonly Gen<Step> _writer = Gen.Frequency((10, _write), (2, _place), (1, _cancel));

    private static readonly Gen<Step> _control = Gen.Frequency((5, _cancel), (4, _end), (4, _place));

    private static readonly Gen<Step> _peer = Gen.Frequency(
        (10, Of(StepKind.Send, _size)),
        (4, Of(StepKind.Take, _size)),
        (3, Of(StepKind.TakeAll)),
        (2, Of(StepKind.Fin)),
        (1, Of(StepKind.Reset)),
        (1, Of(StepKind.Close)),
        (2, Of(StepKind.Sleep, Gen.Int[1, 20])));

    public static Gen<Sequence> Sequences { get; } = Gen.Select(
        Gen.OneOf(
            Gen.Select(_both.Array[0, 8], Gen.Const(Array.Empty<Step>())),
            Gen.Select(_reader.Array[0, 6], _writer.Array[0, 6])),
        _control.Array[0, 4],
        _peer.Array[0, 8],
        Gen.Frequency((1, Gen.Const(Array.Empty<int>())), (1, Gen.Int[0, Actors - 1].Array[0, 20])),
        Gen.Enum<Finale>(),
        (application, control, peer, order, finale) => new Sequence(application.Item1, application.Item2, control, peer, order, finale));

    private static Gen<Step> Of(StepKind kind, Gen<int>? amount = null)
        => (amount ?? Gen.Const(0)).Select(n => new Step(kind, n));
}
