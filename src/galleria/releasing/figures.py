"""The operator's settings about releases and products on sale; every figure of the rules is one of them (S-GEN-001)."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from galleria.kit import parameters
from galleria.kit.parameter_table import Parameter
from galleria.releasing.rules.context import Figures

_CHARACTERS, _PIXELS, _MB, _HOURS, _DAYS = _("characters"), _("pixels"), _("MB"), _("hours"), _("days")
_D: Final = Figures()


def _whole(name: str, meaning: Any, unit: Any = "", least: int = 0, most: int = 100_000) -> Parameter:
    return Parameter(f"release.{name}", "whole", getattr(_D, name), meaning, unit, least, most)


SETTINGS: Final = (
    _whole("name_most", _("Longest name of a product"), _CHARACTERS, 1, 200),
    _whole("summary_least", _("Shortest overview"), _CHARACTERS, 0, 300),
    _whole("summary_most", _("Longest overview"), _CHARACTERS, 1, 300),
    _whole("highlights_most", _("Most highlights"), "", 1, 6),
    _whole("highlight_least", _("Shortest highlight"), _CHARACTERS, 0, 160),
    _whole("highlight_most", _("Longest highlight"), _CHARACTERS, 1, 160),
    _whole("description_least", _("Shortest description without pictures"), _CHARACTERS, 0, 20_000),
    _whole("description_pictures", _("Most pictures in a description"), "", 0, 20),
    _whole("description_width_least", _("Least width of a picture in a description"), _PIXELS, 1, 10_000),
    _whole("description_width_most", _("Largest width of a picture in a description"), _PIXELS, 1, 10_000),
    _whole("description_height_least", _("Least height of a picture in a description"), _PIXELS, 1, 10_000),
    _whole("media_most", _("Most pictures and videos together"), "", 0, 20),
    _whole("media_width", _("Width of a picture of a product"), _PIXELS, 1, 10_000),
    _whole("media_height", _("Height of a picture of a product"), _PIXELS, 1, 10_000),
    _whole("picture_mb", _("Largest picture"), _MB, 1, 100),
    _whole("logo_side", _("Width and height of a logo"), _PIXELS, 16, 1000),
    _whole("document_mb", _("Largest guide, certificate or letter"), _MB, 1, 1000),
    _whole("tags_most", _("Most tags of a product"), "", 0, 10),
    _whole("keywords_most", _("Most search keywords of a product"), "", 0, 10),
    _whole("keyword_most", _("Longest search keyword"), _CHARACTERS, 1, 20),
    _whole("seo_title_most", _("Longest title for search engines"), _CHARACTERS, 1, 80),
    _whole("seo_description_most", _("Longest description for search engines"), _CHARACTERS, 1, 200),
    _whole("support_hours", _("Least hours a week in which support answers"), _HOURS, 0, 168),
    _whole("support_days", _("Least days a week on which support answers long enough"), _DAYS, 0, 7),
    _whole("support_hours_a_day", _("Hours of such a day"), _HOURS, 0, 24),
    _whole("trial_least", _("Shortest trial"), _DAYS, 1, 365),
    _whole("trial_most", _("Longest trial"), _DAYS, 1, 365),
    _whole("delivery_days_most", _("Longest delivery of a supervised product"), _DAYS, 1, 365),
    _whole("choices", _("Most enumeration attributes of a specification"), "", 0, 10),
    _whole("quantities", _("Most quantity attributes of a specification"), "", 0, 10),
    _whole("options", _("Most values of an enumeration attribute"), "", 2, 200),
    _whole("skus", _("Most SKUs of a specification"), "", 1, 10_000),
    _whole("tiers", _("Most price bands"), "", 2, 50),
    Parameter("release.brand_terms", "words", [], _("Words of the operator that product names may not use")),
    Parameter("release.tags", "words", [], _("Tags that can be chosen; none: any")),
    Parameter(
        "release.private_cloud_suffix", "text", _D.private_cloud_suffix, _("How names of private cloud editions end")
    ),
    Parameter("release.auto_approve_texts", "flag", False, _("Whether changes of texts alone need no reviewer")),
    Parameter("release.second_eye_first", "flag", False, _("Whether a seller's first product needs two reviewers")),
    Parameter("joint.valid_months", "whole", 12, _("Validity of a joint operations certificate"), _("months"), 1, 120),
    Parameter("joint.warn_days", "whole", 60, _("Days before its end on which the seller is told"), _DAYS, 1, 365),
    Parameter("problem.answer_hours", "whole", 24, _("Hours for the answer to a problem notice"), _HOURS, 1, 720),
)  # fmt: skip

parameters.define(*SETTINGS)


def figures_at(at: datetime | None = None) -> Figures:
    """The limits in force."""
    values: dict[str, Any] = {}
    for each in fields(Figures):
        value = parameters.get(f"release.{each.name}", at=at)
        values[each.name] = tuple(value) if isinstance(value, list) else value
    return Figures(**values)
