"""Messages about scans that ended without a person; results by hand are told as reviews are (S-AST-001)."""

from __future__ import annotations

from django.utils import translation
from django.utils.translation import gettext_lazy as _

from galleria.assets import events, selectors
from galleria.kit import clock, jobs, outbox
from galleria.kit.spoken import spoken
from galleria.notifying import services
from galleria.notifying.sentences import Sentence, register
from galleria.parties import selectors as parties

register(
    {
        "asset.approved": Sentence(
            "service",
            _("{asset} passed its scan"),
            _("{asset} was approved. It can be chosen for specifications from now on."),
            _("See the report"),
        ),
        "asset.rejected": Sentence(
            "service",
            _("{asset} did not pass its scan"),
            _("{asset} was rejected: {reason}\nThe report names every finding. Correct it and submit it again."),
            _("See the report"),
        ),
        "asset.broken": Sentence(
            "service",
            _("The scan of {asset} broke off"),
            _("{asset} was not scanned to the end. {reason}"),
            _("Open the version"),
        ),
    }
)


def connect() -> None:
    """Called by `handlers.connect`."""
    outbox.subscribe(events.AssetApproved, on_approved, lane=services.lane, priority=jobs.LATER)
    outbox.subscribe(events.AssetRejected, on_rejected, lane=services.lane, priority=jobs.LATER)
    outbox.subscribe(events.ScanBroken, on_broken, lane=services.lane, priority=jobs.LATER)


def on_approved(event: events.AssetApproved) -> None:
    if not event.by_hand:
        _tell(event.version_id, "asset.approved", event.scan_id, "")


def on_rejected(event: events.AssetRejected) -> None:
    if not event.by_hand:
        _tell(event.version_id, "asset.rejected", event.scan_id, event.reason)


def on_broken(event: events.ScanBroken) -> None:
    _tell(event.version_id, "asset.broken", event.scan_id, event.reason)


def _tell(version_id: str, key: str, scan_id: str, reason: str) -> None:
    """Those who look after assets, each in their language."""
    version = selectors.asset_version_of(version_id)
    for user in parties.users_with(version.asset.account_id, selectors.MANAGE):
        with translation.override(user.language):
            facts = {"asset": str(version), "reason": spoken(reason)}
        services.notify(
            [user], key, at=clock.now(), dedupe=f"asset:{scan_id}", link=selectors.page_of(version),
            account_pk=version.asset.account_id, **facts,
        )  # fmt: skip
