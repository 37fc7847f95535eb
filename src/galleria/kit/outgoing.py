"""One guarded HTTP request to an address that somebody else chose (a seller, a webhook).

The guard against server-side request forgery (A-ADR-001) is in the order of the steps: the name is
resolved once, every address it has must be public (or inside a network that the operator allows), and
the connection is made to exactly that address, while certificate, server name indication and Host
header keep the name. Nothing is resolved a second time, so a name that changes its mind between check
and use gains nothing. Redirects are never followed, one deadline covers everything from the name to
the last byte, and bodies are capped.

`send` returns an `Answer` for every HTTP status; it raises a child of `OutgoingFailed`, whose `phase`
says how far the request came, for everything else.
"""

from __future__ import annotations

import contextlib
import functools
import io
import ipaddress
import queue
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any, ClassVar, Literal
from urllib.parse import SplitResult, urlsplit

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Phase = Literal["dns", "blocked", "connect", "tls", "timeout", "too_large", "http"]
Resolver = Callable[[str, int], Sequence[str]]

DEFAULT_SECONDS = 5.0  # A-ADR-001: connect and read together
DEFAULT_MAX_BYTES = 1024 * 1024
USER_AGENT = "Galleria"

# Prefixes that carry another address inside, or that `ipaddress` calls global on some Python versions.
_NEVER_PUBLIC: tuple[Network, ...] = tuple(
    ipaddress.ip_network(text)
    for text in (
        "192.0.0.0/24",  # protocol assignments
        "192.88.99.0/24",  # 6to4 relays
        "::/96",  # IPv4-compatible, withdrawn
        "::ffff:0:0:0/96",  # IPv4-translated
        "64:ff9b::/96",  # NAT64
        "64:ff9b:1::/48",  # NAT64, local
        "2001::/23",  # protocol assignments, with Teredo
        "2002::/16",  # 6to4
        "3fff::/20",  # documentation
        "5f00::/16",  # segment routing
        "fec0::/10",  # site-local, withdrawn
    )
)
_FORBIDDEN_IN_URL = re.compile(r"[\x00-\x20\x7f\\]")


@dataclass(frozen=True)
class Policy:
    """What the operator allows.

    `allowed_networks` may be reached although they are not public; only there are IP literals and, unless
    `plain_http` is on, `http://` accepted. `seconds` is the deadline of the whole request, `max_bytes` the
    limit of the decoded body. `ca_file` replaces the system's trusted authorities (labs).
    """

    allowed_networks: tuple[Network, ...] = ()
    seconds: float = DEFAULT_SECONDS
    max_bytes: int = DEFAULT_MAX_BYTES
    plain_http: bool = False
    ca_file: str | None = None


DEFAULT_POLICY = Policy()


@dataclass(frozen=True)
class Request:
    """What is sent."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None


@dataclass(frozen=True)
class Answer:
    """What came back. `body` is free of transfer and content encodings; `address` is where it came from."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = field(repr=False)
    address: str
    milliseconds: int

    def header(self, name: str) -> str | None:
        """The first header of that name, read without case."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


class OutgoingFailed(Exception):
    """The request brought no usable answer. `partial` is what had arrived until then, if anything."""

    phase: ClassVar[Phase]

    def __init__(self, message: str, *, partial: Answer | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.partial = partial
        self.milliseconds = 0


class NameNotResolved(OutgoingFailed):
    """The host name has no address, or no name server answered."""

    phase = "dns"


class TargetBlocked(OutgoingFailed):
    """The address must not be called: its form, or where it points."""

    phase = "blocked"


class NotConnected(OutgoingFailed):
    """Nobody accepted the connection."""

    phase = "connect"


class TlsFailed(OutgoingFailed):
    """The certificate was refused or the handshake failed."""

    phase = "tls"


class TimedOut(OutgoingFailed):
    """The deadline passed before the last byte."""

    phase = "timeout"


class AnswerTooLarge(OutgoingFailed):
    """The answer is longer than the policy allows."""

    phase = "too_large"


class AnswerBroken(OutgoingFailed):
    """What came back is not a complete HTTP answer."""

    phase = "http"


def networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """The operator's allow-list from texts such as `10.20.0.0/16`; ValueError names the bad one."""
    return tuple(ipaddress.ip_network(text.strip(), strict=False) for text in texts if text.strip())


def send(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    policy: Policy = DEFAULT_POLICY,
    resolver: Resolver | None = None,
) -> Answer:
    """Send one request and read the whole answer, whatever its status.

    `resolver` replaces the system's in tests. Raises a child of `OutgoingFailed`.
    """
    clock = _Deadline(policy.seconds)
    try:
        return _send(Request(method, url, headers or {}, body), policy, resolver or system_resolver, clock)
    except OutgoingFailed as failure:
        failure.milliseconds = clock.milliseconds()
        raise


def check(url: str, *, policy: Policy = DEFAULT_POLICY, resolver: Resolver | None = None) -> list[str]:
    """The addresses that `send` would connect to; raises as it would. For forms that take an address."""
    clock = _Deadline(policy.seconds)
    return _addresses(_split(url), policy, resolver or system_resolver, clock)


def system_resolver(host: str, port: int) -> list[str]:
    """Every address of the name by the system's resolver, each once, in its order."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def why_blocked(address: str, allowed: Iterable[Network] = ()) -> str | None:
    """Why this address must not be called, or None. An IPv4 address inside a mapped one is what counts."""
    try:
        ip: Address = ipaddress.ip_address(address)
    except ValueError:
        return f"{address} is not an address"
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    if any(ip in network for network in allowed):
        return None
    if any(ip in network for network in _NEVER_PUBLIC):
        return f"{address} is a reserved or transition address"
    if ip.is_multicast or ip.is_unspecified or ip.is_reserved or not ip.is_global:
        return f"{address} is not a public address"
    return None


# ---- the steps, in order -------------------------------------------------------------------------------


class _Deadline:
    """The one limit of a request, on the machine's steady clock: this is about waiting, not about dates."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.started = time.monotonic()

    def left(self) -> float:
        """Seconds left; TimeoutError when there are none."""
        left = self.started + self.seconds - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def milliseconds(self) -> int:
        return round((time.monotonic() - self.started) * 1000)

    def passed(self, while_: str, partial: Answer | None = None) -> TimedOut:
        return TimedOut(f"no complete answer within {self.seconds:g} s (while {while_})", partial=partial)


def _send(request: Request, policy: Policy, resolver: Resolver, clock: _Deadline) -> Answer:
    parts = _split(request.url)
    addresses = _addresses(parts, policy, resolver, clock)
    connection, address = _connect(parts, addresses, policy, clock)
    try:
        with contextlib.closing(_ask(connection, request, parts, clock)) as response:
            return _read(response, address, policy, clock)
    finally:
        connection.close()


def _split(url: str) -> SplitResult:
    if _FORBIDDEN_IN_URL.search(url):
        raise TargetBlocked("the address contains blanks, control characters or a backslash")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise TargetBlocked(f"the address cannot be read: {error}") from None
    if parts.scheme not in ("http", "https"):
        raise TargetBlocked("the address must begin with https://")
    if "@" in parts.netloc:
        raise TargetBlocked("the address must not contain a user name or password")
    if not parts.hostname or port == 0:
        raise TargetBlocked("the address has no host name or no usable port")
    return parts


def _host(parts: SplitResult) -> str:
    """The host as it goes on the wire: lower case, international names in their ASCII form."""
    host = (parts.hostname or "").rstrip(".")
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        raise TargetBlocked(f"{host} is not a valid host name") from None


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def _as_literal(host: str) -> str | None:
    """The address if the host is written as one, in any spelling that resolvers take (127.1, 0x7f000001)."""
    try:
        return str(ipaddress.ip_address(host.strip("[]").split("%")[0]))
    except ValueError:
        pass
    try:
        return socket.inet_ntoa(socket.inet_aton(host))
    except OSError:
        return None


def _addresses(parts: SplitResult, policy: Policy, resolver: Resolver, clock: _Deadline) -> list[str]:
    host, allowed = _host(parts), policy.allowed_networks
    literal = _as_literal(host)
    if literal is not None:
        reason = why_blocked(literal, allowed)
        if reason or not _inside(literal, allowed):
            raise TargetBlocked(reason or "the address must contain a host name, not an IP address")
        found: Sequence[str] = [literal]
    else:
        found = _resolve(host, _port(parts), resolver, clock)
    for address in found:
        reason = why_blocked(address, allowed)
        if reason:
            raise TargetBlocked(f"{host} points to {address}, which must not be called: {reason}")
    if parts.scheme == "http" and not policy.plain_http and not all(_inside(a, allowed) for a in found):
        raise TargetBlocked("the address must begin with https://")
    return list(found)


def _inside(address: str, allowed: Iterable[Network]) -> bool:
    ip: Address = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    return any(ip in network for network in allowed)


def _resolve(host: str, port: int, resolver: Resolver, clock: _Deadline) -> Sequence[str]:
    """Ask in a thread of its own: the system's resolver knows no time limit."""
    answers: queue.SimpleQueue[Sequence[str] | Exception] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(resolver(host, port))
        except Exception as error:
            answers.put(error)

    threading.Thread(target=ask, name="resolve", daemon=True).start()
    try:
        answer = answers.get(timeout=clock.left())
    except (queue.Empty, TimeoutError):
        raise clock.passed(f"resolving {host}") from None
    if isinstance(answer, (OSError, UnicodeError)):
        raise NameNotResolved(f"{host} could not be resolved: {answer}")
    if isinstance(answer, Exception):
        raise answer
    if not answer:
        raise NameNotResolved(f"{host} has no address")
    return answer


@functools.lru_cache(maxsize=8)
def _tls_context(ca_file: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _connect(
    parts: SplitResult, addresses: Sequence[str], policy: Policy, clock: _Deadline
) -> tuple[HTTPConnection, str]:
    """Connect to the first address that accepts; one that stays silent gets half of the time left."""
    host, port, problem = _host(parts), _port(parts), ""
    for address in addresses:
        is_last = address is addresses[-1]
        connection = _prepared(parts, address, policy, clock)
        try:
            connection.timeout = clock.left() if is_last else clock.left() / 2
            connection.connect()
        except (ssl.SSLError, ssl.CertificateError, urllib3.exceptions.SSLError) as error:
            connection.close()
            raise TlsFailed(f"no secure connection to {host}: {error}") from None
        except (OSError, HTTPError) as error:
            connection.close()
            refused = isinstance(error, urllib3.exceptions.NewConnectionError)
            late = isinstance(error, (TimeoutError, urllib3.exceptions.ConnectTimeoutError)) and not refused
            if late and is_last:
                raise clock.passed(f"connecting to {host}:{port}") from None
            problem = "no answer" if late else str(error.__cause__ or error)
            continue
        connection.sock = _DeadlineSocket(connection.sock, clock)
        return connection, address
    raise NotConnected(f"no connection to {host}:{port}: {problem}")


def _prepared(parts: SplitResult, address: str, policy: Policy, clock: _Deadline) -> HTTPConnection:
    """A connection to the address whose certificate and server name are those of the host."""
    if parts.scheme == "http":
        return HTTPConnection(address, _port(parts))
    # OpenSSL checks the certificate against the name; given `assert_hostname` too, urllib3 would switch
    # that check off in the shared context and do it itself.
    context = _tls_context(policy.ca_file)
    connection = _Https(address, _port(parts), server_hostname=_host(parts), ssl_context=context)
    connection.clock = clock
    return connection


class _Https(HTTPSConnection):
    """Gives the handshake only what connecting has left of the deadline."""

    clock: _Deadline

    def _new_conn(self) -> socket.socket:
        plain = super()._new_conn()
        plain.settimeout(self.clock.left())
        return plain


class _DeadlineSocket:
    """A socket whose every wait ends at the deadline, however many bytes dribble in before it."""

    def __init__(self, real: Any, clock: _Deadline) -> None:
        self._real = real
        self._clock = clock

    def settimeout(self, seconds: float | None) -> None:
        """Ignored: the deadline rules."""

    def sendall(self, data: Any) -> None:
        self._real.settimeout(self._clock.left())
        self._real.sendall(data)

    def makefile(self, mode: str, *args: Any, **kwargs: Any) -> io.BufferedReader:
        return io.BufferedReader(_DeadlineReader(self._real, self._clock))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


class _DeadlineReader(io.RawIOBase):
    def __init__(self, real: Any, clock: _Deadline) -> None:
        self._real = real
        self._clock = clock
        self._raw = real.makefile("rb", buffering=0)  # keeps the socket open as long as this is read

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._real.settimeout(self._clock.left())
        count: int | None = self._raw.readinto(buffer)
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


def _ask(connection: HTTPConnection, request: Request, parts: SplitResult, clock: _Deadline) -> urllib3.HTTPResponse:
    host = _host(parts)
    named = f"[{host}]" if ":" in host else host
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    sent = {"Host": named if parts.port is None else f"{named}:{parts.port}", "Connection": "close"}
    sent |= {"User-Agent": USER_AGENT} | dict(request.headers)
    try:
        connection.request(request.method, target, body=request.body, headers=sent, preload_content=False)
    except TimeoutError:
        raise clock.passed("sending the request") from None
    except BrokenPipeError:
        pass  # refused without reading it all; the answer may be there already
    except OSError as error:
        raise AnswerBroken(f"the connection broke while the request was sent: {error}") from None
    try:
        return connection.getresponse()
    except TimeoutError:
        raise clock.passed("waiting for the answer") from None
    except (OSError, HTTPException, HTTPError) as error:
        raise AnswerBroken(_broken(error)) from None


def _broken(error: Exception) -> str:
    if isinstance(error, ConnectionError):
        return "the connection was closed before an answer arrived"
    return f"the answer is not valid HTTP: {type(error).__name__} {error}".rstrip()


def _read(response: urllib3.HTTPResponse, address: str, policy: Policy, clock: _Deadline) -> Answer:
    received = bytearray()

    def answer() -> Answer:
        headers = tuple((key, value) for key, value in response.headers.items())
        kept = bytes(received[: policy.max_bytes])
        return Answer(response.status, headers, kept, address, clock.milliseconds())

    too_large = f"the answer is longer than {policy.max_bytes} bytes"
    announced = response.headers.get("Content-Length", "")
    if announced.isdigit() and int(announced) > policy.max_bytes:
        raise AnswerTooLarge(f"{too_large} ({announced} announced)", partial=answer())
    try:
        while chunk := response.read(16384):
            received += chunk
            if len(received) > policy.max_bytes:
                raise AnswerTooLarge(too_large, partial=answer())
    except (TimeoutError, urllib3.exceptions.ReadTimeoutError):
        raise clock.passed("reading the answer", answer()) from None
    except (OSError, HTTPException, HTTPError) as error:
        raise AnswerBroken(f"the answer broke off or is damaged: {error}", partial=answer()) from None
    return answer()
