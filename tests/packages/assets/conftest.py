"""Bruno's assets, and a site of his that answers as a test wants."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from galleria.assets import rules, services
from galleria.assets.models import Asset, AssetVersion
from galleria.kit import jobs
from tests.packages.kit import hostile
from tests.people import Person

SAFE = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}


class Site:
    """A web server: `pages` are path → (status, headers, body); everything else is 404. `asked` is what was asked."""

    def __init__(self) -> None:
        self.pages: dict[str, tuple[int, dict[str, str], bytes]] = {
            "/login": (200, dict(SAFE), b"<form>sign in</form>")
        }
        self.asked: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append(self.path)
                path = self.path.partition("?")[0]
                status, headers, body = outer.pages.get(path, (404, {}, b"not here"))
                if callable(headers):
                    headers = headers(self.path)
                self.send_response_only(status)
                for name, value in headers.items():
                    for each in value if isinstance(value, list) else [value]:
                        self.send_header(name, each)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_args: Any) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    @property
    def login(self) -> str:
        return f"{self.origin}/login"

    def prove(self, asset: Asset) -> None:
        """Put the verification file into the root."""
        self.pages[f"/{rules.proof_name(asset.token)}"] = (200, {}, rules.proof_text(asset.token).encode())


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def package(bruno: Person, at: Any) -> Callable[..., AssetVersion]:
    """A package of Bruno with a file, as a draft."""

    def make(
        data: bytes | None = None, name: str = "app.zip", kind: str = "package", title: str = "Backup"
    ) -> AssetVersion:
        asset = services.add_asset(bruno.actor, kind=kind, name=title, at=at)
        version = asset.versions.get()
        content = hostile.zipped({"app/main.py": b"print('hello')"}) if data is None else data
        upload = _upload(name, content)
        return services.give_file(bruno.actor, version_id=version.public_id, upload=upload, at=at)

    return make


@pytest.fixture
def add_site(bruno: Person, at: Any) -> Callable[..., Asset]:
    """A site of Bruno."""

    def make(address: str, person: Person | None = None, **more: Any) -> Asset:
        values: dict[str, Any] = {
            "name": "Console", "login_mode": "password", "consent": True, "checklist": rules.CHECKLIST, **more,
        }  # fmt: skip
        return services.add_asset((person or bruno).actor, kind="saas_site", address=address, at=at, **values)

    return make


@pytest.fixture
def scanned(bruno: Person, at: Any) -> Callable[[AssetVersion], AssetVersion]:
    """Submit a version and let the job run."""

    def scan(version: AssetVersion) -> AssetVersion:
        services.submit_version(bruno.actor, version_id=version.public_id, at=at)
        jobs.run_due(with_crons=False, raise_errors=True)
        version.refresh_from_db()
        return version

    return scan


def _upload(name: str, data: bytes) -> Any:
    from django.core.files.uploadedfile import SimpleUploadedFile

    upload = SimpleUploadedFile("x", data)
    upload._name = name
    return upload


@pytest.fixture(autouse=True)
def _no_virus_scanner(settings: Any) -> None:
    settings.GALLERIA_CLAMAV = "off"
