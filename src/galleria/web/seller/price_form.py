"""The form of one specification: its own fields, what buyers choose, the table of prices (screen S5)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from copy import deepcopy
from decimal import Decimal
from typing import Any

from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from galleria.kit.errors import Invalid
from galleria.publishing.catalogue_file import checks
from galleria.releasing.rules import price_grid
from galleria.releasing.rules.price_grid import Combination, Fill, Grid, Offer, Place
from galleria.web.seller import editor_form
from galleria.web.seller.editor_form import Document, Field
from galleria.web.seller.editor_sections import SOLD

OPTION = (
    Field("name", gettext_lazy("Option"), translated=True, most=80),
    Field("key", pgettext_lazy("in the document", "Code"), narrow=True, most=80),
)
ATTRIBUTE = (
    Field("name", gettext_lazy("Name"), translated=True, most=120),
    Field(
        "key",
        pgettext_lazy("in the document", "Code"),
        most=80,
        narrow=True,
        help=gettext_lazy("Made from the name when empty. Orders carry it; do not change it after release."),
    ),
    Field("kind", gettext_lazy("Kind"), look="choice"),
    Field("options", gettext_lazy("Options"), look="rows", item=gettext_lazy("option"), tight=True, fields=OPTION),
    Field("minimum", gettext_lazy("Smallest"), look="number", narrow=True),
    Field("maximum", gettext_lazy("Largest"), look="number", narrow=True),
    Field("step", gettext_lazy("In steps of"), look="number", narrow=True),
    Field("unit", gettext_lazy("Unit"), translated=True, most=40, help=gettext_lazy("One of it, as in “per seat”.")),
)
FIELDS = (
    Field("name", gettext_lazy("Name"), translated=True, most=120, required=True,
          help=gettext_lazy("What buyers choose between: Basic, Team, Enterprise.")),
    Field("summary", gettext_lazy("In one sentence"), translated=True, most=200),
    Field("features", gettext_lazy("What it contains"), look="pairs", lines=5, translated=True,
          help=gettext_lazy("One a line, “Servers: 25”. Shown side by side with the other specifications.")),
    Field("key", pgettext_lazy("in the document", "Code"), most=80, narrow=True, fixed=True,
          help=gettext_lazy("Made from the name when empty; fixed after release.")),
    Field("asset", gettext_lazy("Delivered asset"), look="select", narrow=True,
          methods=frozenset({"image", "license", "saas"}), options=lambda each: each.assets),
    Field("restricted", gettext_lazy("Only for named accounts"), look="check", methods=SOLD,
          help=gettext_lazy("You name them on the product's page after the release.")),
    Field("attributes", gettext_lazy("What buyers choose"), look="rows", item=gettext_lazy("dimension"),
          most_rows=6, fields=ATTRIBUTE),
)  # fmt: skip
_PLACE = re.compile(r"^p\.(\d{1,3})\.(\d{1,2})\.([a-z0-9:,-]{0,400})$", re.ASCII)
MOST_FACTOR = 1_000_000  # percent, or times what another way of paying costs
_SLUG = re.compile(r"^[a-z0-9]+(-[a-z0-9]+)*$", re.ASCII)


def token(combination: Combination) -> str:
    """A combination in the names of fields."""
    return ",".join(f"{key}:{option}" for key, option in combination)


def _combination(text: str) -> Combination:
    pairs = [part.partition(":") for part in text.split(",") if ":" in part]
    return tuple((key, option) for key, _colon, option in pairs)


def read(data: Any, before: Document, number: int, currency: str) -> tuple[Document, Grid]:
    """A specification with what the form says, and its table."""
    prefix = f"specifications.{number}."
    after = with_keys(editor_form.read(FIELDS, data, before, prefix))
    known = Grid.of(before, currency)
    offers, before_codes = offers_of(data)
    given: dict[Place, str] = {}
    for to, at in enumerate(_origins(known, offers, before_codes)):
        for (offer, band, combination), amount in known.amounts.items():
            if offer == at:
                given[to, band, combination] = amount
    for name in data:
        place = _PLACE.match(name)
        if place and int(place[1]) < len(offers) and int(place[2]) < len(offers[int(place[1])].bands):
            given[int(place[1]), int(place[2]), _combination(place[3])] = typed(str(data[name]))
    empty = Grid.of({**after, "prices": []}, currency)
    chosen = str(data.get("currency", ""))
    grid = Grid(
        empty.choices, empty.quantities, offers, price_grid.moved(empty, empty.combinations, given), {},
        chosen if re.fullmatch(r"[A-Z]{3}", chosen) else known.currency,
    )  # fmt: skip
    return with_prices(after, grid), grid


def _origins(known: Grid, offers: list[Offer], codes: list[str]) -> list[int]:
    """Which of the stored ways of paying each of the form's ways was (-1: none): its prices on other pages stay."""
    left = list(range(len(known.offers)))
    found = []
    for offer, code in zip(offers, codes, strict=True):
        at = next((at for at in left if known.offers[at].code in {code, offer.code}), -1)
        if at >= 0:
            left.remove(at)
        found.append(at)
    return found


def typed(text: str) -> str:
    """An amount as typed, without spaces; a decimal comma is a point."""
    plain = text.replace("\x00", "").replace("\u00a0", "").strip()[:24]
    return plain.replace(",", ".") if plain.count(",") == 1 and "." not in plain else plain.replace(" ", "")


def with_prices(specification: Document, grid: Grid) -> Document:
    """The specification with the prices of a table."""
    after = deepcopy(specification)
    editor_form.put(after, "prices", grid.prices())
    return after


def offers_of(data: Any) -> tuple[list[Offer], list[str]]:
    """The ways of paying of the form, and the code that each of them had when the form was made."""
    offers, codes = [], []
    for number in range(min(_whole(data.get("offers.rows")), 30)):
        name = f"offers.{number}."
        mode, _colon, period = str(data.get(f"{name}kind", "")).partition(":")
        if mode not in {kind.partition(":")[0] for kind in price_grid.MODES}:
            continue
        model = str(data.get(f"{name}model", "simple"))
        model = model if model in price_grid.MODELS else "simple"
        offers.append(
            Offer(
                mode=mode,
                period=period,
                terms=tuple(sorted({_whole(term) for term in data.getlist(f"{name}terms")} - {0})),
                model=model,
                quantity=str(data.get(f"{name}quantity", ""))[:80] if model != "simple" else "",
                meter=str(data.get(f"{name}meter", "")).strip()[:60] if mode in price_grid.METERED else "",
                included=_whole(data.get(f"{name}included")),
                ends=ends_of(str(data.get(f"{name}bands", ""))) if model in price_grid.BANDED else (None,),
            )
        )
        codes.append(str(data.get(f"{name}was", "")))
    return offers, codes


def _whole(text: Any) -> int:
    said = str(text or "").strip()
    return int(said) if said.isascii() and said.isdigit() and len(said) < 10 else 0


def ends_of(text: str) -> tuple[int | None, ...]:
    """Upper ends of bands from "10, 25": up to 10, up to 25, and more."""
    ends: list[int] = []
    for part in re.split(r"[,;\s]+", text):
        if _whole(part):
            ends.append(_whole(part))
    return (*sorted(set(ends))[:49], None)


def ends_text(offer: Offer) -> str:
    """The same back."""
    return ", ".join(str(end) for end in offer.ends if end is not None)


# --- codes --------------------------------------------------------------------------------------------------
def with_keys(specification: Document) -> Document:
    """Codes where they are missing, made from names; of choices and quantities only what belongs to them."""
    after = deepcopy(specification)
    attributes = after.get("attributes")
    for position, each in enumerate(_given(attributes)):
        each["kind"] = "quantity" if each.get("kind") == "quantity" else "choice"
        wrong = ("options",) if each["kind"] == "quantity" else ("minimum", "maximum", "step", "unit")
        for name in wrong:
            each.pop(name, None)
        _key(each, _given(attributes), f"choice-{position + 1}")
        options = _given(each.get("options"))
        for place, option in enumerate(options):
            _key(option, options, f"option-{place + 1}")
    return after


def _given(rows: Any) -> list[Document]:
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _key(row: Document, siblings: Iterable[Document], otherwise: str) -> None:
    if not row.get("key"):
        row["key"] = free_key(price_grid.word(row.get("name")), [other.get("key") for other in siblings], otherwise)


def free_key(name: str, taken: Iterable[Any], otherwise: str) -> str:
    """A code from a name that is not taken yet."""
    used = set(taken)
    start = slugify(name)[:60].strip("-")
    start = start if _SLUG.match(start) else otherwise
    key, number = start, 2
    while key in used:
        key, number = f"{start}-{number}", number + 1
    return key


# --- filling many places ------------------------------------------------------------------------------------
def fill_of(data: Any, grid: Grid) -> Fill:
    """What the fields of *Fill* ask for. Raises Invalid."""
    at, source = _whole(data.get("fill.offer")), _whole(data.get("fill.source"))
    how = str(data.get("fill.how", "set"))
    text = str(data.get("fill.value", "")).strip()
    sign = -1 if how == "percent" and text.startswith(("-", "\u2212")) else 1
    value = price_grid.number_of(text.lstrip("-\u2212+").removesuffix("%"))
    if value is None or (how != "set" and value > MOST_FACTOR):
        raise Invalid(fields={"fill-value": _("Give an amount to fill in, such as 9.00.")})
    if at >= len(grid.offers) or source >= len(grid.offers) or how not in {"set", "percent", "times"}:
        raise Invalid(fields={"fill-offer": _("Choose what is to be filled.")})
    key, colon, option = str(data.get("fill.only", "")).partition(":")
    return Fill(at, how, Decimal(sign) * value, source, (key, option) if colon else None, bool(data.get("fill.empty")))


def modes_for(method: str, offers: Iterable[Offer]) -> list[str]:
    """Ways of paying that can still be added for a delivery method; metered ones as often as there are meters."""
    there = {offer.kind for offer in offers}
    allowed = checks.MODES.get(method, frozenset()) if method != "consulting" else frozenset()  # shown, not sold
    return [
        kind for kind in price_grid.MODES
        if kind.partition(":")[0] in allowed and (kind not in there or kind in price_grid.METERED)
    ]  # fmt: skip


def summary_of(specification: Mapping[str, Any], currency: str) -> dict[str, Any]:
    """A specification in a list: how many combinations, how many of them are sold, the lowest price."""
    grid = Grid.of(specification, currency)
    amounts = [value for text in grid.amounts.values() if (value := price_grid.number_of(text)) is not None]
    return {
        "name": price_grid.word(specification.get("name")),
        "key": specification.get("key", ""),
        "state": specification.get("state", "on_sale"),
        "combinations": len(grid.combinations),
        "sold": grid.sold,
        "offers": [offer.kind for offer in grid.offers],
        "lowest": f"{price_grid.amount_text(min(amounts), grid.currency)} {grid.currency}" if amounts else "",
        "choices": [name for _key, name, _options in grid.choices] + [name for _key, name, *_r in grid.quantities],
    }
