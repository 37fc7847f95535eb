"""What a reviewer sees of a release or a removal: fields beside what is live, history, similar listings, effects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.db.models import Count
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from galleria.audit.models import AuditRecord
from galleria.kit.actor import Actor
from galleria.kit.errors import Text
from galleria.kit.prepared import Prepared
from galleria.publishing import documents, search
from galleria.publishing.models import Product
from galleria.releasing import dossier_words, facts, selectors
from galleria.releasing.models import Release, Revision
from galleria.releasing.rules import difference
from galleria.releasing.rules.found import english, items, part, word
from galleria.reviewing.models import Submission
from galleria.reviewing.ports import Dossier, Fact, Section
from galleria.subscribing.models import Subscription
from galleria.subscribing.states import HELD

SECTIONS: Final[Sequence[tuple[str, Text, tuple[tuple[str, Text, str], ...]]]] = (
    ("listing", _("Listing"), (
        ("name", _("Name"), "text"), ("slug", _("Address"), "text"), ("sales_model", _("Sales type"), "text"),
        ("delivery", _("Delivery method"), "text"), ("version", _("Version"), "text"),
        ("operating_system", _("Operating system"), "text"), ("summary", _("Overview"), "text"),
        ("highlights", _("Highlights"), "list"), ("description", _("Description"), "markdown"),
        ("cases", _("Customer cases"), "rows"), ("versions", _("Versions"), "rows"),
        ("seo", _("Search engines"), "parts"),
    )),
    ("media", _("Pictures"), (
        ("logo_file", _("Logo"), "picture"), ("media", _("Pictures and videos"), "media"),
        ("description_pictures", _("Pictures of the description"), "picture"),
    )),
    ("categories", _("Category and tags"), (("category", _("Category"), "text"), ("tags", _("Tags"), "list"))),
    ("delivery", _("Delivery"), (
        ("interface", _("Interface"), "parts"), ("contact_consent", _("Asks buyers for contact data"), "text"),
        ("extra_parameters", _("Questions to the buyer"), "rows"), ("supervised", _("Supervised"), "text"),
        ("service_template", _("Service flow"), "text"), ("licence_form", _("Form of the licence"), "text"),
        ("delivery_days", _("Average delivery, days"), "text"), ("acceptance", _("Acceptance criteria"), "markdown"),
        ("delivery_promise", _("Promise"), "text"), ("guide", _("User guide"), "markdown"),
        ("guide_file", _("User guide, file"), "file"), ("request_templates", _("Request templates"), "file"),
        ("image", _("Image"), "parts"), ("website", _("Website"), "text"), ("contact", _("Contact"), "parts"),
    )),
    ("trials", _("Trials and limits"), (
        ("trial_days", _("Trial, days"), "text"), ("purchase_limit", _("Purchase limit"), "parts"),
        ("accepts_credit", _("Can be paid by credit"), "text"), ("unsubscription", _("Unsubscription"), "text"),
        ("restricted", _("For named accounts only"), "text"),
    )),
    ("regions", _("Regions"), (("regions", _("Sold in"), "list"), ("state", _("Public sales"), "text"))),
    ("agreements", _("Agreement"), (
        ("licence", _("Template"), "text"), ("agreement", _("Own agreement"), "agreement"),
    )),
    ("support", _("Support"), (("after_sales", _("After-sales support"), "parts"),)),
    ("papers", _("Papers"), (
        ("copyright", _("Copyright certificate"), "papers"), ("letter", _("Letter of the owner"), "papers"),
        ("private_cloud", _("Private cloud edition"), "text"),
        ("private_certificate", _("Technical certificate"), "papers"),
        ("delivery_template", _("Delivery template"), "file"),
        ("joint_certificate", _("Joint operations certificate"), "text"),
    )),
)  # fmt: skip
"""Sections with their fields: path, label, how it is shown."""

CHECKLIST: Final[Sequence[Text]] = (
    _("The delivery method fits the product, and editions of one software are one product."),
    _("Name, description and pictures describe what is sold, without contact data, exaggeration or foreign brands."),
    _("The agreement names this product, protects personal data, and has nothing to fill in."),
    _("The certificate names this software and this seller, or a declaration explains the difference."),
    _("Support can be reached at the times that are stated."),
    _("The user guide is a manual for what is delivered, and leads nowhere else."),
    _("Prices and terms can be understood, and the delivery time is reasonable."),
)


def of_release(actor: Actor, submission: Submission) -> Dossier:
    """Everything about the release of a submission."""
    release = selectors.release_for_review(submission.subject)
    revision = _REVISION.one(release=release.pk, submission=submission.public_id)
    document = dict(revision.document if revision else release.document)
    live_row = facts.live_product(release.product_id)
    live = documents.document_of(live_row) if live_row else None
    if live is not None and release.state == "approved":
        live = release.base
    return Dossier(
        sections=[*_sections(document, live), _prices(document, live)],
        links=list(_links(release, submission)),
        checklist=CHECKLIST,
        history=_history(release),
        similar=_similar(release, document),
        effects=effects_of(live_row, live, document) if live_row and live is not None else [],
    )


_REVISION = Prepared(lambda p: Revision.objects.filter(release_id=p("release"), submission=p("submission")))


def _sections(document: Mapping[str, Any], live: Mapping[str, Any] | None) -> Iterator[Section]:
    for key, label, fields in SECTIONS:
        found: list[Fact] = []
        for name, words, look in fields:
            value, before = document.get(name), None if live is None else live.get(name)
            if value is None and before is None:
                continue
            found += _facts(name, words, look, value, before, is_change=live is not None)
        if found:
            yield Section(key, label, found)


def _facts(name: str, label: Text, look: str, value: Any, before: Any, *, is_change: bool) -> Iterator[Fact]:
    """One fact a language or part, so that each can be remarked on by its own path."""
    if look == "parts":
        for inside in dict.fromkeys([*part({"x": value}, "x"), *part({"x": before}, "x")]):
            one, other = part({"x": value}, "x").get(inside), part({"x": before}, "x").get(inside)
            title = _titled(label, inside)
            inner = "rows" if isinstance(one or other, list) else "text"
            yield from _facts(f"{name}.{inside}", title, inner, one, other, is_change=is_change)
        return
    if look == "papers":
        for inside, text in part({"x": value}, "x").items():
            href = f"/files/{text}" if str(text).startswith("fil_") else ""
            old = part({"x": before}, "x").get(inside, "") if is_change else None
            worded = text if href else dossier_words.value(f"{name}.{inside}", text)
            yield Fact(f"{name}.{inside}", _titled(label, inside), worded, old, "text", href)
        return
    if look == "agreement":
        for place, version in enumerate(items({"x": value}, "x") or items(value or {}, "versions")):
            old = items(before or {}, "versions")
            was = english(old[place].get("text")) if place < len(old) else ""
            title = f"{label} {version.get('version', '')}"
            text = english(version.get("text"))
            yield Fact(f"{name}.versions.{place}.text", title, text, was if is_change else None, "markdown")
        return
    if look in {"file", "picture", "media"}:
        yield _file_fact(name, label, look, value, before, is_change=is_change)
        return
    for language, suffix in (("en", ""), ("zh", ".zh")):
        one, other = _language(value, language), _language(before, language)
        if one in (None, "", []) and other in (None, "", []):
            continue
        heading: Text = label if not suffix else f"{label} (中文)"
        same = one == other
        one = dossier_words.value(name, one)
        other = one if same else dossier_words.value(name, other)
        old = None if not is_change else ("" if other is None else _shown(other, look))
        yield Fact(f"{name}{suffix}", heading, _shown(one, look), old, "list" if look in {"rows", "list"} else look)


def _titled(label: Text, inside: str) -> str:
    """The name of a part, after that of the whole."""
    return f"{label}: {dossier_words.PARTS.get(inside, inside.replace('_', ' '))}"


def _file_fact(name: str, label: Text, look: str, value: Any, before: Any, *, is_change: bool) -> Fact:
    def addresses(given: Any) -> list[str]:
        rows = given if isinstance(given, list) else [given] if given else []
        return [f"/files/{row.get('file') if isinstance(row, dict) else row}" for row in rows]

    now, old = addresses(value), addresses(before)
    shown = "text" if look == "file" else "picture"
    href = now[0] if look == "file" and len(now) == 1 else ""
    return Fact(name, label, now if shown == "picture" else ", ".join(now), (
        (old if shown == "picture" else ", ".join(old)) if is_change else None
    ), shown, href)  # fmt: skip


def _language(value: Any, language: str) -> Any:
    if isinstance(value, dict) and set(value) <= {"en", "zh"} and "en" in value:
        return value.get(language)
    return value if language == "en" else None


def _shown(value: Any, look: str) -> Any:
    if look in {"rows", "list"}:
        return [difference.brief(each) for each in value] if isinstance(value, list) else [difference.brief(value)]
    return difference.brief(value) if isinstance(value, dict | list) else value


def price_line(price: Mapping[str, Any], names: Mapping[str, str] | None = None) -> str:
    """A price as a line: `A month, Edition: Basic: 9.00 EUR (1, 3, 12)`; `names` are those of choices and options."""
    words = dossier_words.offer(price, names or {})
    tiers = items(price, "tiers")
    amount = str(price.get("price", "")) or "; ".join(f"≤{t.get('up_to', '…')}: {t.get('price')}" for t in tiers)
    terms = price.get("terms") or []
    more = f", × {price['quantity']}" if price.get("quantity") else ""
    return f"{words}: {amount}{more}" + (f" ({', '.join(map(str, terms))})" if terms else "")


def _prices(document: Mapping[str, Any], live: Mapping[str, Any] | None) -> Section:
    before = {each.get("key"): each for each in items(live or {}, "specifications")}
    found: list[Fact] = []
    for place, each in enumerate(items(document, "specifications")):
        path, name, old = f"specifications.{place}", english(each.get("name")), before.get(each.get("key"))
        is_change = live is not None

        def was(field: str, old: Any = old, is_change: bool = is_change) -> Any:
            return None if not is_change else _shown((old or {}).get(field) or "", "text")

        found.append(Fact(f"{path}.name", _("Specification"), name, was("name")))
        for field, label in (("summary", _("Summary")), ("state", _("State")), ("asset", _("Asset"))):
            if each.get(field) or (old or {}).get(field):
                value, before_ = (dossier_words.value(field, row.get(field) or "") for row in (each, old or {}))
                then_ = _shown(before_, "text") if is_change else None
                found.append(Fact(f"{path}.{field}", f"{name}: {label}", _shown(value, "text"), then_))
        for field, label in (("attributes", _("Attributes")), ("features", _("Features"))):
            if each.get(field) or (old or {}).get(field):
                found.append(
                    Fact(
                        f"{path}.{field}",
                        f"{name}: {label}",
                        _lines(each.get(field)),
                        _lines((old or {}).get(field)) if is_change else None,
                        "list",
                    )
                )
        now = [price_line(price, dossier_words.names_of(each)) for price in items(each, "prices")]
        then = [price_line(price, dossier_words.names_of(old or {})) for price in items(old or {}, "prices")]
        found.append(Fact(f"{path}.prices", f"{name}: {_('Prices')}", now, then if is_change else None, "list"))
    return Section("specifications", _("Specifications and prices"), found)


def _lines(value: Any) -> list[str]:
    if isinstance(value, dict):
        value = value.get("en", value)
    if isinstance(value, dict):
        return [f"{name}: {each}" for name, each in value.items()]
    return [difference.brief(each) for each in value or []]


def _links(release: Release, submission: Submission) -> Iterator[tuple[Text, str]]:
    yield _("As buyers will see it"), f"/seller/products/{release.public_id}/preview"
    if release.product is not None:
        yield _("As it is now"), f"/products/{release.product.slug}"
    yield _("Seller"), f"/sellers/{release.seller.slug}"


def _history(release: Release) -> list[tuple[datetime, Text]]:
    """What the seller released, was refused, and was told, the newest first."""
    found: list[tuple[datetime, Text]] = []
    for at, state, title in _DECIDED.all(seller=release.seller_id, but=release.pk):
        words = _("%(name)s was released") if state == "approved" else _("%(name)s was returned")
        found.append((at, words % {"name": title}))
    for at, name, sentence in _TOLD.all(account=release.seller.account.public_id):
        found.append((at, f"{name} ({sentence})"))
    return sorted(found, key=lambda row: row[0], reverse=True)[:10]


_DECIDED: Prepared[Any] = Prepared(
    lambda p: (
        Release.objects.filter(seller_id=p("seller"), decided_at__isnull=False)
        .exclude(pk=p("but"))
        .order_by("-decided_at", "-pk")
        .values_list("decided_at", "state", "title")[:8]
    )
)
_TOLD: Prepared[tuple[datetime, str, str]] = Prepared(
    lambda p: (
        AuditRecord.objects.filter(
            account_id=p("account"), sentence__in=("notice.sent", "product.suspend", "submission.returned")
        )
        .order_by("-at", "-pk")
        .values_list("at", "object_name", "sentence")[:6]
    )
)


def _similar(release: Release, document: Mapping[str, Any]) -> list[tuple[Text, str]]:
    """Listings with a similar name, and the seller's own of the same category (S-SKU-001)."""
    named = search.named_like(english(document.get("name")), most=20)
    own = _OF_CATEGORY.all(seller=release.seller_id, category=word(document.get("category")))
    rows = _NEAR.all(near=[*named, *(row.pk for row in own)], but=release.product_id or 0)
    return [(f"{row.name} ({row.seller.name})", f"/products/{row.slug}") for row in rows]


_OF_CATEGORY = Prepared(
    lambda p: (
        Product.objects.filter(seller_id=p("seller"), category__path=p("category"))
        .only("pk")
        .order_by("-sales_30d", "-pk")[:7]
    )
)
_NEAR = Prepared(
    lambda p: (
        Product.objects.select_related("seller")
        .only("name", "slug", "seller__name", "sales_30d")
        .filter(pk__in=p.among("near", int), state__in=("on_sale", "hidden"))
        .exclude(pk=p("but"))
        .order_by("-sales_30d", "pk")[:6]
    )
)


def effects_of(product: Product, live: Mapping[str, Any], document: Mapping[str, Any]) -> list[Text]:
    """What an approval changes for those who hold the product."""
    held = sum(_HELD.all(product=product.pk))
    found: list[Text] = []
    if held:
        found.append(
            ngettext("%(n)d subscription is held now.", "%(n)d subscriptions are held now.", held) % {"n": held}
        )
    if live.get("specifications") != document.get("specifications"):
        found.append(_("Orders that were placed keep their amounts; renewals cost what is asked then."))
        if difference.dearer(live, document):
            found.append(_("Prices rise: buyers pay more at their next renewal."))
    if any(live.get(name) != document.get(name) for name in ("agreement", "licence")):
        found.append(_("Buyers accept the new agreement with their next order."))
    if live.get("interface") != document.get("interface"):
        found.append(_("Running subscriptions are delivered at the new address from now on."))
    return found


_HELD: Prepared[int] = Prepared(
    lambda p: (
        Subscription.objects.filter(product_id=p("product"), state__in=HELD)
        .order_by()
        .values_list("product_id")
        .annotate(number=Count("pk"))
        .values_list("number", flat=True)
    )
)


def of_removal(actor: Actor, submission: Submission) -> Dossier:
    """Everything about a request to end a sale."""
    from galleria.releasing.services.removing import effects

    request = selectors.removal_for_review(submission.subject)
    target = request.sku or request.specification or request.product
    found = [
        Fact("scope", _("What is removed"), f"{request.scope}: {target}"),
        Fact("reason", _("Reason"), request.reason),
    ]
    if request.evidence:
        found.append(Fact("evidence", _("Evidence"), _("File"), href=f"/files/{request.evidence}"))
    return Dossier(
        sections=[Section("removal", _("Removal"), found)],
        links=[(_("As it is now"), f"/products/{request.product.slug}")],
        checklist=[_("Customers were told, or have what they need until the end of their term.")],
        effects=effects(request.product, request.specification, request.sku),
    )
