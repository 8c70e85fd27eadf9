using System.Net;

namespace PipeClient.Load.Connecting;

/// <summary>A source address is none of this machine's.</summary>
internal sealed class NotLocalAddressException(IPAddress source, Exception inner) : Exception(source.ToString(), inner);
