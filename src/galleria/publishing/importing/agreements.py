"""Agreements from a catalogue file: the platform's own, and one for each product.

The text of a version never changes, because somebody may have accepted it. A product that was renamed keeps the
version that a template made for it under its old name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings

from galleria.kit.errors import Invalid
from galleria.parties.models import Agreement, Seller
from galleria.parties.services.agreements import publish_version
from galleria.publishing.catalogue_file import Catalogue, Entry, Problem, schema
from galleria.publishing.catalogue_file.values import Text
from galleria.publishing.importing.report import ImportReport
from galleria.publishing.importing.rows import put, start_of, translated

Names = Mapping[str, Text]
"""What stands for a placeholder of a template: `{product}`, `{seller}`."""


def import_agreements(catalogue: Catalogue, report: ImportReport) -> list[Problem]:
    """Add the versions of the platform's agreements; templates are only used by products."""
    problems: list[Problem] = []
    for entry in catalogue.agreements:
        agreement = entry.value
        if agreement.kind == "template":
            continue
        values = {"kind": agreement.kind, "issuer": agreement.issuer or settings.GALLERIA.operator_name}
        problems += _publish(entry, agreement.key, agreement.name, agreement.versions, values, report, {})
    return problems


def import_product_agreement(
    catalogue: Catalogue, entry: Entry[schema.Product], report: ImportReport, *, product_id: str, seller: Seller
) -> list[Problem]:
    """The product's own agreement, or the template that it names with product and seller filled in."""
    product = entry.value
    source: schema.ProductAgreement | schema.Agreement | None = product.agreement
    names: Names = {}
    if source is None and product.licence:
        names = {"{product}": product.name, "{seller}": Text(en=seller.legal_name)}
        source = next(
            (e.value for e in catalogue.agreements if e.value.key == product.licence and e.value.kind == "template"),
            None,
        )
        if source is None:
            words = f"{product.licence} is not an agreement of kind template in this import"
            return [entry.problem(("licence",), words)]
    if source is None:
        return []
    values = {"kind": "product", "issuer": seller.legal_name, "product_id": product_id}
    return _publish(entry, f"product:{product_id}", source.name, source.versions, values, report, names)


def _publish(
    entry: Entry[Any],
    key: str,
    name: Text,
    versions: Sequence[schema.AgreementVersion],
    values: Mapping[str, str],
    report: ImportReport,
    names: Names,
) -> list[Problem]:
    row = Agreement.objects.prefetch_related("versions").filter(key=key).first()
    known = {version.version: version.texts for version in row.versions.all()} if row else {}
    title = _filled(name, names)
    row, outcome = put(row, Agreement, {**values, **translated("name", title)}, {"key": key})
    for version in versions:
        if _is_same(known.get(version.version), version.text, names):
            continue
        filled = _filled(version.text, names)
        try:
            publish_version(
                key=key,
                name=title.en,
                version=version.version,
                texts={"en": filled.en} | ({"zh-hans": filled.zh} if filled.zh else {}),
                effective_at=start_of(version.effective_on),  # type: ignore[arg-type]  # a date is required
                change_note=version.change_note,
                **values,
            )
        except Invalid as error:
            return [entry.problem((), str(error))]
        outcome = "updated" if outcome == "unchanged" else outcome
    report.of("agreements").add(outcome)
    return []


def _filled(text: Text, names: Names) -> Text:
    english, chinese = text.en, text.zh
    for placeholder, value in names.items():
        english = english.replace(placeholder, value.en)
        chinese = chinese.replace(placeholder, value.zh or value.en)
    return Text(en=english, zh=chinese)


def _is_same(stored: Mapping[str, str] | None, text: Text, names: Names) -> bool:
    """Whether a stored version is this text, whatever product and seller were called then."""
    if stored is None or bool(stored.get("zh-hans")) != bool(text.zh):
        return False
    return all(
        re.fullmatch(_pattern(wanted, names), stored.get(language, ""), re.DOTALL)
        for language, wanted in (("en", text.en), ("zh-hans", text.zh))
    )


def _pattern(text: str, names: Names) -> str:
    pattern = re.escape(text)
    for placeholder in names:
        pattern = pattern.replace(re.escape(placeholder), ".{1,300}?")
    return pattern
