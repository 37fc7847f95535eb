"""Adding, changing and deleting assets and versions; proving whose a site is."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from galleria.assets import ports, rules, selectors
from galleria.assets.adapters import site
from galleria.assets.models import Asset, AssetVersion, Upload
from galleria.assets.services import deciding, scanning
from galleria.assets.services.refusals import AssetInUse, ScanRunning, TooManySites
from galleria.assets.states import EDITABLE, KINDS, VERSION
from galleria.audit import services as audit
from galleria.kit import locks, outgoing, parameters, texts
from galleria.kit.actor import Actor
from galleria.kit.errors import Invalid, NotAllowed, Text
from galleria.parties import checks
from galleria.selling import selectors as sellers
from galleria.selling import services as selling

MOST_ASSETS, MOST_VERSIONS = 500, 200
_ADDRESS_PROBLEMS: dict[str, Text] = {
    "scheme": _("The address begins with https://."),
    "host": _("Give the address that customers open, such as https://app.example.com/login."),
    "literal": _("Give a domain name, not a number or a name of your own network."),
    "user": _("The address must not contain a user name or password."),
    "fragment": _("Leave out what follows #."),
    "long": _("At most 300 characters."),
}


def add_asset(
    actor: Actor, *, kind: str, name: str, note: str = "", label: str = "V1.0", address: str = "",
    login_mode: str = "", consent: bool = False, checklist: Sequence[str] = (), at: datetime,
) -> Asset:  # fmt: skip
    """Add an asset with its first version as a draft. Outside transactions: a site's name is looked up.

    A site needs its address, how one signs in, consent to be scanned and the whole checklist (S-AST-004). Raises
    Invalid, TooManySites, NotASeller, PermissionMissing.
    """
    return asset_to_add(
        actor, kind=kind, name=name, note=note, label=label, address=address, login_mode=login_mode, consent=consent,
        checklist=checklist, at=at,
    )()  # fmt: skip


def asset_to_add(
    actor: Actor, *, kind: str, name: str, note: str, label: str, address: str, login_mode: str, consent: bool,
    checklist: Sequence[str], at: datetime,
) -> Callable[[], Asset]:  # fmt: skip
    """Check everything that `add_asset` checks; what it gives back adds the asset, in the caller's transaction."""
    seller = selling.require_seller(actor, selectors.MANAGE)
    wrong: dict[str, Text] = {}
    values: dict[str, Any] = {"kind": kind, "name": "", "note": ""}
    if kind not in KINDS:
        wrong["kind"] = _("Choose what kind of asset this is.")
    for field, check in _texts(name, note, label).items():
        try:
            values[field] = check()
        except Invalid as refusal:
            wrong.update(refusal.fields)
    label = str(values.pop("label", ""))
    if kind == "saas_site":
        more, problems = _site_values(address, login_mode, consent, checklist)
        values.update(more)
        wrong.update(problems)
    if wrong:
        raise Invalid(fields=wrong)
    return partial(_add, actor, int(seller.account_id), values, label, at)


@transaction.atomic
def _add(actor: Actor, account_pk: int, values: dict[str, Any], label: str, at: datetime) -> Asset:
    locks.hold(f"assets:{account_pk}")
    mine = Asset.objects.filter(account_id=account_pk, is_deleted=False)
    if mine.count() >= MOST_ASSETS:
        raise NotAllowed(_("Delete an asset that is not used before you add another."))
    if values["kind"] == "saas_site":
        most = parameters.get("asset.sites_max", at=at)
        if mine.filter(kind="saas_site").count() >= most:
            raise TooManySites(_("A seller can have %(most)d sites. Delete one that is not used.") % {"most": most})
        values |= {"token": secrets.token_hex(20), "consent_by": actor.user_name[:200], "consent_at": at}
    row = Asset(account_id=account_pk, created_at=at, changed_at=at, **values)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        raise Invalid(fields={"address": _("You have added this address already.")}) from None
    AssetVersion.objects.create(asset=row, label=label, created_at=at, changed_at=at)
    audit.record(actor, "asset.added", row, at=at, after={"kind": row.kind, "address": row.address})
    return row


def _texts(name: str, note: str, label: str | None = None) -> dict[str, Any]:
    wanted: dict[str, Any] = {
        "name": lambda: checks.text("name", texts.refuse_hidden("name", name), 80, required=True),
        "note": lambda: checks.text("note", texts.without_hidden(note), 1000, lines=True),
    }
    if label is not None:
        wanted["label"] = lambda: _label(label)
    return wanted


def _label(text: str) -> str:
    cleaned = text.strip()
    if not rules.is_label(cleaned):
        raise Invalid(fields={"label": _("Give a version such as V1.0 or V2.1.3.")})
    return cleaned


def _site_values(
    address: str, login_mode: str, consent: bool, checklist: Sequence[str]
) -> tuple[dict[str, Any], dict[str, Text]]:
    """The columns of a site, and what is wrong with what was typed."""
    wrong: dict[str, Text] = {}
    values: dict[str, Any] = {"login_mode": login_mode, "checklist": [k for k in rules.CHECKLIST if k in checklist]}
    try:
        values["address"], values["host"] = rules.site_address(address, plain_http=settings.GALLERIA_ALLOW_HTTP_SELLERS)
        outgoing.check(values["address"], policy=site.policy())
    except rules.BadAddress as problem:
        wrong["address"] = _ADDRESS_PROBLEMS[str(problem)]
    except outgoing.TargetBlocked as blocked:
        wrong["address"] = blocked.message
    except outgoing.OutgoingFailed:
        pass  # the name may be set up later; the scan will show
    if login_mode not in {"password", "cookie"}:
        wrong["login_mode"] = _("Choose how one signs in.")
    if not consent:
        wrong["consent"] = _("The site can be scanned only with your consent.")
    if len(values["checklist"]) < len(rules.CHECKLIST):
        wrong["checklist"] = _("Check every point of the list yourself and tick it.")
    return values, wrong


@transaction.atomic
def edit_asset(actor: Actor, *, asset_id: str, name: str, note: str = "", login_mode: str = "", at: datetime) -> Asset:
    """Change name, note and how one signs in. A site's address stays as it was added (S-AST-004).

    Raises Invalid, ScanRunning, NotFound.
    """
    selling.require_seller(actor, selectors.MANAGE)
    row = selectors.asset_of(actor, asset_id)
    _refuse_while_scanning(row)
    values = checks.together(*_texts(name, note).items())
    if row.kind == "saas_site":
        values["login_mode"] = checks.one_of("login_mode", login_mode or row.login_mode, ("password", "cookie"))
    before = {field: getattr(row, field) for field in values}
    for field, value in values.items():
        setattr(row, field, value)
    row.changed_at = at
    row.save(update_fields=[*values, "changed_at"])
    audit.record(actor, "asset.changed", row, at=at, before=before, after=values)
    return row


def verify_site(actor: Actor, *, asset_id: str, at: datetime) -> Asset:
    """Look for the verification file now. Outside transactions: it asks the seller's server.

    `asset.verify_problem` says what was seen when the site is not proved. Raises NotFound.
    """
    selling.require_seller(actor, selectors.MANAGE)
    row = selectors.asset_of(actor, asset_id)
    if row.kind != "saas_site":
        raise NotAllowed
    problem = site.proof_problem(row.address, row.token)
    deciding.record_proof(actor, row, problem, at)
    return row


@transaction.atomic
def add_version(actor: Actor, *, asset_id: str, label: str, note: str = "", at: datetime) -> AssetVersion:
    """Another version, as a draft; approved ones stay usable (S-AST-001). Raises Invalid, NotFound."""
    selling.require_seller(actor, selectors.MANAGE)
    asset = selectors.asset_of(actor, asset_id)
    if asset.versions.exclude(state="deleted").count() >= MOST_VERSIONS:
        raise NotAllowed(_("Delete a version that is not used before you add another."))
    values = _version_texts(label, note)
    row = AssetVersion(asset=asset, created_at=at, changed_at=at, **values)
    _save_version(row)
    Asset.objects.filter(pk=asset.pk).update(changed_at=at)
    audit.record(actor, "asset.version_added", row, at=at, after=values)
    return row


def _version_texts(label: str, note: str) -> dict[str, str]:
    return checks.together(
        ("label", lambda: _label(label)),
        ("note", lambda: checks.text("note", texts.without_hidden(note), 500, lines=True)),
    )


def _save_version(row: AssetVersion, *changed: str) -> None:
    """Store a new version, or these columns of one. Raises Invalid when the asset has a version of that name."""
    try:
        with transaction.atomic():
            row.save(update_fields=changed or None)
    except IntegrityError:
        raise Invalid(fields={"label": _("This asset has a version of that name already.")}) from None


@transaction.atomic
def edit_version(
    actor: Actor, *, version_id: str, label: str, note: str = "", image_id: str | None = None,
    regions: Sequence[str] = (), agency: bool = False, security_rules: str = "", at: datetime,
) -> AssetVersion:  # fmt: skip
    """Change a version; what was approved is scanned again at once (S-AST-001).

    Of images `image_id` is one of `selectors.images_for`, `regions` where it is copied to, `agency` the right to copy
    it, `security_rules` what customers should open (S-IMG-001). Raises Invalid, ScanRunning, NotFound, AssetInUse.
    """
    selling.require_seller(actor, selectors.MANAGE)
    row = selectors.version_of(actor, version_id, for_update=True)
    if row.state not in EDITABLE:
        raise ScanRunning
    if row.state == "approved" and (used := ports.users_of([row.public_id])):
        raise _in_use(actor, used)
    values = _version_texts(label, note)
    before = {field: getattr(row, field) for field in values}
    for field, value in values.items():
        setattr(row, field, value)
    changed = [*values, "changed_at"]
    if row.asset.kind == "image" and image_id is not None:
        row.source = _image_source(actor, row, image_id, regions, agency, security_rules)
        row.image_id = str(row.source["image_id"])
        changed += ["source", "image_id"]
    row.changed_at = at
    _save_version(row, *changed)
    audit.record(actor, "asset.version_changed", row, at=at, before=before, after=values)
    if row.state == "approved":
        scanning.begin(actor, row, at)
    return row


def _image_source(
    actor: Actor, row: AssetVersion, image_id: str, regions: Sequence[str], agency: bool, security_rules: str
) -> dict[str, Any]:
    """The facts of an image asset. Raises Invalid, with the reason why an image cannot be chosen."""
    found = {choice.image.image_id: choice for choice in selectors.images_for(actor, but=row.public_id)}
    choice = found.get(image_id)
    wrong: dict[str, Text] = {}
    known = parameters.get("asset.image_regions")
    chosen = [region for region in known if region in regions]
    if choice is None:
        wrong["image_id"] = _("Choose one of your images.")
    elif choice.reasons:
        wrong["image_id"] = _("This image cannot be used: %(reason)s") % {"reason": REASONS[choice.reasons[0]]}
    if not chosen:
        wrong["regions"] = _("Choose at least one region; the product is sold where its image is.")
    if not agency:
        wrong["agency"] = _("The marketplace needs the right to copy the image.")
    try:
        opened = checks.text("security_rules", texts.without_hidden(security_rules), 1000, lines=True)
    except Invalid as refusal:
        wrong.update(refusal.fields)
    if wrong or choice is None:
        raise Invalid(fields=wrong)
    image = choice.image
    return {
        "image_id": image.image_id, "name": image.name, "region": image.region, "system": image.system,
        "gigabytes": image.gigabytes, "regions": chosen, "agency": True, "security_rules": opened,
        "is_demo": selectors.image_source().is_demo,
    }  # fmt: skip


REASONS: dict[str, Text] = {
    "not_system_disk": _("it is not an image of a system disk."),
    "not_public_base": _("it was not built from a public base image."),
    "other_region": _("it was made in a region from which images are not taken."),
    "not_normal": _("it is not in the state “normal”."),
    "encrypted": _("it is encrypted."),
    "used": _("another asset uses it already."),
    "other_account": _("it belongs to another account."),
}


@transaction.atomic
def delete_version(actor: Actor, *, version_id: str, at: datetime) -> AssetVersion:
    """Delete a version that no released product uses. Raises AssetInUse, ScanRunning, NotFound."""
    selling.require_seller(actor, selectors.MANAGE)
    row = selectors.version_of(actor, version_id)
    if used := ports.users_of([row.public_id]):
        raise _in_use(actor, used)
    if not VERSION.can(row, "delete"):
        raise ScanRunning
    before = VERSION.apply(row, "delete", changed_at=at)
    _end_uploads([row.pk], at)
    audit.record(actor, "asset.version_deleted", row, at=at, before={"state": before})
    return row


@transaction.atomic
def delete_asset(actor: Actor, *, asset_id: str, at: datetime) -> Asset:
    """Delete an asset with all its versions. Raises AssetInUse, ScanRunning, NotFound."""
    selling.require_seller(actor, selectors.MANAGE)
    row = selectors.asset_of(actor, asset_id)
    _refuse_while_scanning(row)
    versions = selectors.versions_of(row)
    if used := ports.users_of([version.public_id for version in versions]):
        raise _in_use(actor, used)
    for version in versions:
        VERSION.apply(version, "delete", changed_at=at)
    _end_uploads([version.pk for version in versions], at)
    Asset.objects.filter(pk=row.pk).update(is_deleted=True, changed_at=at)
    audit.record(actor, "asset.deleted", row, at=at)
    return row


def _refuse_while_scanning(row: Asset) -> None:
    if row.versions.filter(state="scanning").exists():
        raise ScanRunning


def _in_use(actor: Actor, used: list[tuple[str, str]]) -> AssetInUse:
    names = sellers.names_for(actor, used)
    text = _("It is delivered with %(products)s. Change these products first.") % {"products": ", ".join(names[:5])}
    return AssetInUse(text, extra={"products": names})


def _end_uploads(version_pks: list[int], at: datetime) -> None:
    Upload.objects.filter(version_id__in=version_pks, state="open").update(state="dropped", changed_at=at)
