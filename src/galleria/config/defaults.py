"""Basic data that every marketplace starts with: what is missing is added, nothing else is changed.

Agreements, categories, tax rates and products come with the catalogue (`galleria import`).
"""

from __future__ import annotations

from django.conf import settings


def install() -> None:
    """Name the site, as the sign-in library does in its mails; the operator itself signs with sellers."""
    from django.contrib.sites.models import Site

    from galleria.kit import clock
    from galleria.selling import services as selling

    host = str(settings.GALLERIA_SITE_URL).split("://", 1)[-1]
    Site.objects.update_or_create(
        pk=settings.SITE_ID, defaults={"domain": host[:100], "name": settings.GALLERIA.site_name[:50]}
    )
    selling.install_default_party(at=clock.now())
