"""Submissions, remarks, reason templates, holidays."""

from __future__ import annotations

from django.db import models

from galleria.kit.ids import new_id


def _submission_id() -> str:
    return new_id("sbm")


def _reason_id() -> str:
    return new_id("rsn")


class Submission(models.Model):
    """Something that waits for a decision, or waited for one: a round of a review.

    `kind` names one of `kinds.KINDS`, `subject` the public id of what is decided about; the same subject can be
    submitted again after it was returned, and each round keeps its remarks and its decision.
    """

    public_id = models.CharField(max_length=40, unique=True, default=_submission_id, editable=False)
    kind = models.CharField(max_length=24)
    subject = models.CharField(max_length=64)
    title = models.CharField(max_length=200)
    account = models.ForeignKey("parties.Account", on_delete=models.PROTECT, related_name="+")
    applicant = models.ForeignKey("parties.User", null=True, on_delete=models.SET_NULL, related_name="+")
    seller_name = models.CharField(max_length=200, blank=True)
    round = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=12, default="pending")  # pending, approved, returned, withdrawn
    risks = models.JSONField(default=list)  # words that a reviewer sees first: "first release"
    results = models.JSONField(default=list)  # automatic checks: {"name","state": ok|warning|failed,"text"}
    ticked = models.JSONField(default=list)  # places of the checklist that a reviewer ticked
    rule = models.CharField(max_length=60, blank=True)  # the rule that approved it without a person
    submitted_at = models.DateTimeField()
    due_at = models.DateTimeField()
    takes_longer = models.BooleanField(default=False)  # many of one seller in a day (S-APP-002)
    assignee = models.ForeignKey("parties.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    taken_at = models.DateTimeField(null=True, blank=True)
    needs_second_eye = models.BooleanField(default=False)
    first_approval_by = models.ForeignKey(
        "parties.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    decided_by = models.ForeignKey("parties.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    note = models.TextField(blank=True)  # what the applicant is told

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject"], name="one_pending_submission", condition=models.Q(state="pending")
            )
        ]
        indexes = [
            models.Index(fields=["state", "due_at", "id"], name="submission_queue"),
            models.Index(fields=["state", "kind", "due_at", "id"], name="submission_kind"),
            models.Index(
                fields=["-decided_at", "-id"], condition=models.Q(decided_at__isnull=False), name="submission_decided"
            ),
            models.Index(fields=["account", "-submitted_at"], name="submission_account"),
            models.Index(fields=["subject", "-submitted_at"], name="submission_subject"),
        ]

    def __str__(self) -> str:
        return self.title


class Remark(models.Model):
    """What a reviewer says about one section or field; the applicant sees it beside that field."""

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="remarks")
    field = models.CharField(max_length=120)  # a path: "contacts" or "specifications.0.prices.1"
    text = models.CharField(max_length=1000)
    author = models.ForeignKey("parties.User", null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]


class ReasonTemplate(models.Model):
    """A sentence that reviewers use often, in every language of the marketplace (see `translation.py`)."""

    public_id = models.CharField(max_length=40, unique=True, default=_reason_id, editable=False)
    kind = models.CharField(max_length=24, blank=True)  # empty for every kind
    title = models.CharField(max_length=80)
    text = models.CharField(max_length=1000)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]


class Holiday(models.Model):
    """A day on which the operator does not work; due times skip it and week-ends."""

    date = models.DateField(unique=True)
    name = models.CharField(max_length=80)

    class Meta:
        ordering = ["date"]
