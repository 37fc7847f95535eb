"""Certificates, letters, templates: what reviewers read (S-MAT-017 to S-MAT-022)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from galleria.releasing.rules.context import Context
from galleria.releasing.rules.found import Wrong, english, part, word
from galleria.releasing.rules.listing import SOFTWARE, document_file

OFFICE: Final = frozenset({"doc", "docx", "xls", "xlsx"})
LETTERS: Final = frozenset({"pdf", "doc", "docx", "zip", "rar"})
_ALWAYS_SUPERVISED: Final = frozenset({"license", "professional", "hardware"})


def is_supervised(document: dict[str, Any]) -> bool:
    """As written, or as the delivery method has it."""
    written = document.get("supervised")
    return word(document.get("delivery")) in _ALWAYS_SUPERVISED if written is None else bool(written)


def findings(document: dict[str, Any], context: Context) -> Iterator[Wrong]:
    """Everything about the papers that is wrong or doubtful."""
    if word(document.get("delivery")) in SOFTWARE:
        yield from _copyright(document, context)
    yield from _letter(document, context)
    yield from _supervision(document, context)
    yield from _requests(document, context)
    if document.get("private_cloud"):
        yield from _private_cloud(document, context)


def _copyright(document: dict[str, Any], context: Context) -> Iterator[Wrong]:
    paper = part(document, "copyright")
    if not word(paper.get("certificate")):
        yield Wrong("copyright.certificate", "CERTIFICATE_MISSING")
    else:
        yield from document_file("copyright.certificate", word(paper.get("certificate")), context)
    for name in ("software_name", "owner"):
        if not word(paper.get(name)):
            yield Wrong(f"copyright.{name}", "MISSING")
    software, owner = word(paper.get("software_name")), word(paper.get("owner"))
    has_declaration = bool(word(paper.get("declaration")))
    if has_declaration:
        yield from document_file("copyright.declaration", word(paper.get("declaration")), context)
    differs = word(paper.get("differs"))
    name = _plain_name(document, context)
    if software and name and software.casefold() != name.casefold() and not (has_declaration and differs != "owner"):
        yield Wrong("copyright.declaration", "NAME_DIFFERS", {"software": software, "product": name})
    is_other = owner and context.seller_name and owner.casefold() != context.seller_name.casefold()
    has_letter = bool(word(part(document, "letter").get("file")))
    if is_other and not has_letter and not (has_declaration and differs != "name"):
        yield Wrong("copyright.declaration", "OWNER_DIFFERS", {"owner": owner, "seller": context.seller_name})


def _plain_name(document: dict[str, Any], context: Context) -> str:
    name = english(document.get("name"))
    suffix = context.figures.private_cloud_suffix
    return name.removesuffix(suffix).strip() if suffix and document.get("private_cloud") else name


def _letter(document: dict[str, Any], context: Context) -> Iterator[Wrong]:
    letter = part(document, "letter")
    if not letter:
        return
    if not word(letter.get("owner")):
        yield Wrong("letter.owner", "MISSING")
    if not word(letter.get("file")):
        yield Wrong("letter.file", "LETTER_MISSING")
    else:
        yield from document_file("letter.file", word(letter.get("file")), context, LETTERS)


def _supervision(document: dict[str, Any], context: Context) -> Iterator[Wrong]:
    days = document.get("delivery_days")
    if isinstance(days, int) and not 1 <= days <= context.figures.delivery_days_most:
        yield Wrong("delivery_days", "DAYS_OUT_OF_RANGE", {"most": context.figures.delivery_days_most})
    if is_supervised(document):
        if not english(document.get("acceptance")):
            yield Wrong("acceptance", "ACCEPTANCE_MISSING")
        if not days:
            yield Wrong("delivery_days", "MISSING")
    if word(document.get("delivery_template")):
        yield from document_file("delivery_template", word(document.get("delivery_template")), context)


def _requests(document: dict[str, Any], context: Context) -> Iterator[Wrong]:
    templates = document.get("request_templates")
    for place, file_id in enumerate(templates if isinstance(templates, list) else ()):
        yield from document_file(f"request_templates.{place}", word(file_id), context, OFFICE)


def _private_cloud(document: dict[str, Any], context: Context) -> Iterator[Wrong]:
    paper = part(document, "private_certificate")
    if not word(paper.get("certificate")):
        yield Wrong("private_certificate.certificate", "CERTIFICATE_MISSING")
        return
    yield from document_file("private_certificate.certificate", word(paper.get("certificate")), context)
    named, name = word(paper.get("certificate_name")), _plain_name(document, context)
    if not named:
        yield Wrong("private_certificate.certificate_name", "MISSING")
    elif name and named.casefold() not in {name.casefold(), english(document.get("name")).casefold()}:
        yield Wrong("private_certificate.certificate_name", "NAME_DIFFERS", {"software": named, "product": name})
