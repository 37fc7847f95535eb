"""What is pure about the catalogue: how words are made for search, and how hits are filtered, counted, ordered.

One tokenizer serves every database: words of the index and words of the question are made here (B-CAT-001).
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, Final, Literal, NamedTuple

MAX_RANKED: Final = 500
"""So many hits are read, counted and ordered at most; past that the page says "more than"."""

MAX_WORDS: Final = 12
MAX_WORD: Final = 40  # signs
_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7af"
_RUNS = re.compile(rf"[{_CJK}]+|(?:(?![{_CJK}_])\w)+")
_IS_CJK = re.compile(rf"^[{_CJK}]")

Sort = Literal["relevance", "newest", "price", "price-desc", "sales"]
SORTS: tuple[Sort, ...] = ("relevance", "newest", "price", "price-desc", "sales")


# --- words ------------------------------------------------------------------------------------------------
def tokens(text: str) -> list[str]:
    """The words of a text for the index: folded Latin (and other) words, overlapping pairs of CJK signs.

    "Sauvegarde géo" gives sauvegarde, geo; "云备份" gives 云备, 备份, 份 (the last sign stands alone so that every
    sign begins a word).
    """
    found: list[str] = []
    for run in _RUNS.findall(unicodedata.normalize("NFKC", text).casefold()):
        if _IS_CJK.match(run):
            found += [run[at : at + 2] for at in range(len(run))]
        else:
            found.append(_folded(run))
    return found


def query_words(text: str) -> list[str]:
    """The words of a question, each once, at most twelve. A CJK word of one sign matches what begins with it."""
    found: list[str] = []
    for run in _RUNS.findall(unicodedata.normalize("NFKC", text).casefold()):
        if _IS_CJK.match(run):
            found += [run] if len(run) == 1 else [run[at : at + 2] for at in range(len(run) - 1)]
        else:
            found.append(_folded(run))
    return list(dict.fromkeys(found))[:MAX_WORDS]


def is_open_ended(word: str) -> bool:
    """Whether a word of a question stands for everything that begins with it: a single CJK sign."""
    return len(word) == 1 and bool(_IS_CJK.match(word))


def scope_word(path: str) -> str:
    """The word by which the index knows that a product is in a category; readers cannot hit on it by chance."""
    return _stem("c0" + "".join(sign for sign in path.casefold() if sign.isalnum()))


def is_spelt(word: str) -> bool:
    """Whether spelling help makes sense: a word of letters, not a pair of CJK signs or a number."""
    return len(word) > 3 and word.isalpha() and not _IS_CJK.match(word)


def _folded(run: str) -> str:
    """The word as index and question know it; a longer one is known by its beginning, in both alike."""
    return _stem(_without_marks(run))[:MAX_WORD]


def _without_marks(word: str) -> str:
    if word.isascii():
        return word
    parts = unicodedata.normalize("NFD", word)
    return "".join(sign for sign in parts if not unicodedata.combining(sign))


def _stem(word: str) -> str:
    """English plurals meet their singular; nothing cleverer, so that names stay names."""
    if len(word) < 4 or not word.isascii() or not word.endswith("s"):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    return word if word.endswith(("ss", "us", "is")) else word[:-1]


# --- hits -------------------------------------------------------------------------------------------------
class Hit(NamedTuple):
    """One listing that matches, with what filters and orders need. `tier`: 0 all words are in the name, 1 in name,
    seller, tags or specifications, 2 anywhere."""

    product_pk: int
    tier: int
    category: str
    delivery: str
    modes: str
    price_minor: int | None
    operating_system: str
    seller: str
    has_trial: int
    rating_e2: int
    sales: int
    published: Any
    countries: str

    @property
    def is_free(self) -> bool:
        return self.price_minor == 0

    @property
    def everywhere(self) -> bool:
        """Hits are sold where the reader is; those without a list of countries are sold everywhere."""
        return not self.countries


_PK, _TIER, _CATEGORY, _DELIVERY, _MODES, _PRICE, _SYSTEM = range(7)
_SELLER, _TRIAL, _RATING, _SALES, _PUBLISHED, _COUNTRIES = range(7, 13)

PRICE_BANDS: Final = (0, 50, 250)
"""Upper ends of the price filter's bands in major units: free, up to 50, up to 250, over 250."""
BAND_KEYS: Final = ("free", "50", "250", "over")
SCORES: Final = (450, 400, 300)


@dataclass(frozen=True)
class Wishes:
    """What a reader asked for; everything is part of the address (B-CAT-002).

    Several values of one filter are alternatives, filters add up. `least`, `most`: price in major units.
    """

    text: str = ""
    category: str = ""
    sub: tuple[str, ...] = ()
    delivery: tuple[str, ...] = ()
    mode: tuple[str, ...] = ()
    price: tuple[str, ...] = ()
    least: int | None = None
    most: int | None = None
    os: tuple[str, ...] = ()
    seller: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    score: tuple[str, ...] = ()
    country: tuple[str, ...] = ()
    sort: Sort = "relevance"
    page: int = 1
    words: tuple[str, ...] = field(default=(), compare=False)

    def chosen(self, name: str) -> tuple[str, ...]:
        """The values of one filter that are on."""
        values: tuple[str, ...] = getattr(self, name)
        return values

    @property
    def has_filters(self) -> bool:
        return any(self.chosen(name) for name in FILTERS) or self.least is not None or self.most is not None


FILTERS: Final = ("sub", "delivery", "mode", "price", "os", "seller", "terms", "score", "country")
Test = Callable[[Hit], bool]


def band_of(price_minor: int | None, unit: int) -> str:
    """The price band of an amount; `unit`: minor units in a major one. Products without a price have none."""
    if price_minor is None:
        return ""
    if price_minor == 0:
        return "free"
    return BAND_KEYS[bisect_right([0, *(top * unit for top in PRICE_BANDS[1:])], price_minor - 1)]


def tests_of(wishes: Wishes, unit: int) -> dict[str, Test]:
    """One test for each filter that is on."""
    tests: dict[str, Test] = {}
    simple: dict[str, Callable[[Hit], str]] = {
        "sub": lambda hit: hit.category,
        "delivery": lambda hit: hit.delivery,
        "os": lambda hit: hit.operating_system,
        "seller": lambda hit: hit.seller,
        "price": lambda hit: band_of(hit.price_minor, unit),
    }
    for name, value in simple.items():
        wanted = frozenset(wishes.chosen(name))
        if wanted:
            tests[name] = _one_of(value, wanted)
    if wishes.mode:
        marks = [f",{mode}," for mode in wishes.mode]
        tests["mode"] = lambda hit: any(mark in hit.modes for mark in marks)
    if wishes.terms:
        tests["terms"] = lambda hit: bool(
            ("free" in wishes.terms and hit.is_free) or ("trial" in wishes.terms and bool(hit.has_trial))
        )
    if wishes.score:
        lowest = min(int(score) for score in wishes.score)
        tests["score"] = lambda hit: hit.rating_e2 >= lowest
    if wishes.country:
        tests["country"] = lambda hit: hit.everywhere or any(f",{c}," in hit.countries for c in wishes.country)
    if wishes.least is not None or wishes.most is not None:
        low = (wishes.least or 0) * unit
        high = None if wishes.most is None else wishes.most * unit
        tests["amount"] = lambda hit: (
            hit.price_minor is not None and hit.price_minor >= low and (high is None or hit.price_minor <= high)
        )
    return tests


def _one_of(value: Callable[[Hit], str], wanted: frozenset[str]) -> Test:
    return lambda hit: value(hit) in wanted


@dataclass(frozen=True)
class Narrowed:
    """Hits that pass every filter, and for each filter those that fail only this one: they count in its own
    facet, so that a reader sees what choosing one more value would add."""

    passed: list[Hit]
    fail_only: Mapping[str, list[Hit]]


def narrow(hits: Sequence[Hit], tests: Mapping[str, Test]) -> Narrowed:
    """Apply the filters once to every hit."""
    if not tests:
        return Narrowed(list(hits), {})
    passed: list[Hit] = []
    fail_only: dict[str, list[Hit]] = {name: [] for name in tests}
    for hit in hits:
        failed = ""
        for name, test in tests.items():
            if not test(hit):
                if failed:
                    break
                failed = name
        else:
            (fail_only[failed] if failed else passed).append(hit)
    return Narrowed(passed, fail_only)


def counts(narrowed: Narrowed, unit: int) -> dict[str, Counter[str]]:
    """How many hits each value of each facet has."""

    columns = tuple(zip(*narrowed.passed, strict=True)) or ((),) * len(Hit._fields)

    def column(name: str, place: int) -> Counter[Any]:
        counted = Counter(columns[place])
        counted.update(map(itemgetter(place), narrowed.fail_only.get(name, ())))
        return counted

    found: dict[str, Counter[str]] = {
        "top": Counter(),
        "sub": column("sub", _CATEGORY),
        "delivery": column("delivery", _DELIVERY),
        "os": column("os", _SYSTEM),
        "seller": column("seller", _SELLER),
        "price": Counter(),
        "mode": Counter(),
        "terms": Counter(free=column("terms", _PRICE)[0], trial=column("terms", _TRIAL)[1]),
        "score": Counter(),
        "country": _countries(column("country", _COUNTRIES)),
    }
    for path, number in column("top", _CATEGORY).items():
        found["top"][path.partition("/")[0]] += number
    for price, number in column("price", _PRICE).items():
        found["price"][band_of(price, unit)] += number
    for modes, number in column("mode", _MODES).items():
        for mode in modes.strip(",").split(","):
            found["mode"][mode] += number
    for rating, number in column("score", _RATING).items():
        for score in SCORES:
            if rating >= score:
                found["score"][str(score)] += number
    for counter in found.values():
        counter.pop("", None)
    return found


def _countries(named: Counter[str]) -> Counter[str]:
    everywhere = named.pop("", 0)
    found: Counter[str] = Counter()
    for countries, number in named.items():
        for country in countries.strip(",").split(","):
            found[country] += number
    return Counter({country: number + everywhere for country, number in found.items()})


_ORDERS: Final[Mapping[str, tuple[tuple[int, bool], ...]]] = {
    "relevance": ((_PK, True), (_RATING, True), (_SALES, True), (_TIER, False)),
    "sales": ((_PK, True), (_RATING, True), (_SALES, True)),
    "newest": ((_PK, True), (_PUBLISHED, True)),
}


def ordered(hits: Iterable[Hit], sort: Sort) -> list[Hit]:
    """Hits in the order that was asked for; the same hits always come in the same order.

    Relevance: where the words were found (name, then seller, tags and specifications, then the rest), then sales
    of the last 30 days, then score. Nobody can pay for a place.
    """
    rows = list(hits)
    if sort in {"price", "price-desc"}:
        sign = -1 if sort == "price-desc" else 1
        rows.sort(key=lambda hit: (hit.price_minor is None, sign * (hit.price_minor or 0), -hit.sales, hit.product_pk))
        return rows
    for place, falling in _ORDERS[sort]:  # sorting is stable: the last key counts most
        rows.sort(key=itemgetter(place), reverse=falling)
    return rows


# --- the price that a card shows ----------------------------------------------------------------------------
_MODE_ORDER: Final = ("month", "year", "one_time", "package", "exhaustible", "pay_per_use")


@dataclass(frozen=True)
class FromPrice:
    """The lowest price of one period and one unit. `unit`: month, year, one_time, package, exhaustible, or the name of
    a meter; `is_lowest`: there are others, so a card says "from"; `unit_name`: what one is, per language."""

    e10: int
    currency: str
    unit: str
    mode: str
    is_lowest: bool
    unit_name: Mapping[str, str] = field(default_factory=dict)


def from_price(prices: Iterable[Mapping[str, Any]], currency: str) -> FromPrice | None:
    """The price that cards and the price filter use, of those in one currency (or the first one there is).

    `prices`: mappings with billing_mode, period_type, currency, e10 (one unit, one period), meter. Monthly prices
    are preferred, since most can be compared in them; then yearly, one-time, packages, and by use.
    """
    known = list(prices)
    rows = [price for price in known if price["currency"] == currency]
    if not rows and known:
        rows = [price for price in known if price["currency"] == known[0]["currency"]]
    if not rows:
        return None
    for kind in _MODE_ORDER:
        fitting = [row for row in rows if (row["period_type"] or row["billing_mode"]) == kind]
        if fitting:
            best = min(fitting, key=lambda row: row["e10"])
            several = len({row["e10"] for row in fitting}) > 1 or len(fitting) < len(rows)
            unit = best["meter"] or kind if kind == "pay_per_use" else kind
            return FromPrice(best["e10"], best["currency"], unit, kind, several, best.get("unit_name") or {})
    return None
