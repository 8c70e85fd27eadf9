using Microsoft.AspNetCore.Hosting;

namespace Support;

/// <summary>A transport under test. <see cref="object.ToString"/> gives the name that the test's row shows.</summary>
public interface ITransport
{
    string Name { get; }

    /// <summary>Registers the transport's listener factory so that it wins over those registered before.</summary>
    void Use(IWebHostBuilder host, TransportSettings settings);
}
