using Support.Processes;

namespace Package.Tests;

/// <summary>
/// Two new applications that take the package from the folder: one calls it, the other only references it. Built once, from a
/// package cache of their own, so that no earlier package of the same version is used.
/// </summary>
public sealed class Consumers(PackedLibrary library) : IAsyncLifetime
{
    /// <summary>Says where each request is served.</summary>
    private const string Serve = """
        var app = builder.Build();
        app.Run(context => context.Response.WriteAsync(
            Thread.CurrentThread.IsThreadPoolThread ? "pool"
            : Thread.CurrentThread.Name == context.Connection.Id ? "its own"
            : "another"));
        app.Run();
        """;

    private string Folder => Path.Combine(library.Folder, "consumers");

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(Folder);
        await File.WriteAllTextAsync(Path.Combine(Folder, "nuget.config"), $"""
            <configuration>
              <config>
                <add key="globalPackagesFolder" value="packages" />
              </config>
              <packageSources>
                <add key="folder" value="{library.Feed}" />
              </packageSources>
              <packageSourceMapping>
                <packageSource key="folder">
                  <package pattern="ThreadTransport" />
                </packageSource>
              </packageSourceMapping>
            </configuration>
            """);
        await WriteAsync("Calls", $"""
            var builder = WebApplication.CreateBuilder(args);
            builder.WebHost.UseThreadTransport();
            {Serve}
            """);
        await WriteAsync("References", $"""
            var builder = WebApplication.CreateBuilder(args);
            {Serve}
            """);
        await File.WriteAllTextAsync(Path.Combine(Folder, "Both.slnx"), """
            <Solution>
              <Project Path="Calls/Calls.csproj" />
              <Project Path="References/References.csproj" />
            </Solution>
            """);
        await Sdk.RunAsync(Folder, "build", "Both.slnx");
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>How to start one of them, on a free port.</summary>
    public ChildCommand Command(string name, params (string Name, string Value)[] environment)
        => ChildCommand.Dotnet(Path.Combine(Folder, name, "bin", "Debug", "net10.0", $"{name}.dll"), "--urls", "http://127.0.0.1:0") with
        {
            WorkingDirectory = Folder,
            Environment = environment.ToDictionary(variable => variable.Name, variable => (string?)variable.Value),
        };

    private async Task WriteAsync(string name, string program)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Folder, name)).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "Program.cs"), program);
        await File.WriteAllTextAsync(Path.Combine(folder, $"{name}.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk.Web">
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
                <UseAppHost>false</UseAppHost>
                <NuGetAudit>false</NuGetAudit>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="ThreadTransport" Version="{library.Version}" />
              </ItemGroup>
            </Project>
            """);
    }
}
