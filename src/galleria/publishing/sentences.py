"""Sentences of the audit record for the catalogue; `config.wiring` registers them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

SENTENCES = {
    "catalogue.imported": _("{actor} imported a catalogue"),
    "category.added": _("{actor} added the category {object}"),
    "category.changed": _("{actor} changed the category {object}"),
    "category.moved": _("{actor} moved the category {object}"),
    "category.removed": _("{actor} removed the category {object}"),
    "catalogue.popular": _("{actor} arranged the popular applications"),
    "product.publish": _("{actor} put {object} on sale"),
    "product.hide": _("{actor} hid {object} from lists and search"),
    "product.show": _("{actor} listed {object} again"),
    "product.remove": _("{actor} ended the sale of {object}"),
    "requirement.submitted": _("{actor} submitted the requirement {object}"),
}
