"""The API: routers per audience over the same services as the pages, `/api/v1`."""
