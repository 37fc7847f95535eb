"""How figures, dates and icons are written in pages: in the reader's language and time zone.

These functions are globals of the template environment. They run hundreds of times a page, so what does not
change is remembered.
"""

# Markup is made from figures and fixed names only.
# ruff: noqa: S704

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_datetime, get_timezone_gmt
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from markupsafe import Markup, escape

from galleria.kit import clock
from galleria.kit.money import Money, exponent, from_e10, plain
from galleria.web.context import reader_language, reader_zone

FLOWING = frozenset({"right", "arrow"})  # turned round where text runs from right to left
_PATTERNS = {
    "en": {"date": "d MMM y", "day": "d MMM", "time": "HH:mm", "datetime": "d MMM y, HH:mm", "month": "MMMM y"},
    "zh": {"date": "y年M月d日", "day": "M月d日", "time": "HH:mm", "datetime": "y年M月d日 HH:mm", "month": "y年M月"},
}
_BABEL = {"zh-hans": "zh_Hans", "zh": "zh_Hans"}


def babel_locale(language: str | None = None) -> str:
    """The Babel name of a language code of the site."""
    code = (language or reader_language()).lower()
    return _BABEL.get(code, code.replace("-", "_"))


@lru_cache(maxsize=32)
def _symbols(language: str) -> tuple[str, str]:
    found = Locale.parse(babel_locale(language)).number_symbols
    symbols = found.get("latn", found)
    return str(symbols.get("group", ",")), str(symbols.get("decimal", "."))


def number(value: int | str | None, language: str | None = None) -> str:
    """A whole number with the reader's separators: 12,345."""
    if value is None:
        return ""
    return _grouped(str(value), language or reader_language())


def _grouped(text: str, language: str) -> str:
    group, decimal = _symbols(language)
    if text.isdecimal() and len(text) < 4:
        return text
    sign = "−" if text.startswith("-") else ""
    whole, _dot, fraction = text.lstrip("-").partition(".")
    shown = f"{int(whole):,}".replace(",", group)
    return f"{sign}{shown}{decimal}{fraction}" if fraction else f"{sign}{shown}"


# --- money ----------------------------------------------------------------------------------------------
def money(amount: Money | None, *, big: bool = False, plus: bool = False) -> Markup:
    """An amount with its currency as every page shows it; a minus is a real minus sign."""
    if amount is None:
        return Markup("–")
    return _money(amount.minor, amount.currency, big, plus, reader_language())


@lru_cache(maxsize=8192)
def _money(minor: int, currency: str, big: bool, plus: bool, language: str) -> Markup:
    amount = Money(minor, currency)
    sign = "+" if plus and minor > 0 else ""
    extra = " money--big" if big else ""
    return Markup(
        f'<data class="money{extra}" value="{amount.text}">{sign}{_grouped(amount.text, language)} '
        f"<abbr>{currency}</abbr></data>"
    )


def price(e10: int, currency: str) -> Markup:
    """A unit price, exact, with at least the decimals of the currency: 0.004 EUR."""
    return _price(e10, currency, reader_language())


@lru_cache(maxsize=4096)
def _price(e10: int, currency: str, language: str) -> Markup:
    text = plain(from_e10(e10), exponent(currency))
    return Markup(f'<data class="money" value="{text}">{_grouped(text, language)} <abbr>{currency}</abbr></data>')


def money_text(amount: Money) -> str:
    """The same in plain text, for buttons, titles and labels: "138.00 EUR"."""
    return f"{_grouped(amount.text, reader_language())} {amount.currency}"


def percent(e2: int) -> str:
    """1,000 is "10 %"."""
    whole, rest = divmod(e2, 100)
    text = f"{whole}.{rest:02d}".rstrip("0").rstrip(".") if rest else str(whole)
    language = reader_language()
    space = "" if language.startswith("zh") else "\u00a0"
    return f"{_grouped(text, language)}{space}%"


# --- time -----------------------------------------------------------------------------------------------
def moment(value: datetime | date | None, form: str = "datetime") -> Markup:
    """An instant in the reader's zone as a `time` element, with the zone on hover.

    `form`: datetime, date, day (without the year), time, month. A plain date has no zone and is not moved.
    """
    if value is None:
        return Markup("–")
    if isinstance(value, str):
        value = datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value)
    language = reader_language()
    if not isinstance(value, datetime):
        return _date(value, "date" if form == "datetime" else form, language)
    zone = reader_zone()
    return _moment(value.replace(microsecond=0), form, language, str(zone))


@lru_cache(maxsize=4096)
def _moment(value: datetime, form: str, language: str, zone_name: str) -> Markup:
    local = value.astimezone(ZoneInfo(zone_name))
    title = f"{_written(local, 'datetime', language)} ({get_timezone_gmt(local, 'long', locale='en')})"
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        local.isoformat(timespec="minutes"), title, _written(local, form, language)
    )


@lru_cache(maxsize=4096)
def _date(value: date, form: str, language: str) -> Markup:
    written = _written(datetime(value.year, value.month, value.day, tzinfo=UTC), form, language)
    return Markup('<time datetime="{}">{}</time>').format(value.isoformat(), written)


def _written(value: datetime, form: str, language: str) -> str:
    patterns = _PATTERNS.get(language.partition("-")[0], _PATTERNS["en"])
    return str(format_datetime(value, patterns[form], locale=babel_locale(language)))


def date_text(value: datetime | date, form: str = "date") -> str:
    """A date in plain text, in the reader's zone, for sentences that are not markup."""
    language = reader_language()
    if isinstance(value, datetime):
        return _written(value.astimezone(reader_zone()), form, language)
    return _written(datetime(value.year, value.month, value.day, tzinfo=UTC), form, language)


def ago(value: datetime | None, at: datetime | None = None) -> Markup:
    """How long ago or how far away, when that is less than a day; the date otherwise (UI-GEN-11)."""
    if value is None:
        return Markup("–")
    distance = (at or clock.now()) - value
    if abs(distance) >= timedelta(hours=24):
        return moment(value, "date")
    minutes = int(abs(distance).total_seconds() // 60)
    if minutes < 1:
        words = _("just now")
    elif minutes < 60:
        words = _spoken(distance, minutes, "minutes")
    else:
        words = _spoken(distance, minutes // 60, "hours")
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        value.isoformat(timespec="minutes"), date_text(value, "datetime"), words
    )


def _spoken(distance: timedelta, count: int, unit: str) -> str:
    if unit == "minutes":
        past = ngettext("%(count)d minute ago", "%(count)d minutes ago", count)
        coming = ngettext("in %(count)d minute", "in %(count)d minutes", count)
    else:
        past = ngettext("%(count)d hour ago", "%(count)d hours ago", count)
        coming = ngettext("in %(count)d hour", "in %(count)d hours", count)
    return (past if distance >= timedelta(0) else coming) % {"count": count}


def days_left(value: datetime | date | None, at: datetime | None = None) -> str:
    """The distance of a day in words: "today", "in 8 days", "3 days ago"."""
    if value is None:
        return ""
    zone = reader_zone()
    day = value.astimezone(zone).date() if isinstance(value, datetime) else value
    distance = (day - (at or clock.now()).astimezone(zone).date()).days
    if distance == 0:
        return _("today")
    if distance > 0:
        return ngettext("in %(count)d day", "in %(count)d days", distance) % {"count": distance}
    return ngettext("%(count)d day ago", "%(count)d days ago", -distance) % {"count": -distance}


# --- files and icons ------------------------------------------------------------------------------------
@lru_cache(maxsize=256)
def _static(path: str) -> str:
    try:
        return str(staticfiles_storage.url(path))
    except ValueError:  # not collected yet: the plain name, so that pages work in tests and before the first start
        return f"{settings.STATIC_URL}{path}"


def static(path: str) -> str:
    """The address of a static file, with the hash of its content once files are collected."""
    return f"{settings.STATIC_URL}{path}" if settings.DEBUG else _static(path)


@lru_cache(maxsize=256)
def icon(name: str, classes: str = "") -> Markup:
    """One of the icons of `img/sprite.svg`; decoration, so hidden from screen readers."""
    flow = " icon--flow" if name in FLOWING else ""
    more = f" {escape(classes)}" if classes else ""
    return Markup(
        f'<svg class="icon{flow}{more}" aria-hidden="true"><use href="{static("img/sprite.svg")}#{name}"/></svg>'
    )


def media(name: str) -> str:
    """The address of a stored picture, such as a logo."""
    return name if name.startswith("/") else f"/media/{name}"


def file_size(size: int) -> str:
    """A number of bytes for people: "1.4 MB"."""
    amount = float(size)
    for unit in ("B", "kB", "MB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} GB"


def who(name: str) -> str:
    """How a creator is named; jobs and staff have words of their own (B-ORD-017)."""
    return {"operations system": _("operations system"), "operations staff": _("operations staff")}.get(name, name)


GLOBALS: dict[str, Any] = {
    "who": who,
    "ago": ago,
    "date_text": date_text,
    "days_left": days_left,
    "file_size": file_size,
    "icon": icon,
    "media": media,
    "moment": moment,
    "money": money,
    "money_text": money_text,
    "number": number,
    "percent": percent,
    "price": price,
    "static": static,
}
