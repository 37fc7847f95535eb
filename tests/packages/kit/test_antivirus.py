"""ClamAV behind its port: the daemon by its INSTREAM command, the program by its exit codes."""

from __future__ import annotations

import io
import socket
import stat
import struct
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from galleria.kit.files import antivirus
from galleria.kit.files.antivirus import ClamDaemon, ClamProgram, NoScanner, Verdict
from tests.packages.kit import hostile


class Daemon:
    """Speaks as ClamAV's daemon does: takes pieces until an empty one, then answers once."""

    def __init__(self, path: Path, answer: str = "") -> None:
        self.answer, self.received = answer, b""
        self.listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listening.bind(str(path))
        self.listening.listen()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                line, _address = self.listening.accept()
            except OSError:
                return
            with line, line.makefile("rb") as reader:
                assert reader.read(10) == b"zINSTREAM\0"
                self.received = b""
                while length := struct.unpack(">I", reader.read(4))[0]:
                    self.received += reader.read(length)
                found = "Eicar-Test-Signature FOUND" if hostile.EICAR in self.received else "OK"
                line.sendall((self.answer or f"stream: {found}").encode() + b"\0")


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    made = Daemon(tmp_path / "clamd")
    yield made
    made.listening.close()


def scan(scanner: Any, data: bytes) -> Verdict:
    return scanner.scan(io.BytesIO(data), len(data))


@pytest.mark.parametrize(
    ("data", "verdict"),
    [
        (b"hello", Verdict("clean", "", "ClamAV")),
        (hostile.EICAR, Verdict("infected", "Eicar-Test-Signature", "ClamAV")),
        (b"x" * 300_000 + hostile.EICAR, Verdict("infected", "Eicar-Test-Signature", "ClamAV")),
        (b"", Verdict("clean", "", "ClamAV")),
    ],
)
def test_the_daemon_is_given_the_file_in_pieces(daemon: Daemon, tmp_path: Path, data: bytes, verdict: Verdict) -> None:
    assert scan(ClamDaemon(str(tmp_path / "clamd")), data) == verdict
    assert daemon.received == data


def test_a_daemon_that_cannot_scan_says_why_and_nothing_is_refused(daemon: Daemon, tmp_path: Path) -> None:
    daemon.answer = "INSTREAM size limit exceeded. ERROR"
    verdict = scan(ClamDaemon(str(tmp_path / "clamd")), b"x")

    assert (verdict.state, "size limit exceeded" in verdict.name) == ("not_scanned", True)


@pytest.mark.parametrize("address", ["/nowhere/clamd", "127.0.0.1:9"])
def test_a_daemon_that_is_down_leaves_the_file_unscanned(address: str) -> None:
    assert scan(ClamDaemon(address, seconds=2), b"x").state == "not_scanned"


@pytest.mark.parametrize(
    ("code", "output", "verdict"),
    [
        (0, "/x/file: OK", Verdict("clean", "", "ClamAV")),
        (1, "/x/file: Eicar-Test FOUND", Verdict("infected", "Eicar-Test", "ClamAV")),
    ],
)
def test_the_program_is_given_a_copy(tmp_path: Path, code: int, output: str, verdict: Verdict) -> None:
    assert scan(ClamProgram(program(tmp_path, output, code)), b"hello") == verdict


def test_a_program_without_signatures_scans_nothing(tmp_path: Path) -> None:
    assert scan(ClamProgram(program(tmp_path, "", 2)), b"x").state == "not_scanned"
    assert scan(ClamProgram(str(tmp_path / "none")), b"x").state == "not_scanned"


def program(folder: Path, output: str, code: int) -> str:
    path = folder / "clamscan"
    path.write_text(f"#!{sys.executable}\nimport sys\nprint({output!r})\nsys.exit({code})\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def test_which_scanner_a_deployment_has(settings: Any, monkeypatch: Any, tmp_path: Path) -> None:
    settings.GALLERIA_CLAMAV = "off"
    assert isinstance(antivirus.installed(), NoScanner)
    settings.GALLERIA_CLAMAV = "clamav:3310"
    assert antivirus.installed() == antivirus.quick() == ClamDaemon("clamav:3310")

    # A program alone is for the background: it reads its signatures at every start.
    settings.GALLERIA_CLAMAV = ""
    path = program(tmp_path, "", 0)
    monkeypatch.setenv("PATH", str(tmp_path))
    if isinstance(antivirus.quick(), NoScanner):
        assert antivirus.installed() == ClamProgram(path)
