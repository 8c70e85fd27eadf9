using Microsoft.Extensions.Configuration;

namespace KestrelAsyncEcho.Settings;

/// <summary>The options of the command line as a layer of the configuration that remembers which option set which key.</summary>
internal sealed class CommandLineSource(IReadOnlyDictionary<string, (string Option, string Value)> given) : IConfigurationSource
{
    public IConfigurationProvider Build(IConfigurationBuilder builder) => new Provider(given);

    internal sealed class Provider : ConfigurationProvider
    {
        private readonly IReadOnlyDictionary<string, (string Option, string Value)> _given;

        public Provider(IReadOnlyDictionary<string, (string Option, string Value)> given)
        {
            _given = given;
            foreach (var (key, (_, value)) in given)
            {
                Set(key, value);
            }
        }

        public string OptionOf(string key) => _given[key].Option;
    }
}
