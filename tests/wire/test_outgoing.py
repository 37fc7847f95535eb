"""The guard: what may be called, that nothing is resolved twice, and that every wait ends in time."""

from __future__ import annotations

import gzip
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from galleria.demo.sample_seller.server import SampleSeller, Settings
from galleria.kit import outgoing
from tests.wire.conftest import KEY, LOOPBACK, Certificates, RawServer

StartRaw = Callable[..., RawServer]
LAB = outgoing.Policy(allowed_networks=LOOPBACK, max_bytes=10_000)
HASTY = replace(LAB, seconds=0.6)
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Names:
    """A name server that counts, and may change its mind."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, int]] = []

    def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append((host, port))
        return self.answers[min(len(self.asked), len(self.answers)) - 1]


def nobody(host: str, port: int) -> list[str]:
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


# ---- which addresses -----------------------------------------------------------------------------------


@pytest.mark.req("A-ADR-001")
@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.9.1", "0.0.0.0", "10.0.0.1", "172.16.4.4", "192.168.1.1", "169.254.169.254",  # noqa: S104
        "100.64.0.1",
        "255.255.255.255", "224.0.0.1", "240.0.0.1", "192.0.0.8", "192.0.2.1", "192.88.99.1",
        "198.18.0.1", "198.51.100.7", "203.0.113.9",
        "::", "::1", "fe80::1", "fc00::1", "fd12:3456::1", "fec0::1", "ff02::1", "100::1", "2001:db8::1", "3fff::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "::ffff:0:7f00:1",
        "2002:7f00:1::1", "2002:808:808::1",
        "2001:0:7f00:1::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::1",
        "not an address",
    ],
)  # fmt: skip
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    assert outgoing.why_blocked(address) is not None
    with pytest.raises(outgoing.TargetBlocked):
        outgoing.send("POST", "https://seller.example/saas", resolver=Names([address]))


@pytest.mark.req("A-ADR-001")
@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.215.14", "::ffff:8.8.8.8", "2606:4700::1111", "2a00:1450::1"])
def test_a_public_address_may_be_called(address: str) -> None:
    assert outgoing.why_blocked(address) is None


@pytest.mark.req("A-ADR-001")
def test_one_private_address_among_public_ones_blocks_the_name() -> None:
    names = Names(["93.184.215.14", "10.0.0.7"])

    with pytest.raises(outgoing.TargetBlocked, match=r"seller\.example points to 10\.0\.0\.7") as caught:
        outgoing.send("POST", "https://seller.example/saas", resolver=names)

    assert caught.value.phase == "blocked"


@pytest.mark.req("A-ADR-001")
@pytest.mark.parametrize(
    "address",
    [
        "ftp://seller.example/", "file:///etc/passwd", "gopher://seller.example/", "//seller.example/x",
        "seller.example",
        "https://user@seller.example/", "https://user:secret@seller.example/", "https://@seller.example/",
        "https://", "https:///saas", "https://seller.example:0/", "https://seller.example:99999/",
        "https://seller.example:port/", "https://seller.example/a b", "https://seller.example/\r\nHost: x",
        "https://seller.example\\@inside.example/", "https://[::1", "https://xn--\udcff.example/",
        "https://8.8.8.8/", "https://[2606:4700::1111]/", "https://2130706433/", "https://0x7f.1/", "https://127.1/",
        "https://0177.0.0.1/", "https://[::ffff:127.0.0.1]/", "https://[fe80::1%25eth0]/", "https://127.0.0.1/",
    ],
)  # fmt: skip
def test_an_address_of_a_wrong_form_is_refused_without_asking_for_its_name(address: str) -> None:
    names = Names(["93.184.215.14"])

    with pytest.raises(outgoing.TargetBlocked):
        outgoing.send("POST", address, resolver=names)

    assert names.asked == []


@pytest.mark.req("A-ADR-001")
def test_plain_http_needs_the_operators_setting_or_an_allowed_network() -> None:
    names = Names(["93.184.215.14"])

    with pytest.raises(outgoing.TargetBlocked, match="must begin with https://"):
        outgoing.check("http://seller.example/saas", resolver=names)

    plain = outgoing.Policy(plain_http=True)
    assert outgoing.check("http://seller.example/saas", policy=plain, resolver=names) == ["93.184.215.14"]
    assert outgoing.check("http://lab.example/saas", policy=LAB, resolver=Names(["127.0.0.1"])) == ["127.0.0.1"]


@pytest.mark.req("A-ADR-001")
def test_the_operators_networks_are_allowed_and_nothing_beside_them() -> None:
    policy = outgoing.Policy(allowed_networks=outgoing.networks(["10.20.0.0/16", " ", "fd00:1::/32"]))

    assert outgoing.check("https://a.example/", policy=policy, resolver=Names(["10.20.3.4"])) == ["10.20.3.4"]
    assert outgoing.check("https://10.20.3.4/", policy=policy) == ["10.20.3.4"]
    assert outgoing.check("https://a.example/", policy=policy, resolver=Names(["::ffff:10.20.0.1"]))
    for outside in ("10.21.0.1", "127.0.0.1", "fd00:2::1"):
        with pytest.raises(outgoing.TargetBlocked):
            outgoing.check("https://a.example/", policy=policy, resolver=Names([outside]))
    with pytest.raises(ValueError, match=r"10\.20\.0\.0/99"):
        outgoing.networks(["10.20.0.0/99"])


# ---- resolved once -------------------------------------------------------------------------------------


@pytest.mark.req("A-ADR-001")
def test_a_name_that_changes_its_mind_is_asked_once_and_the_checked_address_is_called(raw_server: StartRaw) -> None:
    checked = raw_server(OK)
    inside = raw_server(OK, host="127.0.0.2", port=checked.port)
    names = Names(["127.0.0.1"], ["127.0.0.2"])

    answer = outgoing.send("GET", f"http://seller.example:{checked.port}/", policy=LAB, resolver=names)

    assert names.asked == [("seller.example", checked.port)]
    assert (answer.address, checked.connections, inside.connections) == ("127.0.0.1", 1, 0)


@pytest.mark.req("A-ADR-001")
def test_the_name_stays_in_the_host_header(raw_server: StartRaw) -> None:
    server = raw_server(OK)
    url = f"http://SELLER.example.:{server.port}/saas?signature=A&x=%41#part"

    outgoing.send("POST", url, body=b"{}", headers={"Accept": "a/b"}, policy=LAB, resolver=Names(["127.0.0.1"]))

    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert head.splitlines()[0] == b"POST /saas?signature=A&x=%41 HTTP/1.1"
    assert f"Host: seller.example:{server.port}".encode() in head
    assert b"Accept: a/b" in head
    assert body == b"{}"


@pytest.mark.req("A-ADR-001")
def test_an_international_name_goes_out_in_its_ascii_form(raw_server: StartRaw) -> None:
    server, names = raw_server(OK), Names(["127.0.0.1"])

    outgoing.send("GET", f"http://müller.example:{server.port}/", policy=LAB, resolver=names)

    assert names.asked[0][0] == "xn--mller-kva.example"
    assert b"Host: xn--mller-kva.example" in server.requests[0]


def test_the_next_address_is_tried_when_one_refuses(raw_server: StartRaw) -> None:
    server = raw_server(OK)
    names = Names(["127.0.0.3", "127.0.0.1"])

    answer = outgoing.send("GET", f"http://seller.example:{server.port}/", policy=LAB, resolver=names)

    assert answer.address == "127.0.0.1"


# ---- phases of failure ---------------------------------------------------------------------------------


def failure(url: str, policy: outgoing.Policy = LAB, **more: object) -> outgoing.OutgoingFailed:
    """What the request fails with, checked to have come within the deadline."""
    started = time.monotonic()
    with pytest.raises(outgoing.OutgoingFailed) as caught:
        outgoing.send("POST", url, body=b"{}", policy=policy, **more)  # type: ignore[arg-type]
    assert time.monotonic() - started < policy.seconds + 1.5
    return caught.value


def test_an_unknown_name_fails_in_phase_dns() -> None:
    found = failure("https://nowhere.example/", resolver=nobody)

    assert (found.phase, found.message[:40]) == ("dns", "nowhere.example could not be resolved: [")
    assert failure("https://nowhere.example/", resolver=Names([])).phase == "dns"


def test_a_closed_port_fails_in_phase_connect(raw_server: StartRaw) -> None:
    server = raw_server(OK)
    server.stop()

    found = failure(f"http://127.0.0.1:{server.port}/")

    assert found.phase == "connect"
    assert "refused" in found.message


@pytest.mark.req("A-ADR-001", "A-V2C-T2")
def test_a_silent_server_a_slow_name_and_a_silent_handshake_fail_in_phase_timeout(raw_server: StartRaw) -> None:
    def silent(server: RawServer, connection: socket.socket) -> None:
        time.sleep(3)

    server = raw_server(silent)

    def slow(host: str, port: int) -> list[str]:
        time.sleep(3)
        return ["127.0.0.1"]

    port = server.port
    found = [
        failure(f"http://127.0.0.1:{port}/", HASTY),
        failure(f"http://slow.example:{port}/", HASTY, resolver=slow),
        failure(f"https://127.0.0.1:{port}/", HASTY),
    ]

    assert [one.phase for one in found] == ["timeout"] * 3
    assert [one.message for one in found] == [
        "no complete answer within 0.6 s (while waiting for the answer)",
        "no complete answer within 0.6 s (while resolving slow.example)",
        f"no complete answer within 0.6 s (while connecting to 127.0.0.1:{port})",
    ]
    assert all(550 <= one.milliseconds < 2500 for one in found)


@pytest.mark.req("A-ADR-001")
def test_an_answer_that_drips_is_cut_off_at_the_deadline(raw_server: StartRaw) -> None:
    def drip_body(server: RawServer, connection: socket.socket) -> None:
        server.read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
        for _ in range(100):
            connection.sendall(b"x")
            time.sleep(0.05)

    def drip_head(server: RawServer, connection: socket.socket) -> None:
        server.read_request(connection)
        for byte in b"HTTP/1.1 200 OK\r\n" + b"X-Slow: yes\r\n" * 20:
            connection.sendall(bytes([byte]))
            time.sleep(0.05)

    def drip_chunks(server: RawServer, connection: socket.socket) -> None:
        server.read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(100):
            connection.sendall(b"1\r\nx\r\n")
            time.sleep(0.05)

    for script in (drip_body, drip_head, drip_chunks):
        found = failure(f"http://127.0.0.1:{raw_server(script).port}/", HASTY)
        assert found.phase == "timeout", script.__name__


def test_a_server_that_does_not_read_is_given_up(raw_server: StartRaw) -> None:
    def deaf(server: RawServer, connection: socket.socket) -> None:
        time.sleep(3)

    url = f"http://127.0.0.1:{raw_server(deaf).port}/"
    with pytest.raises(outgoing.TimedOut):
        outgoing.send("POST", url, body=b"x" * 20_000_000, policy=HASTY)


@pytest.mark.req("A-ADR-001")
@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 20_000,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfff0\r\n" + b"x" * 65520,
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(b"x" * 3_000_000),
    ],
    ids=["announced", "to the end", "chunked", "compressed"],
)  # fmt: skip
def test_a_huge_answer_fails_in_phase_too_large(raw_server: StartRaw, answer: bytes) -> None:
    found = failure(f"http://127.0.0.1:{raw_server(answer).port}/")

    assert found.phase == "too_large"
    assert "longer than 10000 bytes" in found.message
    assert found.partial is not None
    assert (found.partial.status, len(found.partial.body) <= 10_000) == (200, True)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\nx",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
    ],
    ids=["nothing", "ssh", "status", "half", "chunk", "gzip", "long header", "many headers"],
)
def test_a_broken_answer_fails_in_phase_http(raw_server: StartRaw, answer: bytes) -> None:
    assert failure(f"http://127.0.0.1:{raw_server(answer).port}/").phase == "http"


@pytest.mark.req("A-ADR-001")
def test_a_redirect_is_an_answer_and_is_not_followed(raw_server: StartRaw) -> None:
    target = raw_server(OK)
    location = f"Location: http://127.0.0.1:{target.port}/\r\n".encode()
    server = raw_server(b"HTTP/1.1 302 Found\r\n" + location + b"Content-Length: 0\r\n\r\n")

    answer = outgoing.send("POST", f"http://127.0.0.1:{server.port}/", policy=LAB)

    assert (answer.status, answer.header("location") is not None, target.connections) == (302, True, 0)


@pytest.mark.req("A-BSG-001")
def test_the_body_comes_without_its_encodings(raw_server: StartRaw) -> None:
    packed = gzip.compress(b'{"resultCode":"000000"}')
    chunks = b"%x\r\n%b\r\n0\r\n\r\n" % (len(packed), packed)
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
    server = raw_server(head + chunks)

    answer = outgoing.send("POST", f"http://127.0.0.1:{server.port}/", policy=LAB)

    assert answer.body == b'{"resultCode":"000000"}'


# ---- TLS -----------------------------------------------------------------------------------------------


@pytest.fixture
def secure_seller(tmp_path: Path, certificates: Certificates) -> Iterator[SampleSeller]:
    server = SampleSeller(
        Settings(
            state=tmp_path / "secure",
            key=KEY,
            certificate=certificates.certificate,
            certificate_key=certificates.key,
        )
    ).start()
    yield server
    server.stop()


@pytest.mark.req("A-ADR-001")
def test_the_certificate_must_be_of_the_name_although_the_address_is_called(
    secure_seller: SampleSeller, certificates: Certificates
) -> None:
    trusting = replace(LAB, ca_file=str(certificates.authority))
    names = Names(["127.0.0.1"])

    answer = outgoing.send(
        "GET", f"https://seller.example:{secure_seller.port}/healthz", policy=trusting, resolver=names
    )
    other = failure(f"https://other.example:{secure_seller.port}/healthz", trusting, resolver=names)
    literal = failure(f"https://127.0.0.1:{secure_seller.port}/healthz", trusting)

    assert (answer.status, answer.body) == (200, b'{"ok":true}')
    assert (other.phase, "other.example" in other.message) == ("tls", True)
    assert literal.phase == "tls"


@pytest.mark.req("A-ADR-001")
def test_an_unknown_authority_fails_in_phase_tls(secure_seller: SampleSeller) -> None:
    found = failure(f"https://seller.example:{secure_seller.port}/healthz", resolver=Names(["127.0.0.1"]))

    assert found.phase == "tls"


@pytest.mark.req("A-ADR-001")
def test_tls_older_than_1_2_and_plain_servers_fail_in_phase_tls(raw_server: StartRaw) -> None:
    def plain(server: RawServer, connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    assert outgoing._tls_context(None).minimum_version == ssl.TLSVersion.TLSv1_2
    assert failure(f"https://127.0.0.1:{raw_server(plain).port}/").phase == "tls"
