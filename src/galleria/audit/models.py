"""The table of audit records: inserted, never updated, never deleted."""

from __future__ import annotations

from typing import Any, NoReturn

from django.db import models


class _AppendOnly(models.QuerySet["AuditRecord"]):
    """A set of rows that can be read and added to."""

    def update(self, **kwargs: Any) -> NoReturn:
        raise TypeError("an audit record is never changed")

    def delete(self) -> NoReturn:
        raise TypeError("an audit record is never deleted")


class AuditRecord(models.Model):
    """One deed. Names are kept as they were then, so that the sentence can be read when the rest is gone."""

    public_id = models.CharField(max_length=40, unique=True)
    at = models.DateTimeField(db_index=True)
    sentence = models.CharField(max_length=80, db_index=True)
    actor_user_id = models.CharField(max_length=40, default="", blank=True, db_index=True)
    actor_name = models.CharField(max_length=200, default="", blank=True)
    actor_account_id = models.CharField(max_length=40, default="", blank=True)
    is_operator = models.BooleanField(default=False)
    channel = models.CharField(max_length=10)
    account_id = models.CharField(max_length=40, default="", blank=True)
    object_type = models.CharField(max_length=60, default="", blank=True)
    object_id = models.CharField(max_length=60, default="", blank=True)
    object_name = models.CharField(max_length=300, default="", blank=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    reason = models.TextField(default="", blank=True)
    address = models.CharField(max_length=64, default="", blank=True)
    request_id = models.CharField(max_length=64, default="", blank=True)

    objects = _AppendOnly.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["account_id", "id"], name="audit_account"),
            models.Index(fields=["object_type", "object_id", "id"], name="audit_object"),
        ]

    def __str__(self) -> str:
        return f"{self.public_id} {self.sentence}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise TypeError("an audit record is never changed")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("an audit record is never deleted")
