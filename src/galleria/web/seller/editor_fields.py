"""What a section of the product editor is, and what the choices of its fields are read from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from galleria.assets import selectors as assets
from galleria.connecting import selectors as connecting
from galleria.kit.actor import Actor
from galleria.parties import countries
from galleria.publishing import selectors as catalogue
from galleria.releasing import templates
from galleria.releasing.figures import figures_at
from galleria.selling import selectors as selling
from galleria.web.seller.editor_form import Field, Options, Text

ASSET_KINDS = {"image": ("image",), "saas": ("saas_site",), "license": ("package", "container")}


@dataclass(frozen=True)
class Surroundings:
    """What the choices of fields are read from; each list is read once and only when it is shown."""

    actor: Actor
    seller_pk: int
    method: str
    at: datetime

    @cached_property
    def categories(self) -> Options:
        found: list[tuple[str, Text]] = [("", _("Choose a category"))]
        for top in catalogue.category_tree():
            if not top.children:
                found.append((top.path, top.name))
            found += [(child.path, f"{top.name} › {child.name}") for child in top.children]
        return found

    @cached_property
    def tags(self) -> Options:
        """Those of the operator's list; none: any may be written."""
        return [(each, each) for each in figures_at(self.at).tags]

    @cached_property
    def licences(self) -> Options:
        language = "zh" if (get_language() or "").startswith("zh") else "en"
        known = [(each.key, _title(getattr(each.name, language) or each.name.en)) for each in templates.agreements()]
        return [("", _("A text of your own, below")), *known]

    @cached_property
    def addresses(self) -> Options:
        rows = connecting.addresses_of(self.actor)
        return [("", _("Choose a proven address")), *((row.public_id, row.url) for row in rows)]

    @cached_property
    def assets(self) -> Options:
        """Approved versions of assets that this delivery method can deliver."""
        found: list[tuple[str, Text]] = [("", _("Choose an asset"))]
        for kind in ASSET_KINDS.get(self.method, ()):
            for asset in assets.approved_assets(self.actor, kind):
                found += _versions(asset)
        return found

    @cached_property
    def sold_in(self) -> Options:
        """Countries in which the seller may sell; those of parties that are not certified are left out."""
        allowed = selling.certified_countries(self.seller_pk)
        return [(code, name) for code, name in countries.choices() if allowed is None or code in allowed]


def _title(text: str) -> str:
    """The name of a template without its places to be filled."""
    return text.replace("{product}", str(_("this product"))).replace("{seller}", str(_("your company")))


def _versions(asset: Any) -> list[tuple[str, Text]]:
    return [(version.public_id, f"{asset.name} {version.label}") for version in asset.approved]


@dataclass(frozen=True)
class Section:
    """One page of the editor."""

    key: str
    label: Text
    note: Text
    fields: tuple[Field, ...] = ()
    methods: frozenset[str] | None = None
    icon: str = "file"

    @property
    def keys(self) -> frozenset[str]:
        """The fields of the document that are edited here."""
        found = {field.top for field in self.fields}
        return frozenset(found | {"specifications"}) if self.key == "specifications" else frozenset(found)

    def is_for(self, method: str) -> bool:
        return self.methods is None or method in self.methods


def section_of(path: str, sections: Iterable[Section]) -> Section | None:
    """The section in which a path of the document is edited."""
    top = path.partition(".")[0]
    return next((each for each in sections if top in each.keys), None)
