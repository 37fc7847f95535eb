"""Real sellers over real HTTP: the sample seller in a thread or as a process, and a server of raw bytes."""

from __future__ import annotations

import contextlib
import itertools
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import urllib3
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from galleria.delivering.adapters.saas_v2 import signature
from galleria.delivering.adapters.saas_v2.client import CallSettings
from galleria.demo.sample_seller.server import SampleSeller, Settings
from galleria.kit import outgoing

KEY = "3f0c9a52-7d14-4b6e-9c38-51e2a7d0b846"
NEW = {"activity": "newInstance", "orderId": "GA1", "orderLineId": "GA1-000001", "businessId": "b-1"}
LOOPBACK = outgoing.networks(["127.0.0.0/8", "::1/128"])


@pytest.fixture
def lab() -> CallSettings:
    """The operator allows the loopback network."""
    return CallSettings(policy=outgoing.Policy(allowed_networks=LOOPBACK))


@pytest.fixture
def seller(tmp_path: Path) -> Iterator[SampleSeller]:
    """A fresh sample seller with the key of the specification's vectors, in a thread."""
    server = SampleSeller(Settings(state=tmp_path / "seller", key=KEY)).start()
    yield server
    server.stop()


class Wire:
    """Speaks to a seller below our client, so that every part of a request can be wrong."""

    def __init__(self, seller: SampleSeller) -> None:
        self.seller = seller

    def post(self, body: bytes, query: dict[str, str] | None = None, path: str = "/saas", **headers: str) -> Any:
        url = f"{self.seller.url}{path}"
        joined = "&".join(f"{name}={value}" for name, value in (query or {}).items())
        return urllib3.request("POST", f"{url}?{joined}", body=body, headers=headers, timeout=10, redirect=False)

    def proof(self, members: dict[str, Any], key: str = KEY, age_ms: int = 0) -> tuple[bytes, dict[str, str]]:
        """Body and query of a genuine call."""
        signed = signature.sign(key, members, timestamp_ms=self.seller.now_ms() - age_ms, nonce=signature.new_nonce())
        query = {"signature": signed.signature, "timestamp": signed.timestamp, "nonce": signed.nonce}
        return signed.payload, query

    def say(self, members: dict[str, Any], **more: Any) -> dict[str, Any]:
        """A genuine call; gives the members of the answer."""
        body, query = self.proof(members, **more)
        return dict(self.post(body, query).json())


@pytest.fixture
def wire(seller: SampleSeller) -> Wire:
    return Wire(seller)


class SellerProcess:
    """The sample seller as sellers would run it, spoken to over HTTP only."""

    def __init__(self, state: Path, *arguments: str) -> None:
        command = [sys.executable, "-m", "galleria.demo.sample_seller", "--port", "0", "--state", str(state)]
        self.process = subprocess.Popen([*command, *arguments], stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        found = re.search(r"https?://\S+", self.process.stdout.readline())
        assert found, "the sample seller did not start"
        self.url = found.group()

    def address(self, slug: str = "sample") -> str:
        return f"{self.url}/s/{slug}/saas"

    def control(self, rule: dict[str, Any]) -> dict[str, Any]:
        """Order a misbehaviour."""
        return dict(urllib3.request("POST", f"{self.url}/_control", json=rule, timeout=10).json())

    def shown(self, what: str = "") -> dict[str, Any]:
        """Its rules, instances and changes; with `/calls` what it was asked."""
        return dict(urllib3.request("GET", f"{self.url}/_control{what}", timeout=10).json())

    def stop(self) -> int:
        self.process.terminate()
        code = self.process.wait(10)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code


@pytest.fixture
def seller_process(tmp_path: Path) -> Iterator[Callable[..., SellerProcess]]:
    """Starts sample sellers as processes and ends them with the test."""
    running: list[SellerProcess] = []
    numbers = itertools.count(1)

    def start(*arguments: str) -> SellerProcess:
        given = arguments or ("--key", KEY)
        running.append(SellerProcess(tmp_path / f"process-{next(numbers)}", *given))
        return running[-1]

    yield start
    for process in running:
        process.stop()


Script = Callable[[socket.socket], None]


class RawServer:
    """A server of bytes: each connection is handed to the script. For answers that no honest server gives."""

    def __init__(self, script: Script, host: str = "127.0.0.1", port: int = 0) -> None:
        self.script = script
        self.requests: list[bytes] = []
        self.connections = 0
        self._socket = socket.create_server((host, port))
        self.port = int(self._socket.getsockname()[1])
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            connection, _ = self._socket.accept()
            if self._stopping.is_set():
                connection.close()
                return
            self.connections += 1
            threading.Thread(target=self._handle, args=(connection,), daemon=True).start()

    def _handle(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            self.script(connection)

    def read_request(self, connection: socket.socket) -> bytes:
        """Take one request with its body."""
        received = b""
        while b"\r\n\r\n" not in received:
            received += connection.recv(65536)
        head, _, body = received.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", head)
        while length and len(body) < int(length.group(1)):
            body += connection.recv(65536)
        self.requests.append(head + b"\r\n\r\n" + body)
        return self.requests[-1]

    def stop(self) -> None:
        self._stopping.set()
        with contextlib.suppress(OSError), socket.create_connection(self._socket.getsockname(), 1):
            pass
        self._thread.join(2)
        self._socket.close()


@pytest.fixture
def raw_server() -> Iterator[Callable[..., RawServer]]:
    """Starts raw servers that answer every request with given bytes, or run a script."""
    running: list[RawServer] = []

    def start(answer: bytes | Callable[[RawServer, socket.socket], None], **where: Any) -> RawServer:
        def script(connection: socket.socket) -> None:
            if callable(answer):
                answer(server, connection)
            else:
                server.read_request(connection)
                connection.sendall(answer)

        server = RawServer(script, **where)
        running.append(server)
        return server

    yield start
    for server in running:
        server.stop()


@dataclass(frozen=True)
class Certificates:
    """A lab's own authority and a server certificate for `seller.example`."""

    authority: Path
    certificate: Path
    key: Path


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Made once for all tests; valid for a hundred years."""
    folder = tmp_path_factory.mktemp("certificates")
    issuer_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Lab authority")])
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "seller.example")])
    begins, ends = datetime(2020, 1, 1, tzinfo=UTC), datetime(2120, 1, 1, tzinfo=UTC)

    def signed(name: x509.Name, of: ec.EllipticCurvePrivateKey, *extensions: x509.ExtensionType) -> bytes:
        builder = x509.CertificateBuilder(issuer, name, of.public_key(), x509.random_serial_number(), begins, ends)
        for extension in extensions:
            builder = builder.add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
        return builder.sign(issuer_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    found = Certificates(folder / "authority.pem", folder / "server.pem", folder / "server.key")
    issuer_id = x509.SubjectKeyIdentifier.from_public_key(issuer_key.public_key())
    usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
    found.authority.write_bytes(
        signed(issuer, issuer_key, x509.BasicConstraints(ca=True, path_length=None), issuer_id, usage)
    )
    found.certificate.write_bytes(
        signed(
            subject,
            key,
            x509.SubjectAlternativeName([x509.DNSName("seller.example")]),
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer_id),
        )
    )
    found.key.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return found
