"""What every page knows without being told: the reader and their wishes, the site, navigation, messages.

All of it is lazy: a page for a visitor without a session reads neither the session nor the database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.http import HttpRequest, QueryDict
from django.utils.translation import get_language

from galleria.kit.actor import VISITOR, Actor

if TYPE_CHECKING:
    from galleria.web.navigation import Entry

THEMES = ("system", "light", "dark")
DENSITIES = ("comfortable", "compact")
_LANGUAGE_TAGS = {"zh-hans": "zh-Hans", "zh-hant": "zh-Hant"}
_RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})

_current: ContextVar[Page | None] = ContextVar("page", default=None)
_counters: dict[str, Callable[[Actor], int | str | None]] = {}


def counter(name: str) -> Callable[[Callable[[Actor], int | str | None]], Callable[[Actor], int | str | None]]:
    """Register a figure for navigation and header, such as `buyer.orders` or `messages.unread`.

    It is asked at most once a page and only where it is shown; None or 0 shows nothing.
    """

    def register(function: Callable[[Actor], int | str | None]) -> Callable[[Actor], int | str | None]:
        _counters[name] = function
        return function

    return register


@lru_cache(maxsize=256)
def zone_or_none(name: str) -> ZoneInfo | None:
    """The time zone of this name, or None when there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


class Counts:
    """Figures by name, read when they are shown."""

    def __init__(self, actor: Callable[[], Actor]) -> None:
        self._actor = actor
        self._read: dict[str, int | str | None] = {}

    def get(self, name: str) -> int | str | None:
        """The figure, or None when nobody registered one."""
        if name not in self._read:
            function = _counters.get(name)
            self._read[name] = function(self._actor()) if function else None
        return self._read[name]


class Page:
    """The reader's side of a page; `page` in every template."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.counts = Counts(lambda: self.actor)

    @property
    def site(self) -> Any:
        return settings.GALLERIA

    @property
    def is_demo(self) -> bool:
        return bool(settings.GALLERIA_DEMO)

    @property
    def site_url(self) -> str:
        return str(settings.GALLERIA_SITE_URL)

    # --- who reads ---
    @cached_property
    def is_signed_in(self) -> bool:
        """Whether somebody is signed in; without a session cookie nothing is read to know."""
        return settings.SESSION_COOKIE_NAME in self.request.COOKIES and self.actor.user_id is not None

    @cached_property
    def actor(self) -> Actor:
        if settings.SESSION_COOKIE_NAME not in self.request.COOKIES:
            return VISITOR
        actor: Actor = getattr(self.request, "actor", VISITOR)
        return actor

    @property
    def user(self) -> Any:
        """The signed-in user, or None."""
        return self.request.user if self.is_signed_in else None

    # --- what they wish ---
    @cached_property
    def language(self) -> str:
        return (get_language() or settings.LANGUAGE_CODE).lower()

    @property
    def language_tag(self) -> str:
        return _LANGUAGE_TAGS.get(self.language, self.language)

    @property
    def direction(self) -> str:
        return "rtl" if self.language.partition("-")[0] in _RIGHT_TO_LEFT else "ltr"

    @property
    def other_languages(self) -> list[tuple[str, str, str]]:
        """Code, tag and own name of each language that is not the present one."""
        return [
            (code, _LANGUAGE_TAGS.get(code, code), str(name))
            for code, name in settings.LANGUAGES
            if code != self.language
        ]

    def _wish(self, name: str, known: tuple[str, ...]) -> str:
        given = self.request.COOKIES.get(name, "")
        if given in known:
            return given
        kept = getattr(self.user, name, "") if self.is_signed_in else ""
        return kept if kept in known else known[0]

    @cached_property
    def theme(self) -> str:
        """system, light or dark."""
        return self._wish("theme", THEMES)

    @cached_property
    def density(self) -> str:
        return self._wish("density", DENSITIES)

    @cached_property
    def zone(self) -> ZoneInfo:
        """The reader's time zone: their setting, else what their browser said, else UTC."""
        kept = getattr(self.user, "time_zone", "") if self.is_signed_in else ""
        if not kept or kept == "UTC":
            kept = self.request.COOKIES.get("zone", "") or kept
        return zone_or_none(kept[:64]) or ZoneInfo("UTC")

    # --- where they are ---
    @property
    def path(self) -> str:
        return self.request.path

    @property
    def full_path(self) -> str:
        return self.request.get_full_path()

    @property
    def query(self) -> QueryDict:
        return self.request.GET

    @property
    def request_id(self) -> str:
        return str(getattr(self.request, "request_id", ""))

    @property
    def is_fragment(self) -> bool:
        """Whether htmx asks for a part of a page."""
        htmx = getattr(self.request, "htmx", None)
        return bool(htmx) and not htmx.boosted and not htmx.history_restore_request  # type: ignore[union-attr]

    def navigation(self, area: str) -> list[Entry]:
        """The side navigation of an area: buyer, seller, operator, reseller or account."""
        from galleria.web.navigation import entries

        return entries(area, self.actor)

    def navigation_groups(self, area: str) -> list[tuple[Any, list[Entry]]]:
        """The same entries under the words of their groups."""
        from galleria.web.navigation import groups

        return groups(area, self.actor)

    def areas(self) -> list[tuple[str, Any, str]]:
        """The roles that the reader has here: key, name, address."""
        from galleria.web.navigation import areas

        return areas(self.actor)

    @cached_property
    def account_name(self) -> str:
        """Name of the account that the reader acts for; one query, consoles only."""
        from galleria.parties import selectors

        return selectors.account_of(self.actor).name if self.actor.account_pk else self.actor.user_name

    @property
    def has_messages(self) -> bool:
        """Whether the last act left messages; reads a cookie, never the session of a visitor."""
        from django.contrib.messages import get_messages

        return len(get_messages(self.request)) > 0

    @property
    def messages(self) -> Iterator[Any]:
        """Messages of the last act, shown once."""
        from django.contrib.messages import get_messages

        return iter(get_messages(self.request))


def of(request: HttpRequest) -> Page:
    """The page of a request, made once."""
    found: Page | None = getattr(request, "page", None)
    if found is None:
        found = Page(request)
        request.page = found  # type: ignore[attr-defined]
    return found


def page(request: HttpRequest) -> dict[str, Any]:
    """Context processor."""
    return {"page": of(request)}


@contextmanager
def current(value: Page | None) -> Iterator[None]:
    """The page that formats ask for the reader's time zone."""
    token = _current.set(value)
    try:
        yield
    finally:
        _current.reset(token)


def reader_language() -> str:
    """The language in which a page is written now; outside a page, the active one."""
    found = _current.get()
    return found.language if found is not None else (get_language() or settings.LANGUAGE_CODE).lower()


def reader_zone() -> ZoneInfo:
    """The time zone in which times are shown now; UTC outside a page."""
    found = _current.get()
    return found.zone if found is not None else ZoneInfo("UTC")
