"""The port to a virus scanner. Without one nothing is refused, and every file says that it was not scanned.

ClamAV is used when it is there: its daemon (`GALLERIA_CLAMAV`: a socket's path or host:port), and for packages, which
are scanned in the background, the program `clamscan` too. Nothing leaves the machine unless the operator points to a
host of its own.
"""

from __future__ import annotations

import shutil
import socket
import struct
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, Protocol

from django.conf import settings

_CHUNK: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Verdict:
    """`state`: clean, infected, not_scanned. `name` is what was found or why nothing was scanned."""

    state: str
    name: str = ""
    scanner: str = ""


class Antivirus(Protocol):
    """Looks at one file. Never raises: what cannot be scanned is `not_scanned` with the reason."""

    def scan(self, content: IO[bytes], size: int) -> Verdict: ...


class NoScanner:
    """This deployment has none."""

    def scan(self, content: IO[bytes], size: int) -> Verdict:
        return Verdict("not_scanned", "no virus scanner is installed")


@dataclass(frozen=True, slots=True)
class ClamDaemon:
    """ClamAV's daemon, by its INSTREAM command."""

    address: str
    seconds: float = 60.0

    def scan(self, content: IO[bytes], size: int) -> Verdict:
        content.seek(0)
        try:
            with self._connection() as line:
                line.sendall(b"zINSTREAM\0")
                while chunk := content.read(_CHUNK):
                    line.sendall(struct.pack(">I", len(chunk)) + chunk)
                line.sendall(struct.pack(">I", 0))
                answer = _all_of(line)
        except OSError as error:
            return Verdict("not_scanned", f"the virus scanner does not answer: {error}"[:200], "ClamAV")
        finally:
            content.seek(0)
        return _read(answer.decode("utf-8", "replace").strip("\0 \n"))

    def _connection(self) -> socket.socket:
        host, colon, port = self.address.rpartition(":")
        if colon and port.isdigit():
            return socket.create_connection((host, int(port)), timeout=self.seconds)
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.settimeout(self.seconds)
        try:
            line.connect(self.address)
        except OSError:
            line.close()
            raise
        return line


@dataclass(frozen=True, slots=True)
class ClamProgram:
    """`clamscan`, which reads a file."""

    program: str
    seconds: float = 600.0

    def scan(self, content: IO[bytes], size: int) -> Verdict:
        content.seek(0)
        with tempfile.TemporaryDirectory(prefix="galleria-scan-") as folder:
            path = Path(folder) / "file"
            with path.open("wb") as copy:
                shutil.copyfileobj(content, copy)
            content.seek(0)
            try:
                done = subprocess.run(  # noqa: S603  a fixed program on a file that we made
                    [self.program, "--no-summary", str(path)],
                    capture_output=True, text=True, check=False, timeout=self.seconds,
                )  # fmt: skip
            except (OSError, subprocess.TimeoutExpired) as error:
                return Verdict("not_scanned", f"the virus scanner failed: {type(error).__name__}", "ClamAV")
        if done.returncode == 2:
            return Verdict("not_scanned", f"the virus scanner failed: {done.stderr.strip()}"[:200], "ClamAV")
        return _read(done.stdout.strip())


def _all_of(line: socket.socket) -> bytes:
    answer = b""
    while part := line.recv(4096):
        answer += part
    return answer


def _read(answer: str) -> Verdict:
    """`stream: OK`, `stream: Eicar-Signature FOUND`, `stream: … ERROR`."""
    if answer.endswith("FOUND"):
        return Verdict("infected", answer.partition(": ")[2].removesuffix(" FOUND"), "ClamAV")
    if answer.endswith("OK"):
        return Verdict("clean", "", "ClamAV")
    return Verdict("not_scanned", f"the virus scanner said: {answer}"[:200], "ClamAV")


def installed() -> Antivirus:
    """The scanner of this deployment, which may take its time."""
    daemon = quick()
    program = shutil.which("clamscan") if settings.GALLERIA_CLAMAV == "" else None
    return ClamProgram(program) if program and isinstance(daemon, NoScanner) else daemon


def quick() -> Antivirus:
    """The scanner that answers while somebody waits: the daemon. The program reads its signatures at every start."""
    given: str = settings.GALLERIA_CLAMAV
    if given == "off":
        return NoScanner()
    if given:
        return ClamDaemon(given)
    for path in ("/run/clamav/clamd.ctl", "/var/run/clamav/clamd.ctl", "/run/clamd.scan/clamd.sock"):
        if Path(path).is_socket():
            return ClamDaemon(path)
    return NoScanner()
