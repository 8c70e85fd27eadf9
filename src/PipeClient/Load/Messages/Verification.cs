namespace PipeClient.Load.Messages;

/// <summary>How much of a reply is compared with what was sent.</summary>
internal enum Verification
{
    /// <summary>Every byte.</summary>
    Full,

    /// <summary>Only that as many bytes come back as were sent, and no more.</summary>
    Length,

    /// <summary>As the length, and bytes beyond it are nobody's fault either.</summary>
    None,
}
