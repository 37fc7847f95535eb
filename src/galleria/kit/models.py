"""Tables of the tools: jobs, cron slots, idempotency keys, operator settings."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Job(models.Model):
    """A piece of work to be done once. The row is deleted when it is done; a dead row waits for the operator.

    `run_at` is marketplace time (it follows a test clock); `lease_until` is the system's time. `attempts` counts
    leases and fences: only the holder of the latest lease may delete or reschedule the row.
    """

    class State(models.TextChoices):
        READY = "ready"
        LEASED = "leased"
        DEAD = "dead"

    public_id = models.CharField(max_length=40, unique=True)
    task = models.CharField(max_length=200)
    args = models.JSONField(default=dict)
    queue = models.CharField(max_length=40, default="default")
    lane = models.CharField(max_length=80, default="", blank=True)
    outside = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.READY)
    priority = models.PositiveSmallIntegerField(default=0)  # lower ones are taken first
    run_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    max_attempts = models.PositiveIntegerField(default=10)
    lease_until = models.DateTimeField(null=True, blank=True)
    leased_by = models.CharField(max_length=80, default="", blank=True)
    dedupe = models.CharField(max_length=200, null=True, blank=True, unique=True)
    error = models.TextField(default="", blank=True)
    created_at = models.DateTimeField()
    dead_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["outside", "priority", "run_at", "id"], condition=Q(state="ready"), name="job_ready"),
            models.Index(fields=["lease_until"], condition=Q(state="leased"), name="job_leased"),
            models.Index(fields=["lane"], condition=Q(state="leased") & ~Q(lane=""), name="job_lane"),
            models.Index(fields=["dead_at"], condition=Q(state="dead"), name="job_dead"),
        ]

    def __str__(self) -> str:
        return f"{self.public_id} {self.task}"


class JobStat(models.Model):
    """How a task has been doing: one row per task, counted up by the workers."""

    task = models.CharField(max_length=200, unique=True)
    runs = models.PositiveBigIntegerField(default=0)
    failures = models.PositiveBigIntegerField(default=0)
    total_ms = models.PositiveBigIntegerField(default=0)
    last_run_at = models.DateTimeField(null=True)
    last_ms = models.PositiveBigIntegerField(default=0)
    last_failed_at = models.DateTimeField(null=True)
    last_error = models.TextField(default="", blank=True)

    def __str__(self) -> str:
        return self.task


class CronSlot(models.Model):
    """The last slot of a cron job that was put into the queue, so that every slot is queued at most once."""

    name = models.CharField(max_length=200, unique=True)
    last_slot = models.DateTimeField()
    is_paused = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.name


class WorkerBeat(models.Model):
    """A sign of life of a worker process, in the system's time."""

    name = models.CharField(max_length=80, unique=True)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    threads = models.PositiveIntegerField()

    def __str__(self) -> str:
        return self.name


class IdempotencyKey(models.Model):
    """The first answer to a write that a client may repeat."""

    owner = models.CharField(max_length=60)
    scope = models.CharField(max_length=80)
    key = models.CharField(max_length=128)
    request_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    answer = models.JSONField(null=True)
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "scope", "key"], name="idempotency_once")]

    def __str__(self) -> str:
        return f"{self.scope} {self.key}"


class ParameterChange(models.Model):
    """One version of an operator setting: the value that holds from `at` on (B-GEN-002). Never updated."""

    key = models.CharField(max_length=80)
    scope = models.CharField(max_length=40, default="", blank=True)
    version = models.PositiveIntegerField()
    value = models.JSONField(null=True)
    at = models.DateTimeField()
    user_id = models.CharField(max_length=40, default="", blank=True)
    user_name = models.CharField(max_length=200, default="", blank=True)
    reason = models.TextField(default="", blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "scope", "version"], name="parameter_version_once")]

    def __str__(self) -> str:
        return f"{self.key} v{self.version}"


class StoredFile(models.Model):
    """A file that somebody gave us; its bytes are in the storage under `place`, never under the name it came with.

    `account` owns it (none: the marketplace). `kind` is a key of `files.TYPES`, found by content. `scan` says what the
    virus scanner said: clean, not_scanned. `notes`: macros, active, unopened.
    """

    public_id = models.CharField(max_length=40, unique=True)
    account = models.ForeignKey("parties.Account", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey("parties.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    purpose = models.CharField(max_length=40)
    name = models.CharField(max_length=160)
    kind = models.CharField(max_length=10)
    media_type = models.CharField(max_length=100)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    place = models.CharField(max_length=200)
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    is_public = models.BooleanField(default=False)
    notes = models.JSONField(default=list, blank=True)
    scan = models.CharField(max_length=12, default="not_scanned")
    scanner = models.CharField(max_length=60, default="", blank=True)
    scan_note = models.CharField(max_length=200, default="", blank=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["account", "purpose", "-created_at"], name="file_of_account")]

    def __str__(self) -> str:
        return self.name
