"""Assets as their seller's programs see them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from galleria.api.schemas.common import NO_NUL, PLAIN, In, Instant, Out, PageOut
from galleria.assets import reports, rules, selectors

Kind = Literal["image", "package", "saas_site", "container"]
Line = Annotated[str, Field(max_length=300, pattern=PLAIN)]
Words = Annotated[str, Field(max_length=2000, pattern=NO_NUL)]
Region = Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,40}$")]


class AssetIn(In):
    """A new asset with its first version. `address` to `checklist` are for sites, whose address stays as it is."""

    kind: Kind
    name: Line
    note: Words = ""
    version: Line = "V1.0"
    address: Line = ""
    login_mode: Literal["", "password", "cookie"] = ""
    consent: bool = False
    checklist: Annotated[list[Literal[rules.CHECKLIST]], Field(max_length=20)] = []  # type: ignore[valid-type]


class AssetChangeIn(In):
    """What can be changed of an asset."""

    name: Line
    note: Words = ""
    login_mode: Literal["", "password", "cookie"] = ""


class VersionIn(In):
    """A new version, or its change; what was approved is scanned again. The rest is for images."""

    version: Line
    note: Words = ""
    image_id: Line | None = None
    regions: Annotated[list[Region], Field(max_length=50)] = []
    agency: bool = False
    security_rules: Words = ""


class UploadIn(In):
    """A file that will come in pieces."""

    name: Line
    size: Annotated[int, Field(ge=0, le=2**53)]


class PieceIn(In):
    """The next piece, in Base64; it begins where the last one ended."""

    offset: Annotated[int, Field(ge=0, le=2**53)]
    content: Annotated[str, Field(max_length=2_500_000, pattern=r"^[A-Za-z0-9+/=]*$")]


class VersionLine(Out):
    """A version in a list. `state`: draft, scanning, approved, rejected."""

    id: str
    version: str
    state: str
    by_hand: bool


class AssetOut(Out):
    """An asset. Of a site, `proof` is the file that proves it, to be put into its root."""

    id: str
    kind: str
    name: str
    note: str
    address: str
    login_mode: str
    verified_at: Instant | None
    verify_problem: str
    proof: dict[str, str] | None
    changed_at: Instant
    versions: list[VersionLine]


class AssetLine(Out):
    """An asset in a list, with its newest version."""

    id: str
    kind: str
    name: str
    address: str
    version: str
    state: str
    approved_version: str
    changed_at: Instant


class AssetPage(PageOut[AssetLine]):
    """Assets, those that changed last first."""


class AssetFile(Out):
    """The file of a version."""

    id: str
    name: str
    size: int
    sha256: str


class VersionOut(Out):
    """A version with the report of its last scan (`docs/operate/files.md`). `image` holds what was chosen."""

    id: str
    asset: str
    version: str
    note: str
    state: str
    by_hand: bool
    reason: str
    file: AssetFile | None
    image: dict[str, Any] | None
    submitted_at: Instant | None
    decided_at: Instant | None
    report: dict[str, Any] | None


class UploadOut(Out):
    """How far an upload is. `state`: open, checking, taken, refused (with `problem`), dropped."""

    id: str
    version: str
    name: str
    size: int
    offset: int
    state: str
    problem: str


class ImageOut(Out):
    """An image of the account; `reasons` says why it cannot be an asset, and is empty when it can."""

    id: str
    name: str
    region: str
    system: str
    reasons: list[str]


class ImagesOut(Out):
    """The images of the account. `is_demo`: they are made up."""

    source: str
    is_demo: bool
    items: list[ImageOut]


def asset_line(row: Any) -> AssetLine:
    return AssetLine(
        id=row.public_id, kind=row.kind, name=row.name, address=row.address, version=row.latest_label or "",
        state=row.latest_state or "", approved_version=row.approved_label or "", changed_at=row.changed_at,
    )  # fmt: skip


def asset_out(row: Any) -> AssetOut:
    proof = {"name": rules.proof_name(row.token), "content": rules.proof_text(row.token)} if row.token else None
    versions = [
        VersionLine(id=each.public_id, version=each.label, state=each.state, by_hand=each.is_by_hand)
        for each in selectors.versions_of(row)
    ]
    return AssetOut(
        id=row.public_id, kind=row.kind, name=row.name, note=row.note, address=row.address, login_mode=row.login_mode,
        verified_at=row.verified_at, verify_problem=row.verify_problem, proof=proof, changed_at=row.changed_at,
        versions=versions,
    )  # fmt: skip


def version_out(row: Any) -> VersionOut:
    scans = selectors.scans_of(row)
    if scans:
        scans[0].version = row
    file = row.file
    return VersionOut(
        id=row.public_id, asset=row.asset.public_id, version=row.label, note=row.note, state=row.state,
        by_hand=row.is_by_hand, reason=row.reason, submitted_at=row.submitted_at, decided_at=row.decided_at,
        file=AssetFile(id=file.public_id, name=file.name, size=file.size, sha256=file.sha256) if file else None,
        image=row.source or None, report=reports.as_data(scans[0]) if scans else None,
    )  # fmt: skip


def upload_out(row: Any) -> UploadOut:
    return UploadOut(
        id=row.public_id, version=row.version.public_id, name=row.name, size=row.size, offset=row.received,
        state=row.state, problem=row.problem,
    )  # fmt: skip


def image_out(choice: Any) -> ImageOut:
    image = choice.image
    return ImageOut(
        id=image.image_id, name=image.name, region=image.region, system=image.system, reasons=list(choice.reasons)
    )
