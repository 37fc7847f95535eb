"""The HTTP side: the production address of each seller, the applications, the control.

    POST /saas, /s/<slug>/saas      the marketplace's calls
    GET  /apps/<instance>           the application of a buyer
    any  /_control                  see control.py; only from this machine
    GET  /healthz                   200 when the store answers
    GET  /<name>, /.well-known/…    text files of the folder `root` in the state folder: proofs of whose the site is

`SampleSeller` runs it in a thread, for tests; `__main__` runs it as a process.
"""

from __future__ import annotations

import json
import logging
import re
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

from galleria_seller import Endpoint
from galleria_seller.endpoint import members_of
from galleria_seller.signature import REASONS

from . import misbehaving, pages
from .activities import Desk, Room, as_time
from .application import Application, Visit
from .control import Faults, Rule
from .replies import Reply, as_html, as_json
from .sellers import DEFAULT_SLUG, Seller, Sellers
from .store import Store

logger = logging.getLogger(__name__)
MAX_BODY = 256 * 1024
_FILE_NAME = re.compile(r"\.?[A-Za-z0-9][A-Za-z0-9._-]{0,100}")
_PASSWORD = re.compile(r'"password":"[^"]*"')


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
    orders: Mapping[str, str] | None = None  # address, access_key and secret_key of the marketplace, for `key`


class SampleSeller:
    """The server with all that it knows. `start` runs it in a thread, `serve` in this one."""

    def __init__(self, settings: Settings, *, now_ms: Callable[[], int] | None = None) -> None:
        self.settings = settings
        self.now_ms = now_ms or (lambda: time.time_ns() // 1_000_000)
        self.sellers = Sellers(key=settings.key, file=settings.keys_file, orders=settings.orders)
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
        self.application = Application(self.store, self.now_ms)
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

    def endpoint(self, seller: Seller) -> Endpoint:
        """What checks the calls to a seller: its keys, and the nonces of this server's file."""
        return Endpoint(
            Room(self.desk, seller), seller.keys, nonces=_Nonces(self.store, seller.slug), now_ms=self.now_ms
        )

    def address(self, slug: str = DEFAULT_SLUG) -> str:
        """The production address of a seller."""
        return f"{self.url}/s/{slug}/saas"


class _Nonces:
    """The nonces of one seller, kept in the file, so that a restart forgets none."""

    def __init__(self, store: Store, slug: str) -> None:
        self._store, self._slug = store, slug

    def use(self, nonce: str, now_ms: int) -> bool:
        return self._store.use_nonce(self._slug, nonce, now_ms)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256
    seller: SampleSeller

    def handle_error(self, request: Any, client_address: Any) -> None:
        logger.debug("A connection ended early", exc_info=True)


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

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the base class names it so)
        logger.debug(format, *args)

    # ---- routes ----------------------------------------------------------------------------------------

    def _route(self, method: str) -> None:
        body = self._body()
        if body is None:
            self._send(as_json({"resultCode": "000002", "resultMsg": "the body is missing or too long"}, 413))
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
            self._send(as_json({"ok": True}))
        elif not steps:
            self._send(as_html(pages.front(self._app.sellers.all())))
        elif method == "GET" and (file := self._file(steps)) is not None:
            self._send(file)
        else:
            self._send(as_html(pages.missing(), 404))

    def _file(self, steps: list[str]) -> Reply | None:
        """A text file that the seller put into the root of the site."""
        if len(steps) > 2 or not all(_FILE_NAME.fullmatch(step) for step in steps) or not steps[-1].endswith(".txt"):
            return None
        path = self._app.settings.state.joinpath("root", *steps)
        try:
            return Reply(
                200, path.read_bytes()[:MAX_BODY], "text/plain; charset=utf-8", (("Cache-Control", "no-store"),)
            )
        except OSError:
            return None

    def _body(self) -> bytes | None:
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > MAX_BODY or self.headers.get("Transfer-Encoding"):
            return None
        return self.rfile.read(int(length))

    def _send(self, reply: Reply) -> None:
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
            self._send(as_html(pages.missing(), 404 if method == "POST" else 405))
            return
        members = members_of(body)
        number = 0
        if self._app.settings.log_calls:
            text, now_ms = body.decode("utf-8", "replace"), self._app.now_ms()
            number = self._app.store.record_call(slug, str(members.get("activity", "")), self.path, text, now_ms)
        rule: Rule | None = None
        code = self._app.endpoint(seller).refusal(query, body)
        if code is not None:
            reply: Reply | None = as_json({"resultCode": code, "resultMsg": REASONS[code]})
        else:
            rule = self._app.faults.take(slug, members)
            reply = self._work(seller, members, rule)
        if number:
            answer = _PASSWORD.sub('"password":"***"', reply.body[:4000].decode("utf-8", "replace")) if reply else ""
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

    def _work(self, seller: Seller, members: Mapping[str, Any], rule: Rule | None) -> Reply | None:
        if rule:
            return misbehaving.reply_to(rule, seller, members, self._app.desk)
        return as_json(self._app.desk.answer(seller, members))

    def _drip(self, reply: Reply, seconds: float) -> None:
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        for position in range(len(reply.body)):
            self.wfile.write(reply.body[position : position + 1])
            self.wfile.flush()
            time.sleep(seconds / len(reply.body))

    # ---- the application -------------------------------------------------------------------------------

    def _application(self, method: str, instance_id: str, action: str, body: bytes) -> Reply:
        self._app.store.begin_terms(as_time(self._app.now_ms()))
        instance = self._app.store.instance(instance_id)
        seller = self._app.sellers.find(instance["seller"]) if instance else None
        if instance is None or seller is None:
            return as_html(pages.missing(), 404)
        form = {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
        visit = Visit(method, action, form, self._token(), self._from_here())
        return self._app.application.answer(seller, instance, visit)

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

    def _control(self, method: str, steps: list[str], body: bytes) -> Reply:
        if not self._app.settings.control or not self._is_local():
            return as_html(pages.missing(), 404)
        faults, store = self._app.faults, self._app.store
        if method == "POST" and not steps:
            try:
                rule = faults.add(json.loads(body))
            except (ValueError, AttributeError, RecursionError) as error:
                return as_json({"error": str(error)}, 400)
            return as_json(rule.shown(), 201)
        if method == "DELETE":
            faults.clear(int(steps[0]) if steps and steps[0].isdigit() else None)
            return as_json({"rules": faults.shown()})
        if steps == ["calls"]:
            return as_json({"calls": store.calls()})
        return as_json({"rules": faults.shown(), "instances": store.instances(), "changes": store.changes()})

    def _is_local(self) -> bool:
        """From this machine, not through a proxy, and not from a page that a browser here has open."""
        if any(self.headers.get(name) for name in ("X-Forwarded-For", "Forwarded", "Origin")):
            return False
        host = urlsplit(f"//{self.headers.get('Host', '')}").hostname or ""
        return ip_address(self.client_address[0]).is_loopback and host in ("127.0.0.1", "localhost", "::1")
