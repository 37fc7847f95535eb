"""Words of assets for pages, and the parts that several pages share."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from markupsafe import Markup, escape

from galleria.assets import selectors
from galleria.assets.services.scanning import CHECK_WORDS
from galleria.assets.states import KINDS, SEVERITY_WORDS, STATE_TONES, STATE_WORDS
from galleria.kit.actor import Actor
from galleria.kit.spoken import spoken
from galleria.parties import permissions
from galleria.web.formats import moment

PLURALS = {
    "image": gettext_lazy("System images"),
    "package": gettext_lazy("Packages"),
    "saas_site": gettext_lazy("SaaS sites"),
    "container": gettext_lazy("Container images"),
}
NOTES = {
    "image": gettext_lazy("The system disk from which customers create a server."),
    "package": gettext_lazy("Software that customers install: zip, tar or tar.gz."),
    "saas_site": gettext_lazy("The address at which customers use your service."),
    "container": gettext_lazy("An image for containers, saved as a tar archive."),
}
LOGIN_MODES = {"password": gettext_lazy("User name and password"), "cookie": gettext_lazy("Cookie of a session")}
SEVERITY_TONES = {"critical": "bad", "high": "bad", "medium": "warn", "low": "info", "note": ""}
CHECKLIST = {
    "injection": gettext_lazy("Input is checked: no cross-site scripting, no injection into databases, commands, XML."),
    "sessions": gettext_lazy("Forms are protected against forged requests, sessions end."),
    "uploads": gettext_lazy("Uploaded files cannot run, and paths cannot leave their folder."),
    "information": gettext_lazy("Errors, backups and source code are not shown to visitors."),
    "redirects": gettext_lazy("No link of the site leads to addresses that others choose."),
    "encryption": gettext_lazy("Every page is encrypted with a valid certificate."),
    "public_domain": gettext_lazy("This is the domain that customers use."),
}
REGIONS = {
    "bangkok": gettext_lazy("Bangkok"), "hong-kong": gettext_lazy("Hong Kong"),
    "johannesburg": gettext_lazy("Johannesburg"), "mexico-city": gettext_lazy("Mexico City"),
    "santiago": gettext_lazy("Santiago"), "sao-paulo": gettext_lazy("São Paulo"),
    "singapore": gettext_lazy("Singapore"), "dublin": gettext_lazy("Dublin"),
}  # fmt: skip
CHECK_STATES = {
    "passed": (gettext_lazy("Passed"), "good"), "failed": (gettext_lazy("Failed"), "bad"),
    "manual": (gettext_lazy("A person looks"), "warn"), "skipped": (gettext_lazy("Not looked at"), ""),
}  # fmt: skip

TEMPLATE_WORDS: dict[str, Any] = {
    "kinds": KINDS, "plurals": PLURALS, "kind_notes": NOTES, "state_words": STATE_WORDS, "state_tones": STATE_TONES,
    "login_modes": LOGIN_MODES, "severities": SEVERITY_WORDS, "severity_tones": SEVERITY_TONES,
    "check_words": CHECK_WORDS, "check_states": CHECK_STATES, "checklist": CHECKLIST, "regions": REGIONS,
}  # fmt: skip


def missing_right(actor: Actor) -> str:
    """Why the actor may only look, or nothing."""
    if actor.may(selectors.MANAGE):
        return ""
    return _("You need the right to %(covers)s.") % {"covers": permissions.ACTIONS[selectors.MANAGE].covers}


def region(key: str) -> str:
    """The name of a region; an unknown one as it is."""
    return str(REGIONS.get(key, key))


def title_of(finding: Any) -> str:
    """A finding's sentence in the reader's language; what a program wrote stays as it is."""
    return spoken(finding.title) or str(finding.code)


def words_of_scan(check: dict[str, Any]) -> Markup:
    """Who looked and what they noted."""
    parts = [spoken(check.get("by", "")), spoken(check.get("note", ""))]
    return Markup(" · ").join(escape(part) for part in parts if part)


def steps(version: Any, scan: Any, due: Any) -> list[dict[str, Any]]:
    """The course of a version for the rail."""
    state = version.state
    over = state in {"approved", "rejected"}
    waiting = scan is not None and scan.state == "waiting" and not over
    by_hand = waiting or (over and version.is_by_hand)
    begun = version.submitted_at is not None
    found = [
        {"phase": "done" if begun else "now", "title": _("Prepared"), "text": moment(version.created_at)},
        {
            "phase": "done" if over or waiting else "now" if state == "scanning" else "next",
            "title": _("Scanned"),
            "text": moment(version.submitted_at) if begun else _("by the scanners of the marketplace"),
        },
    ]
    if by_hand:
        until = Markup("{} {}").format(_("until"), moment(due, "date")) if due else ""
        found.append({"phase": "done" if over else "now", "title": _("Looked at by a person"), "text": until})
    last = {"approved": _("Approved"), "rejected": _("Rejected")}.get(state, _("Result"))
    phase = {"approved": "done", "rejected": "bad"}.get(state, "next")
    found.append({"phase": phase, "title": last, "text": moment(version.decided_at) if over else ""})
    return found
