using System.IO.Compression;
using System.Reflection.Metadata;
using System.Xml.Linq;

namespace Package.Tests;

/// <summary>What is in the package, and what it says of itself.</summary>
[Collection(nameof(Packed))]
public sealed class PackageContentTests(PackedLibrary library)
{
    [Fact]
    public void Package_Opened_HasTheLibraryItsDocumentationAndAReadme()
    {
        using var package = ZipFile.OpenRead(library.Package);
        var files = package.Entries.Select(entry => entry.FullName).ToList();

        Assert.Contains("lib/net10.0/ThreadTransport.dll", files);
        Assert.Contains("lib/net10.0/ThreadTransport.xml", files);
        Assert.Contains("README.md", files);
        Assert.Equal(
            ["lib/net10.0/"],
            files.Where(file => file.StartsWith("lib/", StringComparison.Ordinal)).Select(file => file[..12]).Distinct());
    }

    [Fact]
    public void Nuspec_Read_NamesLicenseReadmeAndCommitAndDependsOnTheFrameworkAlone()
    {
        using var package = ZipFile.OpenRead(library.Package);
        using var stream = package.GetEntry("ThreadTransport.nuspec")!.Open();
        var nuspec = XDocument.Load(stream);
        XElement Only(string name) => Assert.Single(nuspec.Descendants(), element => element.Name.LocalName == name);

        Assert.Equal("ThreadTransport", Only("id").Value);
        Assert.Equal("MIT", Only("license").Value);
        Assert.Equal("README.md", Only("readme").Value);
        Assert.NotEmpty(Only("description").Value);
        Assert.Equal("Microsoft.AspNetCore.App", Only("frameworkReference").Attribute("name")?.Value);
        Assert.DoesNotContain(nuspec.Descendants(), element => element.Name.LocalName == "dependency");
    }

    [Fact]
    public void Readme_OfThePackage_HasNoLinksThatLeadNowhere()
    {
        using var package = ZipFile.OpenRead(library.Package);
        using var reader = new StreamReader(package.GetEntry("README.md")!.Open());

        Assert.DoesNotContain("](", reader.ReadToEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Symbols_Read_NameNoFolderOfTheMachineAndCarryTheSources()
    {
        using var package = await ZipFile.OpenReadAsync(library.Symbols);
        using var portable = new MemoryStream();
        await using (var stream = await package.GetEntry("lib/net10.0/ThreadTransport.pdb")!.OpenAsync())
        {
            await stream.CopyToAsync(portable);
        }

        portable.Position = 0;
        using var provider = MetadataReaderProvider.FromPortablePdbStream(portable);
        var reader = provider.GetMetadataReader();

        Assert.NotEmpty(reader.Documents);
        Assert.All(reader.Documents, handle =>
        {
            Assert.StartsWith("/_/", reader.GetString(reader.GetDocument(handle).Name), StringComparison.Ordinal);
            Assert.NotEmpty(reader.GetCustomDebugInformation(handle));
        });
    }

    [Fact]
    public async Task Library_BuiltInAnotherFolder_IsTheSameBytes()
    {
        var artifacts = Path.Combine(library.Folder, "again");
        await Sdk.RunAsync(library.Folder, "build", PackedLibrary.Project, "-c", "Release", "--artifacts-path", artifacts);
        using var package = await ZipFile.OpenReadAsync(library.Package);
        using var packed = new MemoryStream();
        await using (var stream = await package.GetEntry("lib/net10.0/ThreadTransport.dll")!.OpenAsync())
        {
            await stream.CopyToAsync(packed);
        }

        var built = await File.ReadAllBytesAsync(Path.Combine(artifacts, "bin", "ThreadTransport", "release", "ThreadTransport.dll"));
        Assert.True(built.AsSpan().SequenceEqual(packed.ToArray()));
    }
}
