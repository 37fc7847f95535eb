"""Reading assets: a seller's own, one version for whoever delivers it, images to choose from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Min, OuterRef, Prefetch, QuerySet, Subquery

from galleria.assets import adapters, ports, rules
from galleria.assets.models import Asset, AssetVersion, Scan, Upload
from galleria.assets.ports import CloudImage
from galleria.kit import parameters
from galleria.kit.actor import Actor
from galleria.kit.errors import NotFound
from galleria.selling import selectors as selling

VIEW, MANAGE, REVIEW = "seller:product:view", "seller:asset:manage", "operator:asset:review"


def assets_of(actor: Actor, *, kind: str = "", text: str = "") -> QuerySet[Asset]:
    """The assets of the actor's account, to be paged by `-changed_at`; each with the latest version's facts.

    Raises NotASeller, PermissionMissing.
    """
    account_pk = _account_pk(actor)
    latest = AssetVersion.objects.filter(asset=OuterRef("pk")).exclude(state="deleted").order_by("-pk")
    rows = Asset.objects.filter(account_id=account_pk, is_deleted=False).annotate(
        latest_state=Subquery(latest.values("state")[:1]),
        latest_label=Subquery(latest.values("label")[:1]),
        latest_id=Subquery(latest.values("public_id")[:1]),
        approved_label=Subquery(latest.filter(state="approved").values("label")[:1]),
    )
    if kind:
        rows = rows.filter(kind=kind)
    return rows.filter(name__icontains=text) if text else rows


def asset_of(actor: Actor, asset_id: str) -> Asset:
    """One asset of the actor's account. Raises NotFound."""
    row = Asset.objects.filter(account_id=_account_pk(actor), is_deleted=False, public_id=asset_id).first()
    if row is None:
        raise NotFound
    return row


def versions_of(asset: Asset) -> list[AssetVersion]:
    """The versions of an asset that were not deleted, newest first, with their files."""
    return list(asset.versions.exclude(state="deleted").select_related("file").order_by("-pk"))


def version_of(actor: Actor, version_id: str, *, for_update: bool = False) -> AssetVersion:
    """One version of the actor's account, with asset and file; `for_update` keeps other writers out until the
    transaction ends. Raises NotFound."""
    rows = AssetVersion.objects.select_related("asset", "asset__account", "file").exclude(state="deleted")
    if for_update:
        rows = rows.select_for_update(of=("self",))
    row = rows.filter(asset__account_id=_account_pk(actor), asset__is_deleted=False, public_id=version_id).first()
    if row is None:
        raise NotFound
    return row


def requests_of(actor: Actor, *, state: str = "") -> QuerySet[AssetVersion]:
    """Versions of the account that were ever submitted, to be paged by `-submitted_at` (S-AST-001, Requests)."""
    rows = AssetVersion.objects.select_related("asset").exclude(state="deleted")
    rows = rows.filter(asset__account_id=_account_pk(actor), submitted_at__isnull=False)
    return rows.filter(state=state) if state else rows


def counts_of(actor: Actor) -> dict[str, int]:
    """How many assets of each kind the account has, in one query."""
    found: dict[str, int] = {}
    for kind in Asset.objects.filter(account_id=_account_pk(actor), is_deleted=False).values_list("kind", flat=True):
        found[kind] = found.get(kind, 0) + 1
    return found


def approved_assets(actor: Actor, kind: str) -> list[Asset]:
    """The account's assets of a kind with an approved version; `asset.approved` lists these, newest first."""
    versions = AssetVersion.objects.filter(state="approved").select_related("file").order_by("-pk")
    rows = Asset.objects.filter(
        account_id=_account_pk(actor), kind=kind, is_deleted=False, versions__state="approved"
    ).distinct()  # fmt: skip
    return list(rows.prefetch_related(Prefetch("versions", queryset=versions, to_attr="approved")).order_by("name"))


def asset_version_of(public_id: str) -> AssetVersion:
    """Any version with its asset, for services that check whose it is. Raises NotFound."""
    row = AssetVersion.objects.select_related("asset", "file").filter(public_id=public_id).first()
    if row is None:
        raise NotFound
    return row


def products_with(actor: Actor, version: AssetVersion) -> list[str]:
    """Names of the released products that are delivered with a version."""
    return selling.names_for(actor, ports.users_of([version.public_id]))


def scanned_at(version_ids: Iterable[str]) -> datetime | None:
    """Since when all of these versions have been scanned as they are: the oldest of their results; None without one."""
    rows = AssetVersion.objects.filter(public_id__in=[each for each in version_ids if each], state="approved")
    found: datetime | None = rows.aggregate(oldest=Min("decided_at"))["oldest"]
    return found


def page_of(version: AssetVersion) -> str:
    """Where the seller sees the version."""
    return f"/seller/assets/{version.asset.public_id}/versions/{version.public_id}"


def version_for_result(actor: Actor, version_id: str) -> AssetVersion:
    """A version whose scan waits for a result by hand. Raises PermissionMissing, NotFound."""
    actor.require(REVIEW)
    row = asset_version_of(version_id)
    if not row.scans.filter(state="waiting").exists():
        raise NotFound
    return row


def scans_of(version: AssetVersion) -> list[Scan]:
    """Every scan of a version, newest first."""
    return list(version.scans.all())


def scan_of(actor: Actor, scan_id: str) -> Scan:
    """One scan of the actor's account, or any for who reviews assets. Raises NotFound."""
    rows = Scan.objects.select_related("version__asset__account", "version__file")
    if not actor.may(REVIEW):
        rows = rows.filter(version__asset__account_id=_account_pk(actor))
    row = rows.filter(public_id=scan_id).first()
    if row is None:
        raise NotFound
    return row


def findings_of(scan: Scan | None) -> list[rules.Finding]:
    """The findings of a scan, the worst first."""
    return rules.by_severity(rules.finding_from(data) for data in scan.findings) if scan else []


def upload_of(actor: Actor, upload_id: str) -> Upload:
    """One upload of the actor's account, with version and asset. Raises NotFound."""
    rows = Upload.objects.select_related("version", "version__asset")
    row = rows.filter(version__asset__account_id=_account_pk(actor), public_id=upload_id).first()
    if row is None:
        raise NotFound
    return row


def open_upload(version: AssetVersion) -> Upload | None:
    """The upload that waits for more, or is being looked at."""
    return version.uploads.filter(state__in=("open", "checking")).order_by("-pk").first()


def last_upload(version: AssetVersion) -> Upload | None:
    """The newest upload, whatever became of it."""
    return version.uploads.order_by("-pk").first()


# ----- images -----


@dataclass(frozen=True, slots=True)
class Choice:
    """An image with the reasons why it cannot be chosen (words of `rules.UNUSABLE`); none: it can."""

    image: CloudImage
    reasons: Sequence[str]

    @property
    def is_usable(self) -> bool:
        return not self.reasons


def images_for(actor: Actor, *, but: str = "") -> list[Choice]:
    """The images of the account as the image service lists them, usable ones first (S-IMG-002).

    `but` is the public id of the version that is being edited: its own image is not "used by another asset".
    """
    _account_pk(actor)
    listed = adapters.image_source().images(actor.account_id or "")
    used = used_images([image.image_id for image in listed], but=but)
    regions = parameters.get("asset.image_regions")
    found = [
        Choice(
            image,
            rules.why_unusable(
                is_system_disk=image.is_system_disk, has_public_base=image.has_public_base, region=image.region,
                state=image.state, is_encrypted=image.is_encrypted, is_used=image.image_id in used,
                is_own=image.is_own, regions=regions,
            ),
        )
        for image in listed
    ]  # fmt: skip
    return sorted(found, key=lambda choice: (bool(choice.reasons), choice.image.name))


def used_images(image_ids: Sequence[str], *, but: str = "") -> frozenset[str]:
    """Those of the images that a version names already."""
    rows = AssetVersion.objects.filter(image_id__in=image_ids, asset__is_deleted=False).exclude(state="deleted")
    return frozenset(rows.exclude(public_id=but).values_list("image_id", flat=True))


def image_source() -> Any:
    """The image service, for its name and whether it is a demo."""
    return adapters.image_source()


def _account_pk(actor: Actor) -> int:
    seller = selling.seller_of(actor)
    if not actor.may(MANAGE):  # who may change may look
        actor.require(VIEW)
    return int(seller.account_id)
