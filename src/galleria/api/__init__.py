"""The API: routers per audience over the same services as the pages, `/api/v1`.

An endpoint is declared in `routers/` with the permission that it needs; `endpoints` adds what all have in common:
who asks (`auth`), how often (`limits`), repeatable writes, and refusals as problem details (`problems`).
`document` tells all of it as OpenAPI.
"""
