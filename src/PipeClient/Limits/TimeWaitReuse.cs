namespace PipeClient.Limits;

/// <summary>The values of net.ipv4.tcp_tw_reuse.</summary>
internal enum TimeWaitReuse
{
    Never,
    Always,

    /// <summary>Linux's default.</summary>
    OnLoopback,
}
