"""What the audit record can say about operating; `config.wiring` registers it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

SENTENCES = {
    "job.retried": _("{actor} gave the job {object} a fresh start"),
    "job.all_retried": _("{actor} gave all dead jobs of {object} a fresh start"),
    "job.discarded": _("{actor} removed the dead job {object}: {reason}"),
    "schedule.paused": _("{actor} paused {object}: {reason}"),
    "schedule.resumed": _("{actor} resumed {object}"),
    "schedule.run": _("{actor} ran {object} outside its times"),
    "setting.changed": _("{actor} changed the setting {object}: {reason}"),
    "ledger.checked": _("{actor} checked the ledger"),
    "reversal.asked": _("{actor} asked to undo {object}: {reason}"),
    "reversal.approved": _("{actor} approved that {object} is undone"),
    "reversal.rejected": _("{actor} rejected that {object} is undone: {reason}"),
}
