"""The HTTP side: the production address of each seller, the applications, the control.

    POST /saas, /s/<slug>/saas      the marketplace's calls
    GET  /apps/<instance>           the application of a buyer
    any  /_control                  see control.py; only from this machine
    GET  /healthz                   200 when the store answers

`SampleSeller` runs it in a thread, for tests; `__main__` runs it as a process.
"""

from __future__ import annotations

import hmac
import json
import logging
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qs, parse_qsl, urlsplit

from . import pages, verify
from .activities import Desk
from .control import Faults, Rule
from .sellers import DEFAULT_SLUG, Seller, Sellers
from .store import Store

logger = logging.getLogger(__name__)
MAX_BODY = 256 * 1024


@dataclass(frozen=True)
class Settings:
    """How the server runs. Port 0 takes a free one; `public_base` is what buyers' browsers call it."""

    state: Path
    key: str | None = None
    keys_file: Path | None = None
    host: str = "127.0.0.1"
    port: int = 0
    public_base: str | None = None
    certificate: Path | None = None
    certificate_key: Path | None = None
    control: bool = True
    log_calls: bool = True


class SampleSeller:
    """The server with all that it knows. `start` runs it in a thread, `serve` in this one."""

    def __init__(self, settings: Settings, *, now_ms: Callable[[], int] | None = None) -> None:
        self.settings = settings
        self.now_ms = now_ms or (lambda: time.time_ns() // 1_000_000)
        self.sellers = Sellers(key=settings.key, file=settings.keys_file)
        self.faults = Faults()
        self.store = Store(settings.state)
        self._server = _Server((settings.host, settings.port), _Handler)
        self._server.seller = self
        scheme = "http"
        if settings.certificate:
            scheme = "https"
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(settings.certificate, settings.certificate_key)
            # The handshake happens in the thread of the request, so that one slow caller stops nobody.
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self.port = int(self._server.server_address[1])
        self.url = f"{scheme}://{settings.host}:{self.port}"
        self.desk = Desk(self.store, public_base=settings.public_base or self.url, now_ms=self.now_ms)
        self._thread: threading.Thread | None = None

    def start(self) -> SampleSeller:
        """Serve in a thread until `stop`."""
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        return self

    def serve(self) -> None:
        """Serve until `stop` is called from elsewhere."""
        self._server.serve_forever(0.2)

    def stop(self) -> None:
        """Stop taking calls and close the store."""
        if self._thread:
            self._server.shutdown()
        self._server.server_close()
        self.store.close()

    def interrupt(self) -> None:
        """Make `serve` return; for signal handlers."""
        threading.Thread(target=self._server.shutdown, daemon=True).start()

    def address(self, slug: str = DEFAULT_SLUG) -> str:
        """The production address of a seller."""
        return f"{self.url}/s/{slug}/saas"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256
    seller: SampleSeller

    def handle_error(self, request: Any, client_address: Any) -> None:
        logger.debug("A connection ended early", exc_info=True)


@dataclass(frozen=True)
class _Reply:
    status: int
    body: bytes
    content_type: str = "application/json;charset=utf8"
    headers: tuple[tuple[str, str], ...] = ()


def _json(value: Any, status: int = 200) -> _Reply:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return _Reply(status, text.encode("utf-8", "backslashreplace"))


def _html(text: str, status: int = 200, *headers: tuple[str, str]) -> _Reply:
    policy = ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'")
    safe = (policy, ("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer"))
    return _Reply(status, text.encode(), "text/html; charset=utf-8", (*safe, *headers))


def _see(path: str, *headers: tuple[str, str]) -> _Reply:
    return _Reply(303, b"", "text/plain", (("Location", path), *headers))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "sample-seller"
    sys_version = ""
    timeout = 30
    wbufsize = -1  # one packet for headers and body
    disable_nagle_algorithm = True

    @property
    def _app(self) -> SampleSeller:
        return cast("_Server", self.server).seller

    def do_GET(self) -> None:
        self._route("GET")

    def do_HEAD(self) -> None:
        self._route("GET")

    def do_POST(self) -> None:
        self._route("POST")

    def do_DELETE(self) -> None:
        self._route("DELETE")

    def log_message(self, format: str, *args: Any) -> None:
        logger.debug(format, *args)

    # ---- routes ----------------------------------------------------------------------------------------

    def _route(self, method: str) -> None:
        body = self._body()
        if body is None:
            self._send(_json({"resultCode": "000002", "resultMsg": "the body is missing or too long"}, 413))
            self.close_connection = True
            return
        url = urlsplit(self.path)
        steps = [step for step in url.path.split("/") if step]
        if steps and steps[0] == "_control":
            self._send(self._control(method, steps[1:], body))
        elif steps == ["saas"] or (len(steps) == 3 and steps[0] == "s" and steps[2] == "saas"):
            slug = DEFAULT_SLUG if steps == ["saas"] else steps[1]
            self._produce(method, slug, dict(parse_qsl(url.query, keep_blank_values=True)), body)
        elif len(steps) in (2, 3) and steps[0] == "apps":
            self._send(self._application(method, steps[1], steps[2] if len(steps) == 3 else "", body))
        elif steps == ["healthz"]:
            self._app.store.instance("")
            self._send(_json({"ok": True}))
        elif not steps:
            self._send(_html(pages.front(self._app.sellers.all())))
        else:
            self._send(_html(pages.missing(), 404))

    def _body(self) -> bytes | None:
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > MAX_BODY or self.headers.get("Transfer-Encoding"):
            return None
        return self.rfile.read(int(length))

    def _send(self, reply: _Reply) -> None:
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(reply.body)))
        for name, value in reply.headers:
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body)
        self.wfile.flush()

    # ---- the marketplace's calls -----------------------------------------------------------------------

    def _produce(self, method: str, slug: str, query: Mapping[str, str], body: bytes) -> None:
        seller = self._app.sellers.find(slug)
        if method != "POST" or seller is None:
            self._send(_html(pages.missing(), 404 if method == "POST" else 405))
            return
        members = _members(body)
        number = 0
        if self._app.settings.log_calls:
            text, now_ms = body.decode("utf-8", "replace"), self._app.now_ms()
            number = self._app.store.record_call(slug, str(members.get("activity", "")), self.path, text, now_ms)
        rule: Rule | None = None
        code = verify.refusal(query, body, keys=seller.keys, now_ms=self._app.now_ms())
        if code is None and not self._app.store.use_nonce(slug, query["nonce"], self._app.now_ms()):
            code = verify.AUTHENTICATION_FAILED
        if code is not None:
            reply: _Reply | None = _json({"resultCode": code, "resultMsg": verify.REASONS[code]})
        else:
            rule = self._app.faults.take(slug, members)
            reply = _misbehave(rule, seller, members, self._app) if rule else self._work(seller, members)
        if number:
            answer = reply.body[:4000].decode("utf-8", "replace") if reply else ""
            self._app.store.record_answer(number, reply.status if reply else 0, answer)
        if reply is None:
            self.close_connection = True
            return
        if rule and rule.do == "late":
            time.sleep(float(rule.option("seconds", 6)))
        if rule and rule.do == "drip":
            self._drip(reply, float(rule.option("seconds", 10)))
        else:
            self._send(reply)

    def _work(self, seller: Seller, members: Mapping[str, Any], polls: int = 0) -> _Reply:
        return _json(self._app.desk.answer(seller, members, polls=polls))

    def _drip(self, reply: _Reply, seconds: float) -> None:
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        for position in range(len(reply.body)):
            self.wfile.write(reply.body[position : position + 1])
            self.wfile.flush()
            time.sleep(seconds / len(reply.body))

    # ---- the application -------------------------------------------------------------------------------

    def _application(self, method: str, instance_id: str, action: str, body: bytes) -> _Reply:
        store = self._app.store
        instance = store.instance(instance_id)
        seller = self._app.sellers.find(instance["seller"]) if instance else None
        if instance is None or seller is None:
            return _html(pages.missing(), 404)
        if instance["state"] == "released":
            text = "The subscription ended and the data was deleted."
            return _html(pages.stopped(seller, "This application was released", text), 410)
        if instance["state"] == "frozen":
            text = "The subscription expired. The data is kept: renew it in the marketplace to go on."
            return _html(pages.stopped(seller, "This application is frozen", text), 403)
        if instance["polls_left"] > 0:
            text = "This takes a moment. The marketplace shows when it is ready."
            return _html(pages.stopped(seller, "This application is being made", text), 503)
        base, token = f"/apps/{instance_id}", self._token()
        form = {key: values[0] for key, values in parse_qs(body.decode("utf-8", "replace")).items()}
        if method == "POST":
            if not self._from_here():
                return _html(pages.stopped(seller, "Not accepted", "The form came from another site."), 403)
            if action == "sign-in":
                return self._sign_in(seller, instance, form)
        if not store.is_signed_in(instance_id, token):
            return _html(pages.sign_in(seller, instance))
        if method == "POST" and action == "notes":
            text = form.get("text", "").strip()[:2000]
            if text:
                store.add_note(instance_id, text, self._app.now_ms())
            return _see(base)
        if method == "POST" and action == "sign-out":
            store.sign_out(token)
            return _see(base)
        if action == "admin":
            changes = [change for change in store.changes() if change["instance_id"] == instance_id]
            return _html(pages.admin(seller, instance, changes))
        return _html(pages.notebook(seller, instance, store.notes(instance_id)))

    def _sign_in(self, seller: Seller, instance: Mapping[str, Any], form: Mapping[str, str]) -> _Reply:
        given = f"{form.get('user', '')}\n{form.get('password', '')}".encode()
        expected = f"{instance['user_name']}\n{instance['password']}".encode()
        if not hmac.compare_digest(given, expected):
            time.sleep(0.3)  # guessing takes its time
            return _html(pages.sign_in(seller, instance, wrong=True), 403)
        base = f"/apps/{instance['instance_id']}"
        token = self._app.store.sign_in(instance["instance_id"], self._app.now_ms())
        return _see(base, ("Set-Cookie", f"session={token}; Path={base}; HttpOnly; SameSite=Lax"))

    def _token(self) -> str:
        try:
            cookie = SimpleCookie(self.headers.get("Cookie", "")).get("session")
        except CookieError:
            return ""
        return cookie.value if cookie else ""

    def _from_here(self) -> bool:
        """Whether a form was sent from this site; programs send no Origin."""
        origin = self.headers.get("Origin")
        return origin is None or urlsplit(origin).netloc == self.headers.get("Host")

    # ---- the control -----------------------------------------------------------------------------------

    def _control(self, method: str, steps: list[str], body: bytes) -> _Reply:
        if not self._app.settings.control or not self._is_local():
            return _html(pages.missing(), 404)
        faults, store = self._app.faults, self._app.store
        if method == "POST" and not steps:
            try:
                rule = faults.add(json.loads(body))
            except (ValueError, AttributeError, RecursionError) as error:
                return _json({"error": str(error)}, 400)
            return _json(rule.shown(), 201)
        if method == "DELETE":
            faults.clear(int(steps[0]) if steps and steps[0].isdigit() else None)
            return _json({"rules": faults.shown()})
        if steps == ["calls"]:
            return _json({"calls": store.calls()})
        return _json({"rules": faults.shown(), "instances": store.instances(), "changes": store.changes()})

    def _is_local(self) -> bool:
        """From this machine, not through a proxy, and not from a page that a browser here has open."""
        if any(self.headers.get(name) for name in ("X-Forwarded-For", "Forwarded", "Origin")):
            return False
        host = urlsplit(f"//{self.headers.get('Host', '')}").hostname or ""
        return ip_address(self.client_address[0]).is_loopback and host in ("127.0.0.1", "localhost", "::1")


def _members(body: bytes) -> Mapping[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _misbehave(rule: Rule, seller: Seller, members: Mapping[str, Any], app: SampleSeller) -> _Reply | None:
    """The answer that a rule orders; None closes the connection."""
    if rule.do == "down":
        return None
    if rule.do == "code":
        return _json({"resultCode": rule.option("code", "000005"), "resultMsg": rule.option("message", "as ordered")})
    if rule.do == "html":
        return _html("<html><body><h1>Service unavailable</h1></body></html>")
    if rule.do == "wrong_type":
        return _json({"resultCode": 0, "resultMsg": "success.", "instanceId": members.get("businessId")})
    if rule.do == "raw":
        content_type = rule.option("content_type", "application/json")
        return _Reply(int(rule.option("status", 200)), str(rule.option("body", "")).encode(), content_type)
    if rule.do == "redirect":
        return _Reply(302, b"", "text/plain", (("Location", rule.option("to", "/saas")),))
    if rule.do == "huge":
        return _Reply(200, b" " * int(rule.option("bytes", 5_000_000)))
    if rule.do == "no_info":
        return _json({"resultCode": "000000", "resultMsg": "success."})
    if rule.do == "slow":
        time.sleep(float(rule.option("seconds", 6)))
    answer = app.desk.answer(seller, members, polls=int(rule.option("polls", 2)) if rule.do == "async" else 0)
    if rule.do == "other_instance":
        answer["instanceId"] = f"other-{app.now_ms()}"
    if rule.do == "long_instance":
        answer["instanceId"] = "x" * 65
    reply = _json(answer, int(rule.option("status", 200)) if rule.do == "status" else 200)
    if rule.do == "body_sign":
        signed = reply.body if rule.option("value", "right") == "right" else reply.body + b" "
        header = ("Body-Sign", verify.body_sign(seller.keys[0], signed))
        return _Reply(reply.status, reply.body, reply.content_type, (header,))
    return reply
