"""The listing itself: name, version, logo, category, texts, pictures, agreement, support (S-MAT-001 to S-MAT-016)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from galleria.releasing.rules.context import MB, Context, FileFacts
from galleria.releasing.rules.found import Wrong, english, items, lines, part, texts, word

SOFTWARE: Final = frozenset({"image", "saas", "license"})
VERSION: Final = re.compile(r"^V\d+(\.\d+){1,3}$", re.ASCII)
_VERSION_IN_NAME: Final = re.compile(r"\bv\s?\d+(\.\d+)*\b|\b\d+\.\d+(\.\d+)*\b|\bversion\s+\d", re.IGNORECASE)
_PRICE: Final = re.compile(
    r"[$€£¥]\s?\d|\b\d+([.,]\d+)?\s?([$€£¥]|(USD|EUR|GBP|CNY|JPY|SEK|CHF)\b)|\b(USD|EUR|GBP|CNY|SEK|CHF)\s?\d|"
    r"\d\s?% off|\bper (month|year|user)\b|\bdiscount\b|\bfor free\b",
    re.IGNORECASE,
)
_PHONE: Final = re.compile(r"(?<![\w.])\+?\d[\d\s()./-]{6,}\d(?![\w.])", re.ASCII)
_ADDRESS: Final = re.compile(r"https?://|www\.|[\w.+-]+@[\w-]+\.\w+", re.IGNORECASE)
_EXAGGERATED: Final = re.compile(
    r"\b(best|no\. ?1|number one|world.s leading|ultimate|all-in-one for everything)\b", re.I
)
_BLANKS: Final = re.compile(r"_{3,}|\[\s*\]|\.{6,}|…{2,}|\[(date|name|company)[^\]]{0,20}\]", re.IGNORECASE)
_SEALS: Final = re.compile(r"\b(company seal|official seal|place of signing|signature:|sealed by)", re.IGNORECASE)
_PERSONAL: Final = re.compile(
    r"personal (data|information)|privacy|data protection|个人(信息|数据)|隐私", re.IGNORECASE
)
_ASK_PRICE: Final = re.compile(r"\b(ask|contact us|call) (us )?for (the |a )?price|price on request", re.IGNORECASE)
_LINK: Final = re.compile(r"https?://[^\s)>\]]+", re.IGNORECASE)

PICTURES: Final = frozenset({"image/jpeg", "image/png", "image/gif"})
VIDEOS: Final = frozenset({"video/mp4", "video/webm"})
DOCUMENTS: Final = frozenset({"rar", "zip", "doc", "docx", "pdf", "ppt", "pptx"})
VIDEO_MB: Final = 100


def findings(document: dict[str, Any], context: Context) -> Iterator[Wrong]:
    """Everything about the listing that is wrong or doubtful."""
    delivery = word(document.get("delivery"))
    if document.get("sales_model") == "operator":
        yield Wrong("sales_model", "SALES_MODEL")
    if document.get("state") not in {None, "on_sale", "hidden"}:
        yield Wrong("state", "STATE")
    yield from _name(document, context)
    yield from _version(document, delivery)
    yield from _logo(document, context)
    yield from _category(document, context)
    yield from _seo(document, context)
    yield from _media(document, context)
    yield from _texts(document, context)
    yield from _description(document, context)
    if delivery != "consulting":
        yield from _agreement(document, context)
    yield from _support(document, context)
    yield from _guide(document, context, delivery)


def _name(document: dict[str, Any], context: Context) -> Iterator[Wrong]:
    figures = context.figures
    if not english(document.get("name")):
        yield Wrong("name", "MISSING")
    for suffix, text in texts(document.get("name")):
        path = f"name{suffix}"
        if len(text) > figures.name_most:
            yield Wrong(path, "TOO_LONG", {"length": len(text), "most": figures.name_most})
        plain = text.replace(figures.private_cloud_suffix, "") if figures.private_cloud_suffix else text
        if _VERSION_IN_NAME.search(plain):
            yield Wrong(path, "NAME_HAS_VERSION")
        if _PRICE.search(plain):
            yield Wrong(path, "NAME_HAS_PRICE")
        if _PHONE.search(plain) or _ADDRESS.search(plain):
            yield Wrong(path, "NAME_HAS_CONTACT")
        if _EXAGGERATED.search(plain):
            yield Wrong(path, "NAME_EXAGGERATES", level="warning")
        for term in context.figures.brand_terms:
            if term and re.search(rf"(?<!\w){re.escape(term)}(?!\w)", plain, re.IGNORECASE):
                yield Wrong(path, "NAME_HAS_BRAND", {"term": term})
    if document.get("private_cloud") and figures.private_cloud_suffix:
        name = english(document.get("name"))
        if name and not name.endswith(figures.private_cloud_suffix):
            yield Wrong("name", "NAME_NEEDS_SUFFIX", {"suffix": figures.private_cloud_suffix})


def _version(document: dict[str, Any], delivery: str) -> Iterator[Wrong]:
    version = word(document.get("version"))
    if version and not VERSION.match(version):
        yield Wrong("version", "VERSION_FORM")
    elif not version and delivery in SOFTWARE:
        yield Wrong("version", "MISSING")


def _logo(document: dict[str, Any], context: Context) -> Iterator[Wrong]:
    file_id = word(document.get("logo_file"))
    if not file_id:
        if not context.has_logo:
            yield Wrong("logo_file", "MISSING")
        return
    side = context.figures.logo_side
    for wrong in file_of("logo_file", file_id, context):
        yield wrong
        return
    facts = facts_of(file_id, context)
    if facts is None:
        return
    if facts.media_type != "image/png":
        yield Wrong("logo_file", "LOGO_TYPE", {"type": facts.media_type})
    if (facts.width, facts.height) != (side, side):
        yield Wrong("logo_file", "LOGO_SIZE", {"side": side, "width": facts.width, "height": facts.height})
    yield from _too_large("logo_file", facts, context.figures.picture_mb)


def _category(document: dict[str, Any], context: Context) -> Iterator[Wrong]:
    category = word(document.get("category"))
    if not category:
        yield Wrong("category", "MISSING")
    elif context.categories is not None and category not in context.categories:
        yield Wrong("category", "CATEGORY_NOT_LEAF", {"category": category})
    slug = word(document.get("slug"))
    if slug in context.slugs_taken:
        yield Wrong("slug", "SLUG_TAKEN", {"slug": slug})
    tags, known = lines(document.get("tags")), context.figures.tags
    if len(tags) > context.figures.tags_most:
        yield Wrong("tags", "TOO_MANY", {"count": len(tags), "most": context.figures.tags_most})
    for place, tag in enumerate(tags):
        if known and tag not in known:
            yield Wrong(f"tags.{place}", "TAG_UNKNOWN", {"tag": tag})


def _seo(document: dict[str, Any], context: Context) -> Iterator[Wrong]:
    seo, figures = part(document, "seo"), context.figures
    for name, most in (("title", figures.seo_title_most), ("description", figures.seo_description_most)):
        for suffix, text in texts(seo.get(name)):
            if len(text) > most:
                yield Wrong(f"seo.{name}{suffix}", "TOO_LONG", {"length": len(text), "most": most})
    keywords = lines(seo.get("keywords"))
    if len(keywords) > figures.keywords_most:
        yield Wrong("seo.keywords", "TOO_MANY", {"count": len(keywords), "most": figures.keywords_most})
    for place, keyword in enumerate(keywords):
        if len(keyword) > figures.keyword_most:
            values = {"length": len(keyword), "most": figures.keyword_most}
            yield Wrong(f"seo.keywords.{place}", "TOO_LONG", values)


def _media(document: dict[str, Any], context: Context) -> Iterator[Wrong]:
    figures, media = context.figures, items(document, "media")
    if len(media) > figures.media_most:
        yield Wrong("media", "TOO_MANY", {"count": len(media), "most": figures.media_most})
    for place, medium in enumerate(media):
        path = f"media.{place}.file"
        wrong = list(file_of(path, word(medium.get("file")), context))
        yield from wrong
        facts = facts_of(word(medium.get("file")), context)
        if not wrong and facts is not None:
            yield from _medium(path, facts, medium.get("kind", "picture") == "video", context)
        for suffix, text in texts(medium.get("caption")):
            if _PHONE.search(text) or _ADDRESS.search(text):
                yield Wrong(f"media.{place}.caption{suffix}", "HAS_CONTACT")


def _medium(path: str, facts: FileFacts, is_video: bool, context: Context) -> Iterator[Wrong]:
    figures = context.figures
    if is_video:
        if facts.media_type not in VIDEOS:
            yield Wrong(path, "VIDEO_TYPE", {"type": facts.media_type})
        yield from _too_large(path, facts, VIDEO_MB)
        return
    if facts.media_type not in PICTURES:
        yield Wrong(path, "PICTURE_TYPE", {"type": facts.media_type})
    elif (facts.width, facts.height) != (figures.media_width, figures.media_height):
        values = {"width": facts.width, "height": facts.height}
        yield Wrong(path, "PICTURE_SIZE", {**values, "wanted": f"{figures.media_width} x {figures.media_height}"})
    yield from _too_large(path, facts, figures.picture_mb)


def _texts(document: dict[str, Any], context: Context) -> Iterator[Wrong]:
    figures = context.figures
    yield from text_between(document, "summary", figures.summary_least, figures.summary_most)
    highlights = lines(document.get("highlights"))
    if not highlights:
        yield Wrong("highlights", "MISSING")
    if len(highlights) > figures.highlights_most:
        yield Wrong("highlights", "TOO_MANY", {"count": len(highlights), "most": figures.highlights_most})
    for place, text in enumerate(highlights):
        length = len(text.strip())
        if length < figures.highlight_least:
            yield Wrong(f"highlights.{place}", "TOO_SHORT", {"length": length, "least": figures.highlight_least})
        elif length > figures.highlight_most:
            yield Wrong(f"highlights.{place}", "TOO_LONG", {"length": length, "most": figures.highlight_most})
    for place, case in enumerate(items(document, "cases")):
        if word(case.get("picture")):
            path = f"cases.{place}.picture"
            wrong = list(file_of(path, word(case.get("picture")), context))
            yield from wrong
            facts = facts_of(word(case.get("picture")), context)
            if not wrong and facts is not None and facts.media_type not in PICTURES:
                yield Wrong(path, "PICTURE_TYPE", {"type": facts.media_type})


def text_between(document: dict[str, Any], name: str, least: int, most: int) -> Iterator[Wrong]:
    """A text that has to be there, with its limits, in every language that it is written in."""
    if not english(document.get(name)):
        yield Wrong(name, "MISSING")
        return
    for suffix, text in texts(document.get(name)):
        length = len(text.strip())
        if length < least and suffix != ".zh":  # Chinese says as much with fewer signs
            yield Wrong(f"{name}{suffix}", "TOO_SHORT", {"length": length, "least": least})
        elif length > most:
            yield Wrong(f"{name}{suffix}", "TOO_LONG", {"length": length, "most": most})


def _description(document: dict[str, Any], context: Context) -> Iterator[Wrong]:
    figures = context.figures
    pictures = document.get("description_pictures")
    pictures = [word(each) for each in pictures] if isinstance(pictures, list) else []
    text = english(document.get("description"))
    if not text:
        yield Wrong("description", "MISSING")
    elif not pictures and len(text) < figures.description_least:
        yield Wrong("description", "DESCRIPTION_SHORT", {"length": len(text), "least": figures.description_least})
    if len(pictures) > figures.description_pictures:
        values = {"count": len(pictures), "most": figures.description_pictures}
        yield Wrong("description_pictures", "TOO_MANY", values)
    for place, file_id in enumerate(pictures):
        path = f"description_pictures.{place}"
        wrong = list(file_of(path, file_id, context))
        yield from wrong
        facts = facts_of(file_id, context)
        if wrong or facts is None:
            continue
        if facts.media_type not in PICTURES - {"image/gif"}:
            yield Wrong(path, "PICTURE_TYPE", {"type": facts.media_type})
        fits = figures.description_width_least <= facts.width <= figures.description_width_most
        if not fits or facts.height < figures.description_height_least:
            yield Wrong(path, "DESCRIPTION_PICTURE_SIZE", {
                "width": facts.width, "height": facts.height, "least": figures.description_width_least,
                "most": figures.description_width_most, "height_least": figures.description_height_least,
            })  # fmt: skip
        yield from _too_large(path, facts, figures.picture_mb)


def _agreement(document: dict[str, Any], context: Context) -> Iterator[Wrong]:
    licence, agreement = word(document.get("licence")), part(document, "agreement")
    if not licence and not agreement:
        yield Wrong("agreement", "AGREEMENT_MISSING")
    if licence and context.licences and licence not in context.licences:
        live = context.live or {}
        if live.get("licence") != licence:
            yield Wrong("licence", "LICENCE_UNKNOWN", {"licence": licence})
    for place, version in enumerate(items(agreement, "versions")):
        path = f"agreement.versions.{place}.text"
        for suffix, text in texts(version.get("text")):
            if found := _BLANKS.search(text):
                yield Wrong(f"{path}{suffix}", "AGREEMENT_BLANKS", {"found": found.group()[:20]})
            if _SEALS.search(text):
                yield Wrong(f"{path}{suffix}", "AGREEMENT_SEALS")
        if (text := english(version.get("text"))) and not _PERSONAL.search(text):
            yield Wrong(path, "AGREEMENT_PERSONAL_DATA", level="warning")


# ----- support -----


def _support(document: dict[str, Any], context: Context) -> Iterator[Wrong]:
    support, figures = part(document, "after_sales"), context.figures
    if not support:
        yield Wrong("after_sales", "MISSING")
        return
    if not word(support.get("time_zone")):
        yield Wrong("after_sales.time_zone", "TIME_ZONE_MISSING")
    for name in ("services", "hotline", "email"):
        if not english(support.get(name)):
            yield Wrong(f"after_sales.{name}", "MISSING")
    hours = hours_a_day(items(support, "hours"))
    total = sum(hours.values())
    if total < figures.support_hours * 60:
        values = {"hours": f"{total / 60:g}", "least": figures.support_hours}
        yield Wrong("after_sales.hours", "SUPPORT_HOURS", values)
    elif sum(minutes >= figures.support_hours_a_day * 60 for minutes in hours.values()) < figures.support_days:
        values = {"days": figures.support_days, "hours": figures.support_hours_a_day}
        yield Wrong("after_sales.hours", "SUPPORT_DAYS", values)
    languages = support.get("languages")
    if isinstance(languages, list) and languages and not any(str(each).startswith("en") for each in languages):
        yield Wrong("after_sales.languages", "SUPPORT_LANGUAGE", level="warning")


def hours_a_day(rows: list[dict[str, Any]]) -> dict[int, int]:
    """Minutes in which somebody answers, by day of the week; times that overlap count once."""
    spans: dict[int, set[int]] = {}
    for row in rows:
        opens, closes = _minutes(row.get("opens")), _minutes(row.get("closes"))
        days = row.get("days")
        for day in days if isinstance(days, list) else ():
            if isinstance(day, int):
                spans.setdefault(day, set()).update(range(opens, closes))
    return {day: len(minutes) for day, minutes in spans.items()}


def _minutes(value: Any) -> int:
    hour, _colon, minute = word(value).partition(":")
    return int(hour) * 60 + int(minute) if hour.isdigit() and minute.isdigit() else 0


def _guide(document: dict[str, Any], context: Context, delivery: str) -> Iterator[Wrong]:
    text, file_id = english(document.get("guide")), word(document.get("guide_file"))
    if not text and not file_id and delivery != "consulting":
        yield Wrong("guide_file", "GUIDE_MISSING")
    if file_id:
        yield from document_file("guide_file", file_id, context)
    if _ASK_PRICE.search(text):
        yield Wrong("guide", "GUIDE_ASKS_PRICE")
    if found := _LINK.search(text):
        yield Wrong("guide", "GUIDE_LINK", {"link": found.group()[:80]}, level="warning")
    told = f"{text} {english(part(document, 'image').get('ports'))}"
    if delivery == "image" and text and not re.search(r"\bports?\b|端口", told, re.IGNORECASE):
        yield Wrong("guide", "GUIDE_PORTS", level="warning")


# ----- files -----


def facts_of(file_id: str, context: Context) -> FileFacts | None:
    """What is known of a file; None when files are not known here, or it is not there."""
    files: Mapping[str, FileFacts] = context.files or {}
    return files.get(file_id)


def file_of(path: str, file_id: str, context: Context) -> Iterator[Wrong]:
    """Whether there is such a file of this seller."""
    if not file_id:
        yield Wrong(path, "FILE_MISSING")
    elif context.files is not None and file_id not in context.files:
        yield Wrong(path, "FILE_UNKNOWN")


def document_file(path: str, file_id: str, context: Context, suffixes: frozenset[str] = DOCUMENTS) -> Iterator[Wrong]:
    """A document with one of these endings, not too large."""
    wrong = list(file_of(path, file_id, context))
    yield from wrong
    facts = facts_of(file_id, context)
    if wrong or facts is None:
        return
    if facts.suffix not in suffixes:
        yield Wrong(path, "FILE_TYPE", {"type": facts.suffix, "types": ", ".join(sorted(suffixes))})
    yield from _too_large(path, facts, context.figures.document_mb)


def _too_large(path: str, facts: FileFacts, most_mb: int) -> Iterator[Wrong]:
    if facts.size > most_mb * MB:
        yield Wrong(path, "FILE_TOO_LARGE", {"size": f"{facts.size / MB:.1f}", "most": most_mb})
