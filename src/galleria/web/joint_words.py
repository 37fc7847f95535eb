"""Words of the joint operations programme, the same for sellers and for the operator (S-JOP)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from galleria.web import words
from galleria.web.formats import date_text

STATES = {
    "draft": words.Shown(pgettext_lazy("joint operations request", "Draft"), "", "edit"),
    "qualification": words.Shown(gettext_lazy("Qualification review"), "info", "clock"),
    "technical": words.Shown(gettext_lazy("Technical verification"), "info", "clock"),
    "commercial": words.Shown(gettext_lazy("Commercial review"), "info", "clock"),
    "certified": words.Shown(gettext_lazy("Certified"), "good", "verified"),
    "rejected": words.Shown(pgettext_lazy("joint operations request", "Refused"), "bad", "x"),
    "expired": words.Shown(pgettext_lazy("certificate", "Expired"), "", "clock"),
    "revoked": words.Shown(pgettext_lazy("certificate", "Revoked"), "bad", "stop"),
}
STEPS = ("qualification", "technical", "commercial", "certified")
STEP_NOTES = {
    "qualification": gettext_lazy("Company, certificates and selection of the product"),
    "technical": gettext_lazy("Function, performance and security are tested"),
    "commercial": gettext_lazy("List price, sales base and sharing base are agreed"),
    "certified": gettext_lazy("Valid for twelve months; the product can be released"),
}
SECTIONS = (
    ("introduction", gettext_lazy("Company"),
     gettext_lazy("What the company does, for whom and where. Name and licence come from your account.")),
    ("business_term", gettext_lazy("Business term"), gettext_lazy("How long the company's licence runs.")),
    ("results", gettext_lazy("Certificates and test results"),
     gettext_lazy("What was tested, by whom, with which result: function, performance, security.")),
    ("compliance", gettext_lazy("Compliance"),
     gettext_lazy("Standards that are held, personal data that is processed, licences of third parties.")),
    ("contact", gettext_lazy("Contact"), gettext_lazy("Name, e-mail and phone of the person who answers questions.")),
)  # fmt: skip
DELIVERIES = ("image", "saas", "license", "professional")
PRICES = (
    ("list", gettext_lazy("List price")),
    ("sales_base", gettext_lazy("Sales base price")),
    ("sharing_base", gettext_lazy("Sharing base price")),
)


def rail(row: Any) -> list[dict[str, Any]]:
    """The three reviews and the certificate as steps."""
    reached = STEPS.index(row.state) if row.state in STEPS else 0
    found = []
    for place, key in enumerate(STEPS):
        is_over = place < reached or row.state in {"certified", "expired", "revoked"}
        phase = "done" if is_over else "now" if place == reached and row.state in STEPS else "next"
        text: Any = STEP_NOTES[key]
        if key == "certified" and row.expires_at:
            text = _("until %(date)s") % {"date": date_text(row.expires_at, "date")}
        found.append({"phase": phase, "title": STATES[key].word, "text": text})
    if row.state == "rejected":
        found[0] = {**found[0], "phase": "bad", "text": row.reason}
    if row.state in {"expired", "revoked"}:
        end = {"phase": "bad", "title": STATES[row.state].word, "text": row.reason}
        found[-1] = {**found[-1], "phase": "done"}
        found.append(end)
    return found


def lede(row: Any, is_valid: bool, at: datetime) -> str:
    """The sentence that says what is with a request, and who must do something."""
    match row.state:
        case "draft":
            return _("Fill in every section, then submit it. Three reviews follow.")
        case "rejected":
            return _("It was refused. Correct it and submit it again; it begins with the first review.")
        case "certified" if not is_valid:
            return _("It was certified for %(company)s; another company cannot release with it.") % {
                "company": row.company
            }
        case "certified":
            days = (row.expires_at - at).days
            return _("In force for %(days)s more days. The operator sets the prices and sells it with you.") % {
                "days": days
            }
        case "expired":
            return _("Its time is over. Products that were released with it are not sold any more.")
        case "revoked":
            return _("The operator took it back. Products that were released with it are not sold any more.")
    return _("The operator looks at it. You hear from us; nothing is to be done now.")
