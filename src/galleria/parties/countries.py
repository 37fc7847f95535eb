"""Countries and regions in which an account can be opened; names come from the locale data."""

from __future__ import annotations

from functools import lru_cache

from babel import Locale
from django.utils.translation import get_language

# ISO 3166-1 codes; the locale data also lists areas that are no country (EU, UN, ZZ …) and withdrawn codes.
_NOT_COUNTRIES = {"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ", "XK", "AC", "CP", "CQ", "DG", "EA", "IC", "TA"}


@lru_cache(maxsize=16)
def names(language: str) -> dict[str, str]:
    """Country codes with their names in a language, sorted by name."""
    locale = Locale.parse(language.replace("-", "_").replace("_hans", "_Hans"))
    found = {code: name for code, name in locale.territories.items() if len(code) == 2 and code not in _NOT_COUNTRIES}
    # The common characters of GB 18030 stand in the order of their pronunciation, as readers of Chinese look for them.
    is_chinese = language.startswith("zh")
    return dict(
        sorted(found.items(), key=lambda pair: pair[1].encode("gb18030") if is_chinese else pair[1].casefold().encode())
    )


def open_for_registration() -> frozenset[str]:
    """Country codes that a new account can choose."""
    return frozenset(names("en"))


def name_of(code: str) -> str:
    """The country's name in the active language, or the code when it is not known."""
    return names(get_language() or "en").get(code, code)


def choices() -> list[tuple[str, str]]:
    """Pairs for a select, in the active language."""
    return list(names(get_language() or "en").items())
