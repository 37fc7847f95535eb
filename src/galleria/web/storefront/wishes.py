"""Filters of the results page: from the address to wishes and back, and the facets with their links."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlencode

from babel import Locale
from django.conf import settings
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from galleria.publishing import rules
from galleria.publishing.rules import SORTS, Wishes
from galleria.publishing.selectors import CategoryNode, Results
from galleria.web import words
from galleria.web.formats import babel_locale, number

MAX_TEXT = 200
MAX_VALUES = 20
MAX_PAGE = 50
_FIXED: Mapping[str, tuple[str, ...]] = {
    "price": rules.BAND_KEYS,
    "terms": ("trial", "free"),
    "score": tuple(str(score) for score in rules.SCORES),
}
SORT_NAMES: Mapping[str, str | Promise] = {
    "relevance": gettext_lazy("Relevance"),
    "newest": gettext_lazy("Newest"),
    "price": gettext_lazy("Price, low first"),
    "price-desc": gettext_lazy("Price, high first"),
    "sales": gettext_lazy("Most sold"),
}


def read(query: QueryDict, category: str = "") -> Wishes:
    """Wishes from the address. Values that do not exist are left out, never an error."""
    chosen = {name: _values(query, name) for name in rules.FILTERS}
    sort = query.get("sort", "")
    return Wishes(
        text=" ".join(query.get("q", "").replace("\x00", " ").split())[:MAX_TEXT],
        category=category,
        sort=sort if sort in SORTS else "relevance",  # type: ignore[arg-type]
        page=min(_whole(query.get("page", "")) or 1, MAX_PAGE),
        least=_whole(query.get("min", "")),
        most=_whole(query.get("max", "")),
        **chosen,
    )


def _values(query: QueryDict, name: str) -> tuple[str, ...]:
    given = [value[:160] for value in query.getlist(name)[:MAX_VALUES] if value and "\x00" not in value]
    known = _FIXED.get(name)
    return tuple(dict.fromkeys(value for value in given if known is None or value in known))


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None


class Address:
    """Links of a results page: the present wishes with one thing changed."""

    def __init__(self, path: str, wishes: Wishes, compare: Iterable[str] = ()) -> None:
        self.path = path
        self.wishes = wishes
        pairs: list[tuple[str, str]] = [("q", wishes.text)] if wishes.text else []
        pairs += [(name, value) for name in rules.FILTERS for value in wishes.chosen(name)]
        pairs += [("min", str(wishes.least))] if wishes.least is not None else []
        pairs += [("max", str(wishes.most))] if wishes.most is not None else []
        self.filters = pairs
        self.sort = [("sort", wishes.sort)] if wishes.sort != "relevance" else []
        self.compare = [("compare", slug) for slug in compare]

    def _to(self, pairs: list[tuple[str, str]], path: str = "") -> str:
        return f"{path or self.path}?{urlencode(pairs)}" if pairs else path or self.path

    def toggled(self, name: str, value: str) -> str:
        """With a filter's value on or off; from the first page again."""
        pair = (name, value)
        pairs = [each for each in self.filters if each != pair]
        return self._to((pairs if len(pairs) < len(self.filters) else [*pairs, pair]) + self.sort + self.compare)

    def without(self, *names: str) -> str:
        """Without these filters."""
        return self._to([pair for pair in self.filters if pair[0] not in names] + self.sort + self.compare)

    def cleared(self) -> str:
        """Without any filter, with the text."""
        return self._to([pair for pair in self.filters if pair[0] == "q"] + self.sort + self.compare)

    def page(self, number: int) -> str:
        more = [("page", str(number))] if number > 1 else []
        return self._to(self.filters + self.sort + more + self.compare)

    def comparing(self, slug: str) -> str:
        """With a product put into the comparison or taken out, on the same page."""
        pair = ("compare", slug)
        pairs = [each for each in self.compare if each != pair]
        pairs = pairs if len(pairs) < len(self.compare) else [*pairs, pair]
        more = [("page", str(self.wishes.page))] if self.wishes.page > 1 else []
        return self._to(self.filters + self.sort + more + pairs)

    def category(self, path: str) -> str:
        """The same question in a category (or everywhere), where its own sub-categories can be chosen."""
        pairs = [pair for pair in self.filters if pair[0] != "sub"] + self.sort + self.compare
        return self._to(pairs, f"/c/{path}" if path else "/search")

    def hidden(self, *names: str) -> list[tuple[str, str]]:
        """Fields that a form must carry along, without these."""
        return [pair for pair in self.filters + self.sort + self.compare if pair[0] not in names]


@dataclass(frozen=True)
class Option:
    label: str | Promise
    count: int
    href: str
    is_on: bool = False
    room: str = ""


@dataclass(frozen=True)
class Facet:
    key: str
    title: str | Promise
    options: list[Option]
    is_open: bool = True
    is_single: bool = False


@lru_cache(maxsize=64)
def _territories(language: str) -> Mapping[str, str]:
    return dict(Locale.parse(babel_locale(language)).territories)


def country_name(code: str, language: str) -> str:
    """A country in the reader's language."""
    return _territories(language).get(code, code)


def facets(found: Results, address: Address, tree: list[CategoryNode], language: str) -> list[Facet]:
    """The facets of a page with counts; those that cannot divide anything are left out."""
    made = [_rooms(found, address, tree)] if not found.wishes.category else [_subs(found, address, tree)]
    names: dict[str, str | Promise] = {
        "delivery": gettext_lazy("Delivered as"),
        "price": _price_title(),
        "terms": gettext_lazy("Free or on trial"),
        "mode": gettext_lazy("How it is paid"),
        "seller": gettext_lazy("Seller"),
        "os": gettext_lazy("Operating system"),
        "score": gettext_lazy("Score"),
        "country": gettext_lazy("Sold in"),
    }
    opened = {"delivery", "price", "terms"}
    for key, title in names.items():
        options = _options(key, found, address, language)
        useful = len(options) > 1 or any(option.is_on for option in options) or (options and key in {"terms", "score"})
        if useful:
            is_on = any(option.is_on for option in options)
            made.append(Facet(key, title, options, is_open=key in opened or is_on))
    return [facet for facet in made if facet.options]


def _price_title() -> str:
    return _("Price in %(currency)s") % {"currency": settings.GALLERIA.currency}


def _rooms(found: Results, address: Address, tree: list[CategoryNode]) -> Facet:
    counts = found.counts.get("top", {})
    options = [
        Option(node.name, counts[node.path], address.category(node.path), room=node.room)
        for node in tree
        if counts.get(node.path)
    ]
    options.sort(key=lambda option: -option.count)
    return Facet("top", gettext_lazy("Room"), options, is_single=True)


def _subs(found: Results, address: Address, tree: list[CategoryNode]) -> Facet:
    counts = found.counts.get("sub", {})
    top = next((node for node in tree if node.path == found.wishes.category.split("/")[0]), None)
    if top is None or "/" in found.wishes.category:
        return Facet("sub", "", [])
    chosen = found.wishes.sub
    options = [
        Option(node.name, counts.get(node.path, 0), address.toggled("sub", node.path), node.path in chosen)
        for node in top.children
        if counts.get(node.path) or node.path in chosen
    ]
    return Facet("sub", top.name, options)


def _options(key: str, found: Results, address: Address, language: str) -> list[Option]:
    counts = found.counts.get(key, {})
    chosen = found.wishes.chosen(key)
    if key in _FIXED:
        values: list[str] = [value for value in _FIXED[key] if counts.get(value) or value in chosen]
    else:
        ranked = sorted(counts, key=lambda value: (-counts[value], value))[: 12 if key == "seller" else 16]
        values = ranked + [value for value in chosen if value not in ranked]
    return [
        Option(label(key, value, found, language), counts.get(value, 0), address.toggled(key, value), value in chosen)
        for value in values
    ]


def label(key: str, value: str, found: Results, language: str) -> str:
    """A filter's value in words."""
    match key:
        case "delivery":
            return str(words.DELIVERY_TYPES.get(value, value))
        case "mode":
            return str(words.BILLING_MODES.get(value, value))
        case "seller":
            return found.seller_names.get(value, value)
        case "country":
            return country_name(value, language)
        case "score":
            return _("%(score)s and more") % {"score": f"{int(value) / 100:.1f}"}
        case "terms":
            return _("Free trial") if value == "trial" else pgettext("price", "Free")
        case "price":
            low, high = (number(end) for end in rules.PRICE_BANDS[1:])
            return {
                "free": pgettext("price", "Free"),
                "50": _("Up to %(most)s") % {"most": low},
                "250": _("%(least)s to %(most)s") % {"least": low, "most": high},
                "over": _("Over %(least)s") % {"least": high},
            }[value]
    return value


def chips(found: Results, address: Address, tree: list[CategoryNode], language: str) -> list[tuple[str, str]]:
    """The filters that are on, each with the address without it."""
    names = {child.path: child.name for top in tree for child in top.children}
    on: list[tuple[str, str]] = []
    for key in rules.FILTERS:
        for value in found.wishes.chosen(key):
            words_of = names.get(value, value) if key == "sub" else label(key, value, found, language)
            on.append((words_of, address.toggled(key, value)))
    if found.wishes.least is not None or found.wishes.most is not None:
        least, most = number(found.wishes.least or 0), number(found.wishes.most) if found.wishes.most else "…"
        on.append((f"{least} – {most} {settings.GALLERIA.currency}", address.without("min", "max")))
    return on
