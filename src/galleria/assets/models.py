"""Assets, their versions, scans with findings, uploads that go on where they stopped."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from galleria.kit.ids import new_id


def _asset_id() -> str:
    return new_id("ast")


def _version_id() -> str:
    return new_id("asv")


def _scan_id() -> str:
    return new_id("scn")


def _upload_id() -> str:
    return new_id("upl")


class Asset(models.Model):
    """What a seller delivers: an image, a package, a SaaS site or a container image (S-AST-001).

    Of a site `address` is what customers open and `host` its domain; both stay as they were added (S-AST-004).
    """

    public_id = models.CharField(max_length=40, unique=True, default=_asset_id, editable=False)
    account = models.ForeignKey("parties.Account", on_delete=models.PROTECT, related_name="assets")
    kind = models.CharField(max_length=12)  # image, package, saas_site, container
    name = models.CharField(max_length=80)
    note = models.TextField(blank=True)
    is_deleted = models.BooleanField(default=False)
    address = models.CharField(max_length=300, blank=True)
    host = models.CharField(max_length=255, blank=True)
    login_mode = models.CharField(max_length=10, blank=True)  # password, cookie
    token = models.CharField(max_length=64, blank=True)
    verified_at = models.DateTimeField(null=True, blank=True)
    verify_problem = models.CharField(max_length=300, blank=True)  # of the last look for the file
    consent_by = models.CharField(max_length=200, blank=True)
    consent_at = models.DateTimeField(null=True, blank=True)
    checklist = models.JSONField(default=list)  # keys of rules.CHECKLIST that the seller confirmed
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "address"],
                condition=Q(is_deleted=False) & ~Q(address=""),
                name="one_site_per_address",
            )
        ]
        indexes = [models.Index(fields=["account", "is_deleted", "-changed_at"], name="asset_of_account")]

    def __str__(self) -> str:
        return self.name


class AssetVersion(models.Model):
    """One version of an asset; approved versions are what specifications name (`publishing.Specification.asset`).

    `source` of images: image_id, region, regions, agency, rules, name. `is_by_hand`: a person entered the result.
    """

    public_id = models.CharField(max_length=40, unique=True, default=_version_id, editable=False)
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="versions")
    label = models.CharField(max_length=40)  # V1.0
    note = models.CharField(max_length=500, blank=True)
    state = models.CharField(max_length=10, default="draft")  # draft, scanning, approved, rejected, deleted
    file = models.ForeignKey("kit.StoredFile", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    source = models.JSONField(default=dict)
    image_id = models.CharField(max_length=64, blank=True)
    is_by_hand = models.BooleanField(default=False)
    reason = models.TextField(blank=True)  # why it was rejected, or its scan broke off
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["asset", "label"], condition=~Q(state="deleted"), name="one_version_per_label"
            )
        ]
        indexes = [models.Index(fields=["state", "-submitted_at"], name="asset_version_state")]

    def __str__(self) -> str:
        return f"{self.asset.name} {self.label}"


class Scan(models.Model):
    """One run of the scanners over a version; it may be waiting for a person.

    `domain` is set while a site is scanned, so that of one domain one scan runs at a time (S-AST-004). `checks` are
    rules.Check as data, `findings` rules.Finding as data.
    """

    public_id = models.CharField(max_length=40, unique=True, default=_scan_id, editable=False)
    version = models.ForeignKey(AssetVersion, on_delete=models.CASCADE, related_name="scans")
    state = models.CharField(max_length=10, default="running")  # running, waiting, passed, failed, broken
    domain = models.CharField(max_length=255, blank=True)
    checks = models.JSONField(default=list)
    findings = models.JSONField(default=list)
    is_by_hand = models.BooleanField(default=False)
    entered_by = models.CharField(max_length=200, blank=True)
    note = models.TextField(blank=True)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["domain"],
                condition=Q(state__in=["running", "waiting"]) & ~Q(domain=""),
                name="one_running_scan_per_domain",
            ),
            models.UniqueConstraint(
                fields=["version"], condition=Q(state__in=["running", "waiting"]), name="one_open_scan_per_version"
            ),
        ]
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.public_id


class Upload(models.Model):
    """A file on its way in pieces; `received` bytes are in the folder of uploads, in order."""

    public_id = models.CharField(max_length=40, unique=True, default=_upload_id, editable=False)
    version = models.ForeignKey(AssetVersion, on_delete=models.CASCADE, related_name="uploads")
    user = models.ForeignKey("parties.User", null=True, on_delete=models.SET_NULL, related_name="+")
    name = models.CharField(max_length=160)
    size = models.BigIntegerField()
    received = models.BigIntegerField(default=0)
    state = models.CharField(max_length=10, default="open")  # open, checking, taken, refused, dropped
    problem = models.CharField(max_length=400, blank=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["state", "changed_at"], name="upload_state")]

    def __str__(self) -> str:
        return self.name
