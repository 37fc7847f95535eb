"""What the parts of an interface are called in pages, and what the pages about it share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from galleria.kit.actor import Actor
from galleria.web import lists
from galleria.web.words import ACTIVITIES, Shown, Text

VIEW = "seller:delivery:view"
MANAGE = "seller:key:manage"
DEBUG = "seller:delivery:act"

DOMAIN_STATES: Mapping[str, Shown] = {
    "pending": Shown(gettext_lazy("Waits for proof"), "warn", "clock"),
    "proven": Shown(gettext_lazy("Proven"), "good", "verified"),
    "expired": Shown(gettext_lazy("Not proven in time"), "", "x"),
    "lost": Shown(gettext_lazy("No longer proven"), "bad", "alert"),
}
ADDRESS_STATES: Mapping[str, Shown] = {
    "verified": Shown(gettext_lazy("Proven"), "good", "verified"),
    "lost": Shown(gettext_lazy("Domain lost"), "bad", "alert"),
}
MEANS: Mapping[str, Text] = {
    "dns": gettext_lazy("by a TXT record"),
    "file": gettext_lazy("by a file"),
    "operator": gettext_lazy("by the operator"),
}
KEY_KINDS: Mapping[str, Text] = {
    "base": gettext_lazy("Base interface"),
    "joint": gettext_lazy("Joint SaaS synchronisation"),
    "license": gettext_lazy("License codes"),
    "general": gettext_lazy("General (order notices)"),
}
KEY_NOTES: Mapping[str, Text] = {
    "base": gettext_lazy("signs every call of SaaS products"),
    "joint": gettext_lazy("signs tenants, applications, users and organisations"),
    "license": gettext_lazy("signs the delivery of authorization codes"),
    "general": gettext_lazy("signs notices about orders"),
}
VARIANTS: Mapping[str, Text] = {
    "standard": gettext_lazy("As documented"),
    "descending": gettext_lazy("Members sorted descending"),
    "plain_sha256": gettext_lazy("Body digest is a plain SHA-256"),
    "seconds": gettext_lazy("Timestamp in seconds"),
    "base64_key": gettext_lazy("Key in its Base64 form"),
}
MISREADINGS: Mapping[str, Text] = {
    "descending": gettext_lazy("Your server sorts the members of the body descending. They are sorted ascending."),
    "plain_sha256": gettext_lazy("Your server takes a plain SHA-256 of the body. It is an HMAC-SHA256 with the key."),
    "seconds": gettext_lazy("Your server expects the timestamp in seconds. It is in milliseconds."),
    "base64_key": gettext_lazy("Your server uses the Base64 text of the key. It is the key’s own text."),
    "standard": gettext_lazy("Your server accepts the signature as it is documented."),
}  # fmt: skip
PHASES: Mapping[str, Text] = {
    "dns": gettext_lazy("The host name could not be resolved. Check the DNS of your domain."),
    "blocked": gettext_lazy("The address must not be called: only https and public addresses are."),
    "connect": gettext_lazy("Nobody accepts connections at this address and port."),
    "tls": gettext_lazy("No secure connection: the certificate must be valid for this host, with TLS 1.2 or later."),
    "timeout": gettext_lazy("No complete answer within 5 seconds, connecting and reading together."),
    "too_large": gettext_lazy("The answer is longer than 1 MB."),
    "http": gettext_lazy("The connection broke before the answer was complete."),
}
PURPOSES: Mapping[str, Text] = {
    "order": gettext_lazy("Order"),
    "debug": gettext_lazy("Debugging"),
    "dial": gettext_lazy("Daily test"),
    "release": gettext_lazy("Release"),
}
VERDICTS: Mapping[str, Shown] = {
    "success": Shown(gettext_lazy("Success"), "good", "done"),
    "in_progress": Shown(gettext_lazy("In progress"), "info", "run"),
    "failure": Shown(gettext_lazy("Failed"), "bad", "stop"),
    "refused": Shown(gettext_lazy("Refused"), "warn", "stop"),
}
RUNS: Mapping[str, Text] = {"morning": gettext_lazy("Morning"), "afternoon": gettext_lazy("Afternoon")}
ACTIVITY_WORDS: Mapping[str, Text] = {**ACTIVITIES, "changeInstanceCheck": gettext_lazy("Check a change")}

_PAGES: tuple[tuple[str, Text, str], ...] = (
    ("overview", gettext_lazy("Addresses"), "/seller/interface"),
    ("console", gettext_lazy("Console"), "/seller/interface/console"),
    ("cases", gettext_lazy("Cases"), "/seller/interface/cases"),
    ("tests", gettext_lazy("Daily tests"), "/seller/interface/tests"),
    ("messages", gettext_lazy("Interface messages"), "/seller/interface/messages"),
    ("keys", gettext_lazy("Keys"), "/seller/interface/keys"),
)  # fmt: skip


def tabs(current: str) -> list[lists.View]:
    """The pages about the interface, as `views`."""
    return [lists.View(text, href, None, key == current) for key, text, href in _PAGES]


def tried_word(name: str) -> Text:
    """What a diagnosis tried: a reading, or the key of another type."""
    return KEY_KINDS[name.removeprefix("key:")] if name.startswith("key:") else VARIANTS.get(name, name)


def why_off(actor: Actor, action: str) -> str:
    """Why a button is off: the missing permission in words, or nothing (UI-GEN-08)."""
    return "" if actor.may(action) else _("You need the permission %(action)s.") % {"action": action}


def common(request: HttpRequest, actor: Actor, current: str) -> dict[str, Any]:
    """What every template about the interface knows."""
    return {
        "tabs": tabs(current),
        "manage_off": why_off(actor, MANAGE),
        "debug_off": why_off(actor, DEBUG),
        "activity_words": ACTIVITY_WORDS,
        "key_words": KEY_KINDS,
        "variant_words": VARIANTS,
        "domain_states": DOMAIN_STATES,
        "address_states": ADDRESS_STATES,
        "verdicts": VERDICTS,
    }
