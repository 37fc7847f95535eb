"""Sellers' servers that were built on a wrong reading of the signature's documentation, but work otherwise."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from galleria.delivering.adapters.saas_v2 import signature
from galleria.demo.sample_seller.server import SampleSeller
from tests.shop import KEY


def _server(seller: SampleSeller, variant: Any, key: str) -> ThreadingHTTPServer:
    room = seller.sellers.find("sample")
    assert room is not None

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
            members = json.loads(body)
            stamp = int(query["timestamp"]) * (1000 if variant == "seconds" else 1)
            expected = signature.sign(key, members, timestamp_ms=stamp, nonce=query["nonce"], variant=variant)
            if len(query["timestamp"]) != (10 if variant == "seconds" else 13):
                answer: dict[str, Any] = {"resultCode": "000001", "resultMsg": "timestamp"}
            elif query["signature"].lower() != expected.signature.lower() or body != expected.payload:
                answer = {"resultCode": "000001", "resultMsg": "authentication failed"}
            else:
                answer = seller.desk.answer(room, members)
            data = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *args: Any) -> None:
            pass

    return ThreadingHTTPServer(("127.0.0.1", 0), Handler)


@pytest.fixture
def misreading_server(server: SampleSeller) -> Iterator[Callable[..., str]]:
    """Starts such a server for a variant; gives its address. `key`: what it believes its key to be."""
    running: list[ThreadingHTTPServer] = []

    def start(variant: str, key: str = KEY) -> str:
        http = _server(server, variant, key)
        threading.Thread(target=http.serve_forever, args=(0.05,), daemon=True).start()
        running.append(http)
        return f"http://127.0.0.1:{http.server_address[1]}/saas"

    yield start
    for http in running:
        http.shutdown()
        http.server_close()
