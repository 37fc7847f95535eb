"""A real card gateway for tests: localstripe in a process of its own, behind a front that adds what it lacks.

The front speaks HTTP on both sides. It adds what the real service has and localstripe has not: answers kept by
idempotency key, `return_url` with a page for 3-D Secure, brand and funding of a card by its number, and the hosted
page on which a card is entered. It can lose an answer, fail, or hang, on command.
"""

from __future__ import annotations

import base64
import json
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import parse_qsl, urlencode

import urllib3

SECRET_KEY = "sk_test_galleria"
WEBHOOK_SECRET = "whsec_tests_only"

PAYS = "4242424242424242"
ASKS = "4000002760003184"
ASKS_THEN_DECLINES = "4000008260003178"
DECLINES = "4000000000000341"
DECLINES_AT_ENTRY = "4000000000000002"
DEBIT = "4000056655665556"
PREPAID = "5105105105105100"
AMEX = "378282246310005"
_KINDS = {DEBIT: ("visa", "debit"), PREPAID: ("mastercard", "prepaid"), AMEX: ("amex", "credit")}

Fault = Literal["answer lost", "error 500", "hangs", "never arrives"]


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@dataclass
class Rule:
    """What goes wrong with the next request that matches."""

    pattern: str
    fault: Fault
    times: int = 1


@dataclass
class Front:
    """The gateway as the marketplace sees it."""

    url: str
    behind: str
    rules: list[Rule] = field(default_factory=list)
    seen: list[tuple[str, str]] = field(default_factory=list)
    kept: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    kinds: dict[str, tuple[str, str]] = field(default_factory=dict)
    returns: dict[str, str] = field(default_factory=dict)
    sessions: dict[str, dict[str, Any]] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)
    by_key: dict[str, threading.Lock] = field(default_factory=dict)

    # ----- what tests order -----

    def break_next(self, pattern: str, fault: Fault, times: int = 1) -> None:
        """The next request such as `POST /v1/payment_intents/.*/confirm` goes wrong."""
        self.rules.append(Rule(pattern, fault, times))

    def card(self, number: str) -> str:
        """A card that a program made a token of."""
        plain = number if len(number) == 16 else PAYS
        made = self.ask(
            "POST", "/v1/payment_methods",
            {"type": "card", "card[number]": plain, "card[exp_month]": "12", "card[exp_year]": "2039",
             "card[cvc]": "123"},
        )  # fmt: skip
        if number in _KINDS:
            self.kinds[made["id"]] = _KINDS[number]
        return str(made["id"])

    def enter_card(self, session: str, number: str) -> str:
        """What a person does on the hosted page; returns where they are sent back to."""
        found = self.sessions[session]
        token = self.card(number)
        self.ask("POST", f"/v1/payment_methods/{token}/attach", {"customer": found["customer"]})
        found["setup_intent"] = {"object": "setup_intent", "status": "succeeded", "payment_method": token}
        return str(found["success_url"]).replace("{CHECKOUT_SESSION_ID}", session)

    def prove(self, intent: str, *, success: bool) -> str:
        """What a person does on the bank's page; returns where they are sent back to."""
        secret = self.ask("GET", f"/v1/payment_intents/{intent}")["client_secret"]
        self.ask(
            "POST", f"/v1/payment_intents/{intent}/_authenticate",
            {"client_secret": secret, "success": str(success).lower()}, fails=True,
        )  # fmt: skip
        return self.returns[intent]

    def send_webhooks_to(self, url: str, secret: str = WEBHOOK_SECRET) -> None:
        self.ask("POST", "/_config/webhooks/galleria", {"url": url, "secret": secret})

    def charges(self) -> list[dict[str, Any]]:
        """Every charge that was really made, with what went back."""
        rows = self.ask("GET", "/v1/charges?limit=100")["data"]
        return [row for row in rows if row["status"] == "succeeded"]

    def events(self) -> list[dict[str, Any]]:
        return list(self.ask("GET", "/v1/events?limit=100")["data"])

    def ask(self, method: str, path: str, form: dict[str, str] | None = None, *, fails: bool = False) -> Any:
        """Speak to localstripe directly."""
        answer = urllib3.request(
            method, self.behind + path, body=urlencode(form or {}) if form else None, timeout=10, retries=False,
            headers={"Authorization": f"Bearer {SECRET_KEY}", "Content-Type": "application/x-www-form-urlencoded"},
        )  # fmt: skip
        assert fails or answer.status < 400, (path, answer.status, answer.data)
        return json.loads(answer.data or b"{}")

    # ----- what the marketplace asks -----

    def handle(self, method: str, path: str, body: bytes, headers: Any) -> tuple[int, bytes] | None:
        """The answer, or None for none at all."""
        self.seen.append((method, path))
        rule = self._rule(f"{method} {path}")
        if rule is not None and rule.fault == "error 500":
            return 500, b'{"error": {"type": "api_error", "message": "broken"}}'
        if rule is not None and rule.fault == "never arrives":
            return None
        if rule is not None and rule.fault == "hangs":
            time.sleep(3)
            return None
        key = headers.get("Idempotency-Key", "")
        answer = self._once(key, method, path, body) if key else self._forward(method, path, body)
        return None if rule is not None and rule.fault == "answer lost" else answer

    def _rule(self, line: str) -> Rule | None:
        with self.lock:
            for rule in self.rules:
                if rule.times and re.fullmatch(rule.pattern, line.split("?", maxsplit=1)[0]):
                    rule.times -= 1
                    return rule
        return None

    def _once(self, key: str, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        with self.lock:
            gate = self.by_key.setdefault(key, threading.Lock())
        with gate:
            if key not in self.kept:
                answer = self._forward(method, path, body)
                if answer[0] >= 500:
                    return answer
                self.kept[key] = answer
            return self.kept[key]

    def _forward(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        form = dict(parse_qsl(body.decode(), keep_blank_values=True))
        if path.startswith("/v1/checkout/sessions"):
            return self._session(method, path, form)
        back = form.pop("return_url", "")
        answer = urllib3.request(
            method, self.behind + path, body=urlencode(form) if method == "POST" else None, timeout=10, retries=False,
            headers={"Authorization": f"Bearer {SECRET_KEY}", "Content-Type": "application/x-www-form-urlencoded"},
        )  # fmt: skip
        data = answer.data
        if answer.status < 400:
            found = json.loads(data)
            if back:
                self.returns[found["id"]] = back
            data = json.dumps(self._complete(found)).encode()
        return answer.status, data

    def _complete(self, found: dict[str, Any]) -> dict[str, Any]:
        if found.get("object") == "payment_method" and found["id"] in self.kinds:
            found["card"]["brand"], found["card"]["funding"] = self.kinds[found["id"]]
        if found.get("object") == "payment_intent" and found.get("status") == "requires_action":
            url = f"{self.url}/3ds/{found['id']}"
            found["next_action"] = {"type": "redirect_to_url", "redirect_to_url": {"url": url}}
        return found

    def _session(self, method: str, path: str, form: dict[str, str]) -> tuple[int, bytes]:
        if method == "POST":
            number = f"cs_test_{len(self.sessions) + 1}"
            url = f"{self.url}/pages/{number}"
            self.sessions[number] = {
                "id": number, "object": "checkout.session", "url": url, "mode": form["mode"],
                "customer": form["customer"], "success_url": form["success_url"], "setup_intent": None,
            }  # fmt: skip
            return 200, json.dumps(self.sessions[number]).encode()
        number = path.split("?", maxsplit=1)[0].rpartition("/")[2]
        if number not in self.sessions:
            return 404, b'{"error": {"type": "invalid_request_error", "message": "No such session"}}'
        found = dict(self.sessions[number])
        if found["setup_intent"]:
            token = found["setup_intent"]["payment_method"]
            method_found = self._complete(self.ask("GET", f"/v1/payment_methods/{token}"))
            found["setup_intent"] = {**found["setup_intent"], "payment_method": method_found}
        return 200, json.dumps(found).encode()


class _Handler(BaseHTTPRequestHandler):
    front: Front
    protocol_version = "HTTP/1.1"

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        given = self.headers.get("Authorization", "")
        if given.startswith("Basic "):
            given = "Bearer " + base64.b64decode(given[6:]).decode().split(":")[0]
        if given != f"Bearer {SECRET_KEY}":
            answer: tuple[int, bytes] | None = (401, b'{"error": {"message": "Invalid API key"}}')
        else:
            answer = self.front.handle(self.command, self.path, body, self.headers)
        if answer is None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.send_response(answer[0])
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer[1])))
        self.end_headers()
        self.wfile.write(answer[1])

    do_GET = do_POST = do_DELETE = _answer  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


def running_gateway() -> Iterator[Front]:
    """Start localstripe and its front; end both afterwards."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "localstripe", "--port", str(port), "--from-scratch"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    behind = f"http://127.0.0.1:{port}"
    try:
        _wait_for(behind, process)
        handler = type("Handler", (_Handler,), {})
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        server.daemon_threads = True
        front = Front(f"http://127.0.0.1:{server.server_address[1]}", behind)
        handler.front = front  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield front
        server.shutdown()
        server.server_close()
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        assert process.poll() is None, "localstripe did not start"
        try:
            urllib3.request("GET", f"{url}/v1/charges", retries=False, timeout=1)
        except urllib3.exceptions.HTTPError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("localstripe does not answer")
