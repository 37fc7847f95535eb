"""Sentences of the audit record; `config.wiring` registers them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from galleria.kit.errors import Text

SENTENCES: dict[str, Text] = {
    "asset.added": _("{actor} added asset {object}"),
    "asset.changed": _("{actor} changed asset {object}"),
    "asset.deleted": _("{actor} deleted asset {object}"),
    "asset.site_verified": _("{actor} proved site {object}"),
    "asset.version_added": _("{actor} added version {object}"),
    "asset.version_changed": _("{actor} changed version {object}"),
    "asset.version_uploaded": _("{actor} uploaded the file of {object}"),
    "asset.version_submitted": _("{actor} had {object} scanned"),
    "asset.version_approved": _("{actor} approved {object}"),
    "asset.version_rejected": _("{actor} rejected {object}"),
    "asset.scan_broken": _("the scan of {object} broke off"),
    "asset.version_deleted": _("{actor} deleted version {object}"),
}
