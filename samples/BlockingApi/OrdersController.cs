using System.Text.Json;
using Microsoft.AspNetCore.Mvc;

namespace BlockingApi;

/// <summary>Takes orders: reads the request's body, asks the warehouse and writes to the database, and waits for each.</summary>
[ApiController]
[Route("orders")]
public sealed class OrdersController(Shop shop, Warehouse warehouse) : ControllerBase
{
    [HttpPost]
    public IActionResult Post()
    {
        Order? order;
        try
        {
            order = JsonSerializer.Deserialize<Order>(Request.Body, JsonSerializerOptions.Web);
        }
        catch (JsonException)
        {
            return BadRequest();
        }

        if (order is not { Quantity: > 0 } || shop.Product(order.Product) is null)
        {
            return BadRequest();
        }

        if (warehouse.InStock(order.Product) < order.Quantity)
        {
            return Conflict();
        }

        return Created((string?)null, new { Id = shop.Add(order) });
    }
}
