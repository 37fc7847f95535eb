"""Releases with their rounds, what each approved one said, requests for removal, problem notices."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from galleria.kit.ids import new_id


def _release_id() -> str:
    return new_id("rel")


def _removal_id() -> str:
    return new_id("rem")


def _notice_id() -> str:
    return new_id("ntc")


class Release(models.Model):
    """A seller's request to publish or change a product. `document`: the whole product (catalogue_file.schema.Product).

    `version` counts the times it was saved, so that of two people who edit it nobody overwrites the other. `base` is
    the product's document when the work began, `base_version` the number of approved releases then.
    """

    public_id = models.CharField(max_length=40, unique=True, default=_release_id, editable=False)
    seller = models.ForeignKey("parties.Seller", on_delete=models.PROTECT, related_name="releases")
    product = models.ForeignKey(
        "publishing.Product", null=True, blank=True, on_delete=models.PROTECT, related_name="releases"
    )
    kind = models.CharField(max_length=8)  # new, change
    source = models.CharField(max_length=12, default="scratch")  # scratch, product, rejected, copy
    delivery = models.CharField(max_length=16)
    title = models.CharField(max_length=200, blank=True)  # the product's name as the document has it
    document = models.JSONField(default=dict)
    base = models.JSONField(default=dict)
    base_version = models.PositiveIntegerField(default=0)
    version = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=12, default="draft")  # draft, pending, approved, rejected
    notes = models.CharField(max_length=500, blank=True)  # what changed, for reviewers and the list of versions
    created_by = models.ForeignKey("parties.User", null=True, on_delete=models.SET_NULL, related_name="+")
    changed_by = models.ForeignKey("parties.User", null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["product"], name="one_pending_release", condition=Q(state="pending"))
        ]
        indexes = [
            models.Index(fields=["seller", "state", "-changed_at"], name="release_list"),
            models.Index(fields=["product", "-changed_at"], name="release_product"),
        ]

    def __str__(self) -> str:
        return self.title or self.public_id


class Revision(models.Model):
    """What one submitted round said; never changed."""

    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="revisions")
    round = models.PositiveIntegerField()
    document = models.JSONField()
    results = models.JSONField(default=list)  # automatic checks of this round
    submission = models.CharField(max_length=40)  # public id of the submission
    submitted_by = models.ForeignKey("parties.User", null=True, on_delete=models.SET_NULL, related_name="+")
    submitted_at = models.DateTimeField()

    class Meta:
        ordering = ["round"]
        constraints = [models.UniqueConstraint(fields=["release", "round"], name="one_revision")]


class ReleasedDocument(models.Model):
    """The immutable document of a product as of one approved release (S-PRD-004)."""

    product = models.ForeignKey("publishing.Product", on_delete=models.PROTECT, related_name="released_documents")
    number = models.PositiveIntegerField()
    document = models.JSONField()
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="+")
    released_at = models.DateTimeField()

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["product", "number"], name="one_released_document")]


class RemovalRequest(models.Model):
    """A seller asks to end the sale of a product, a specification or a SKU (S-PRD-006)."""

    public_id = models.CharField(max_length=40, unique=True, default=_removal_id, editable=False)
    product = models.ForeignKey("publishing.Product", on_delete=models.PROTECT, related_name="removals")
    specification = models.ForeignKey("publishing.Specification", null=True, on_delete=models.PROTECT, related_name="+")
    sku = models.ForeignKey("publishing.Sku", null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=500)
    evidence = models.CharField(max_length=40, blank=True)  # public id of a stored file
    state = models.CharField(max_length=12, default="pending")  # pending, approved, rejected, withdrawn
    requested_by = models.ForeignKey("parties.User", null=True, on_delete=models.SET_NULL, related_name="+")
    requested_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["product"], name="one_pending_removal", condition=Q(state="pending"))
        ]

    def __str__(self) -> str:
        return self.product.name

    @property
    def scope(self) -> str:
        """product, specification, sku."""
        return "sku" if self.sku_id else "specification" if self.specification_id else "product"


class ProblemNotice(models.Model):
    """A problem found on a released product; the seller answers in time or the product may be removed (S-APP-002)."""

    public_id = models.CharField(max_length=40, unique=True, default=_notice_id, editable=False)
    product = models.ForeignKey("publishing.Product", on_delete=models.PROTECT, related_name="problem_notices")
    text = models.CharField(max_length=2000)
    emails = models.JSONField(default=list)  # customer service and after-sales, as they were then
    state = models.CharField(max_length=8, default="open")  # open, answered, closed
    answer = models.CharField(max_length=2000, blank=True)
    sent_by = models.ForeignKey("parties.User", null=True, on_delete=models.SET_NULL, related_name="+")
    sent_at = models.DateTimeField()
    due_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["state", "due_at"], name="notice_queue")]

    def __str__(self) -> str:
        return self.product.name


def _certificate_id() -> str:
    return new_id("joc")


class JointCertificate(models.Model):
    """A product in the joint operations programme: what was certified, of whom, at which agreed prices (S-JOP-002)."""

    public_id = models.CharField(max_length=40, unique=True, default=_certificate_id, editable=False)
    seller = models.ForeignKey("parties.Seller", on_delete=models.PROTECT, related_name="joint_certificates")
    company = models.CharField(max_length=200)  # the seller's legal name when it was submitted
    product_name = models.CharField(max_length=200)
    delivery = models.CharField(max_length=16)
    specifications = models.JSONField(default=list)  # names
    material = models.JSONField(default=dict)  # introduction, test results, compliance, contact, files
    accepted_at = models.DateTimeField(null=True, blank=True)  # programme agreement and the operator's pricing right
    prices = models.JSONField(default=dict)  # specification: {"list","sales_base","sharing_base"}, as agreed
    state = models.CharField(max_length=14, default="draft")
    # draft, qualification, technical, commercial, certified, rejected, expired, revoked
    reason = models.CharField(max_length=1000, blank=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    certified_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    warned_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["seller", "state"], name="joint_of_seller")]

    def __str__(self) -> str:
        return self.product_name
