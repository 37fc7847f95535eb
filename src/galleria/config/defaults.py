"""Basic data that every marketplace starts with. Each installer adds what is missing and changes nothing else."""

from __future__ import annotations

from importlib import import_module

from django.conf import settings
from django.db import transaction

from galleria.kit import clock

INSTALLERS: tuple[str, ...] = ()
"""Modules with `install(at)`, lower packages first."""


def install() -> None:
    """Run every installer, all or nothing."""
    at = clock.now()
    with transaction.atomic():
        _name_the_site()
        for name in INSTALLERS:
            import_module(name).install(at)


def _name_the_site() -> None:
    """The sign-in library names the site in its mails."""
    from django.contrib.sites.models import Site

    host = str(settings.GALLERIA_SITE_URL).split("://", 1)[-1]
    Site.objects.update_or_create(
        pk=settings.SITE_ID, defaults={"domain": host[:100], "name": settings.GALLERIA.site_name[:50]}
    )
