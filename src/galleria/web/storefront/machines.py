"""What programs fetch: pictures, the sitemap, rules for robots, the icon."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape

from django.conf import settings
from django.core.files.storage import default_storage
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.views.decorators.http import require_safe

from galleria.kit.errors import NotFound
from galleria.publishing import selectors
from galleria.web.formats import static

_NAME = re.compile(r"^logos/[a-z0-9-]{1,160}\.(svg|png|webp)$", re.ASCII)
_TYPES = {"svg": "image/svg+xml", "png": "image/png", "webp": "image/webp"}
_ROBOTS = """User-agent: *
Disallow: /account/
Disallow: /buyer/
Disallow: /operator/
Disallow: /api/
Disallow: /find
Disallow: /preferences
Disallow: /compare
Disallow: /requirements/
Allow: /

Sitemap: {site}/sitemap.xml
"""


@require_safe
def media(request: HttpRequest, name: str) -> HttpResponse | FileResponse:
    """A stored logo. Its name contains a digest of its content, so browsers keep it for ever."""
    if not _NAME.match(name) or not default_storage.exists(name):
        raise NotFound
    response = FileResponse(default_storage.open(name), content_type=_TYPES[name.rsplit(".", 1)[1]])
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    # A drawing that is opened by itself may not run or load anything.
    response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    return response


@require_safe
def sitemap(request: HttpRequest) -> StreamingHttpResponse:
    """Home, categories and every listed product."""
    site = settings.GALLERIA_SITE_URL

    def lines() -> list[str]:
        made = [
            '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
        ]
        made.append(f"<url><loc>{site}/</loc></url>\n")
        for top in selectors.category_tree():
            for node in [top, *top.children]:
                made.append(f"<url><loc>{escape(site)}/c/{escape(node.path)}</loc></url>\n")
        for slug, changed in selectors.sitemap():
            made.append(
                f"<url><loc>{site}/products/{slug}</loc><lastmod>{changed.date().isoformat()}</lastmod></url>\n"
            )
        made.append("</urlset>\n")
        return made

    return StreamingHttpResponse(lines(), content_type="application/xml; charset=utf-8")


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    return HttpResponse(_ROBOTS.format(site=settings.GALLERIA_SITE_URL), content_type="text/plain; charset=utf-8")


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    return HttpResponseRedirect(static("img/favicon.svg"))
