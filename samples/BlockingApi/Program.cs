using BlockingApi;
using Microsoft.AspNetCore.Mvc;

var builder = WebApplication.CreateBuilder(args);
builder.WebHost.UseThreadTransport();

// As in many applications that were written before everything was asynchronous.
builder.WebHost.ConfigureKestrel(kestrel => kestrel.AllowSynchronousIO = true);
builder.Services.AddSingleton<Shop>();
builder.Services.AddSingleton<Warehouse>();
builder.Services.AddControllers();

var app = builder.Build();
app.Services.GetRequiredService<Shop>().Create();

app.MapGet("/products", (Shop shop) => shop.Products());
app.MapGet("/products/{id:int}", (int id, [FromServices] Shop shop, [FromServices] Warehouse warehouse) =>
    shop.Product(id) is { } product
        ? Results.Ok(new { product.Id, product.Name, product.Price, InStock = warehouse.InStock(product.Id) })
        : Results.NotFound());
app.MapGet("/thread", () => Thread.CurrentThread.IsThreadPoolThread ? "pool" : "dedicated");
app.MapControllers();
app.Run();
