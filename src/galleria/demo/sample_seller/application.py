"""The application of an instance: sign in with the initial password, write notes, look at the administration."""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from . import pages
from .replies import Reply, as_html, see_other
from .sellers import Seller
from .store import Store

_STOPPED = {
    "released": (410, "This application was released", "The subscription ended and the data was deleted."),
    "frozen": (
        403,
        "This application is frozen",
        "The subscription expired. The data is kept: renew it in the marketplace to go on.",
    ),
}


@dataclass(frozen=True)
class Visit:
    """What a browser asks for: `action` is the last step of the path, `token` its session."""

    method: str
    action: str
    form: Mapping[str, str]
    token: str
    is_from_here: bool  # forms of other sites are not taken


class Application:
    """The applications of all instances."""

    def __init__(self, store: Store, now_ms: Callable[[], int]) -> None:
        self.store = store
        self.now_ms = now_ms

    def answer(self, seller: Seller, instance: Mapping[str, Any], visit: Visit) -> Reply:
        """One page or the result of one form."""
        closed = self._closed(seller, instance, visit)
        if closed is not None:
            return closed
        if visit.method == "POST" and visit.action == "sign-in":
            return self._sign_in(seller, instance, visit)
        if not self.store.is_signed_in(instance["instance_id"], visit.token):
            return as_html(pages.sign_in(seller, instance))
        if visit.method == "POST":
            return self._act(instance, visit)
        if visit.action == "admin":
            changes = [c for c in self.store.changes() if c["instance_id"] == instance["instance_id"]]
            return as_html(pages.admin(seller, instance, changes))
        return as_html(pages.notebook(seller, instance, self.store.notes(instance["instance_id"])))

    def _closed(self, seller: Seller, instance: Mapping[str, Any], visit: Visit) -> Reply | None:
        if instance["state"] in _STOPPED:
            status, title, text = _STOPPED[instance["state"]]
            return as_html(pages.stopped(seller, title, text), status)
        if instance["polls_left"] > 0:
            text = "This takes a moment. The marketplace shows when it is ready."
            return as_html(pages.stopped(seller, "This application is being made", text), 503)
        if visit.method == "POST" and not visit.is_from_here:
            return as_html(pages.stopped(seller, "Not accepted", "The form came from another site."), 403)
        return None

    def _sign_in(self, seller: Seller, instance: Mapping[str, Any], visit: Visit) -> Reply:
        given = f"{visit.form.get('user', '')}\n{visit.form.get('password', '')}".encode("utf-8", "replace")
        expected = f"{instance['user_name']}\n{instance['password']}".encode()
        if not hmac.compare_digest(given, expected):
            time.sleep(0.3)  # guessing takes its time
            return as_html(pages.sign_in(seller, instance, wrong=True), 403)
        base = f"/apps/{instance['instance_id']}"
        token = self.store.sign_in(instance["instance_id"], self.now_ms())
        return see_other(base, ("Set-Cookie", f"session={token}; Path={base}; HttpOnly; SameSite=Lax"))

    def _act(self, instance: Mapping[str, Any], visit: Visit) -> Reply:
        text = visit.form.get("text", "").strip()[:2000]
        if visit.action == "notes" and text:
            self.store.add_note(instance["instance_id"], text, self.now_ms())
        if visit.action == "sign-out":
            self.store.sign_out(visit.token)
        return see_other(f"/apps/{instance['instance_id']}")
