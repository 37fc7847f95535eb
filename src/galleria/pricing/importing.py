"""Discounts and coupons of a catalogue file; `config.wiring` registers both with the import."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from galleria.kit.actor import Actor
from galleria.kit.money import Money
from galleria.parties.models import Seller
from galleria.pricing.models import Coupon, Discount
from galleria.publishing.catalogue_file import Entry, Problem, schema
from galleria.publishing.importing import ImportReport, register_section
from galleria.publishing.importing.rows import put, stable_id, start_of
from galleria.publishing.models import Product, Specification

SOURCE = "catalogue file"


def connect() -> None:
    """Take part in the import of catalogue files."""
    register_section("discounts", import_discounts)
    register_section("coupons", import_coupons)


def import_discounts(
    _actor: Actor, entries: Sequence[Entry[schema.Discount]], report: ImportReport, at: datetime
) -> list[Problem]:
    """Create or change the promotions of the file; each is found again by its key."""
    problems: list[Problem] = []
    for entry in entries:
        source = entry.value
        target, wrong = _target(entry)
        if wrong:
            problems.append(wrong)
            continue
        starts_at = start_of(source.starts_on) or at
        values: dict[str, Any] = target | {
            "name": source.name,
            "percent_e2": int(source.percent * 100),
            "billing_mode": source.mode or ("period" if source.period else ""),
            "period_type": source.period or "",
            "minimum_periods": source.minimum_periods,
        }
        only_new: dict[str, Any] = {"kind": "promotion", "starts_at": starts_at}
        if source.starts_on:
            values["starts_at"] = only_new.pop("starts_at")
        if source.days:
            only_new["ends_at"] = starts_at + timedelta(days=source.days)
        else:
            values["ends_at"] = start_of(source.ends_on)
        public_id = stable_id("dsc", source.key)
        row = Discount.objects.filter(public_id=public_id).first()
        _row, outcome = put(row, Discount, values, only_new | {"public_id": public_id})
        report.of("discounts").add(outcome)
    return problems


def _target(entry: Entry[schema.Discount]) -> tuple[dict[str, Any], Problem | None]:
    """What a discount is for, as columns; or what the file names and nobody knows."""
    source = entry.value
    target: dict[str, Any] = {"product": None, "specification": None, "seller": None}
    if source.seller:
        target["seller"] = Seller.objects.filter(slug=source.seller).first()
        if target["seller"] is None:
            return target, entry.problem(("seller",), f"{source.seller} is not a seller")
    if source.product:
        target["product"] = Product.objects.filter(slug=source.product).first()
        if target["product"] is None:
            return target, entry.problem(("product",), f"{source.product} is not a product")
    if source.product and source.specification:
        public_id = stable_id("spc", source.product, source.specification)
        target["specification"] = Specification.objects.filter(public_id=public_id).first()
        if target["specification"] is None:
            words = f"{source.specification} is not a specification of {source.product}"
            return target, entry.problem(("specification",), words)
    return target, None


def import_coupons(
    _actor: Actor, entries: Sequence[Entry[schema.Coupon]], report: ImportReport, at: datetime
) -> list[Problem]:
    """Create or change coupons that nobody has yet; one that an account holds is left alone."""
    problems: list[Problem] = []
    for entry in entries:
        source = entry.value
        row = Coupon.objects.filter(code=source.code).first()
        if row is not None and row.account_id is not None:
            report.of("coupons").add("unchanged")
            continue
        products = dict(Product.objects.filter(slug__in=source.products).values_list("slug", "public_id"))
        if unknown := [slug for slug in source.products if slug not in products]:
            problems.append(entry.problem(("products",), f"{unknown[0]} is not a product"))
            continue
        only_new = {
            "code": source.code,
            "obtained_by": "collected",
            "source_plan": SOURCE,
            "valid_from": at,
            "expires_at": at + timedelta(days=source.days),
            "created_at": at,
        }
        _row, outcome = put(row, Coupon, _coupon_values(source, [products[slug] for slug in source.products]), only_new)
        report.of("coupons").add(outcome)
    return problems


def _coupon_values(source: schema.Coupon, product_ids: list[str]) -> dict[str, Any]:
    amount = source.face or source.minimum
    currency = amount.currency if amount else settings.GALLERIA.currency
    face = Money.from_e10(source.face.e10, currency).minor if source.face else 0
    limits: dict[str, Any] = {"with_discounts": source.with_discounts}
    if product_ids:
        limits["products"] = {"only": product_ids}
    if source.order_types:
        limits["order_types"] = list(source.order_types)
    if source.modes:
        limits["modes"] = list(source.modes)
    return {
        "name": source.name,
        "kind": source.kind,
        "currency": currency,
        "face_minor": face,
        "balance_minor": face,
        "percent_e2": int(source.percent * 100) if source.percent else 0,
        "minimum_minor": Money.from_e10(source.minimum.e10, currency).minor if source.minimum else 0,
        "limits": limits,
    }
