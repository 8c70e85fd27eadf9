namespace PipeClient.Limits;

/// <summary>Something that a run will run into, and what mends it.</summary>
/// <param name="Text">One line: the limit, its value, what is needed, the command.</param>
/// <param name="IsFatal">Whether it is certain to end the run. Otherwise it may slow it down.</param>
internal sealed record Obstacle(string Text, bool IsFatal);
