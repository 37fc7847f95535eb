"""Sentences of the audit record; `config.wiring` registers them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

SENTENCES = {
    "submission.submitted": _("{actor} submitted {object} for review"),
    "submission.withdrawn": _("{actor} withdrew {object} from review"),
    "submission.taken": _("{actor} took the review of {object}"),
    "submission.assigned": _("{actor} gave the review of {object} to somebody"),
    "submission.second_eye": _("{actor} asked for a second person's decision on {object}"),
    "submission.first_approval": _("{actor} approved {object} as the first of two"),
    "submission.approved": _("{actor} approved {object}"),
    "submission.returned": _("{actor} returned {object} with reasons"),
    "reason.saved": _("{actor} wrote the ready-made reason {object}"),
    "reason.removed": _("{actor} removed the ready-made reason {object}"),
    "holiday.added": _("{actor} added the holiday {object}"),
    "holiday.removed": _("{actor} removed the holiday {object}"),
}
