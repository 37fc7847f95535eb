"""Domains: added without a path, proven by file or DNS, asked again every day, lost and found."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import dns.flags
import dns.message
import dns.rrset
import pytest

from galleria.audit.models import AuditRecord
from galleria.connecting import rules, selectors, services
from galleria.connecting.adapters.dns import txt_records
from galleria.connecting.jobs import check_domains
from galleria.connecting.models import Domain
from galleria.delivering.models import ProductionAddress
from galleria.kit import clock, jobs
from galleria.kit.errors import Invalid, NotAllowed, NotFound, PermissionMissing
from galleria.notifying.models import Message
from tests.people import NOW, make_seller

pytestmark = pytest.mark.django_db(transaction=True)


class Site:
    """A seller's web server that shows (or not) the file of the proof."""

    def __init__(self) -> None:
        self.text: str | None = None
        self.status = 200
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                found = self.path == rules.PROOF_PATH and site.text is not None
                data = (site.text or "").encode() if found else b"nothing here"
                self.send_response(site.status if found else 404)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        self.origin = f"http://127.0.0.1:{self.server.server_address[1]}"


@pytest.fixture
def site() -> Iterator[Site]:
    running = Site()
    yield running
    running.server.shutdown()
    running.server.server_close()


@pytest.fixture
def name_server() -> Iterator[tuple[str, dict[str, list[str]]]]:
    """A name server of TXT records: its address, and the records to fill."""
    records: dict[str, list[str]] = {}

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            data, answering = self.request
            question = dns.message.from_wire(data)
            answer = dns.message.make_response(question)
            answer.flags |= dns.flags.RA
            name = question.question[0].name
            texts = records.get(name.to_text(omit_final_dot=True))
            if texts:
                quoted = [f'"{text}"' for text in texts]
                answer.answer.append(dns.rrset.from_text(name, 60, "IN", "TXT", *quoted))
            answering.sendto(answer.to_wire(), self.client_address)

    server = socketserver.UDPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"127.0.0.1:{server.server_address[1]}", records
    server.shutdown()
    server.server_close()


def nothing(name: str) -> list[str]:
    return []


@pytest.fixture
def domain(bruno: Any, site: Site) -> Domain:
    return services.add_domain(bruno.actor, typed=site.origin, at=NOW)


@pytest.fixture
def proven(bruno: Any, site: Site, domain: Domain) -> Domain:
    site.text = domain.token
    return services.check_domain(bruno.actor, domain_id=domain.public_id, at=NOW)


@pytest.mark.req("A-ADR-001")
@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("https://console.example.com", "https://console.example.com"),
        ("https://Console.Example.com/", "https://console.example.com"),
        ("console.example.com", "https://console.example.com"),
        ("https://console.example.com:443", "https://console.example.com"),
        ("https://console.example.com:8443", "https://console.example.com:8443"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
    ],
)
def test_a_domain_is_scheme_and_host(typed: str, kept: str) -> None:
    assert rules.origin_of(typed) == kept


@pytest.mark.req("A-ADR-001")
@pytest.mark.parametrize(
    "typed",
    ["https://console.example.com/path", "https://a.example?x=1", "https://u:p@a.example", "ftp://a.example",
     "https://", "https://a b.example", "https://a.example:99999"],
)  # fmt: skip
def test_a_path_a_query_or_a_user_is_refused(bruno: Any, typed: str) -> None:
    with pytest.raises(Invalid) as refused:
        services.add_domain(bruno.actor, typed=typed, at=NOW)
    assert set(refused.value.fields) == {"origin"}


@pytest.mark.req("A-ADR-001")
@pytest.mark.parametrize(
    "typed", ["http://console.example.com", "https://192.0.2.1", "https://127.0.0.1", "https://[::1]", "https://2130706433"]
)  # fmt: skip
def test_plain_http_and_addresses_inside_are_refused_unless_the_operator_allows_them(
    bruno: Any, settings: Any, typed: str
) -> None:
    settings.GALLERIA_OUTGOING_ALLOW = []
    settings.GALLERIA_ALLOW_HTTP_SELLERS = False
    if typed.startswith("http:"):
        assert rules.origin_of(typed) == typed  # the guard, not the form, knows what is allowed
        typed = "http://192.0.2.1"
    with pytest.raises(Invalid):
        services.add_domain(bruno.actor, typed=typed, at=NOW)
    assert not Domain.objects.exists()


@pytest.mark.req("A-ADR-001")
def test_the_file_proves_the_domain_and_then_a_path_can_be_added(bruno: Any, site: Site, domain: Domain) -> None:
    with pytest.raises(NotAllowed):
        services.add_address(bruno.actor, domain_id=domain.public_id, path="/saas", at=NOW)
    with pytest.raises(services.NotProven) as refused:
        services.check_domain(bruno.actor, domain_id=domain.public_id, at=NOW, txt=nothing)
    assert "HTTP status 404 instead of 200" in refused.value.message
    site.text = f"something else\ngalleria-address={domain.token}\n"

    found = services.check_domain(bruno.actor, domain_id=domain.public_id, at=NOW)

    assert (found.state, found.means, found.proven_at) == ("proven", "file", NOW)
    address = services.add_address(bruno.actor, domain_id=domain.public_id, path="saas/v2?room=1", at=NOW)
    assert address.url == f"{site.origin}/saas/v2?room=1"
    assert [row.public_id for row in selectors.addresses_of(bruno.actor)] == [address.public_id]
    assert list(AuditRecord.objects.order_by("id").values_list("sentence", flat=True))[-3:] == [
        "domain.added", "domain.proven", "interface.added",
    ]  # fmt: skip


@pytest.mark.req("A-ADR-001")
def test_another_token_or_another_status_proves_nothing(bruno: Any, site: Site, domain: Domain) -> None:
    for text, status in (("0" * 40, 200), (domain.token, 500), (f"x{domain.token}", 200)):
        site.text, site.status = text, status
        with pytest.raises(services.NotProven):
            services.check_domain(bruno.actor, domain_id=domain.public_id, at=NOW, txt=nothing)


@pytest.mark.req("A-ADR-001")
def test_a_txt_record_proves_the_domain(
    bruno: Any, settings: Any, name_server: tuple[str, dict[str, list[str]]]
) -> None:
    server, records = name_server
    settings.GALLERIA_DNS_SERVERS = [server]
    domain = services.add_domain(bruno.actor, typed="https://seller.invalid", at=NOW)
    records["_galleria-address.seller.invalid"] = ["v=spf1 -all"]
    with pytest.raises(services.NotProven) as refused:
        services.check_domain(bruno.actor, domain_id=domain.public_id, at=NOW)
    assert "TXT _galleria-address.seller.invalid: 1 records, none holds the token." in refused.value.message
    records["_galleria-address.seller.invalid"] += [f"galleria-address={domain.token}"]

    assert services.check_domain(bruno.actor, domain_id=domain.public_id, at=NOW).means == "dns"
    assert txt_records("nothing.seller.invalid") == []


@pytest.mark.req("A-ADR-001")
def test_an_unproven_token_expires_after_seven_days(bruno: Any, site: Site, domain: Domain) -> None:
    site.text = domain.token
    clock.travel_to(NOW + timedelta(days=7))
    check_domains()
    with pytest.raises(NotAllowed):
        services.check_domain(bruno.actor, domain_id=domain.public_id, at=clock.now())

    renewed = services.renew_token(bruno.actor, domain_id=domain.public_id, at=clock.now())

    assert renewed.token != domain.token
    with pytest.raises(services.NotProven):
        services.check_domain(bruno.actor, domain_id=domain.public_id, at=clock.now(), txt=nothing)
    site.text = renewed.token
    assert services.check_domain(bruno.actor, domain_id=domain.public_id, at=clock.now()).state == "proven"


@pytest.mark.req("A-ADR-001")
def test_a_domain_that_is_lost_alarms_stops_new_connections_and_comes_back_by_itself(
    bruno: Any, shop: Any, site: Site, proven: Domain
) -> None:
    address = services.add_address(bruno.actor, domain_id=proven.public_id, path="/saas", at=NOW)
    product = shop.product("Desk", monthly="9.00")
    token, site.text = site.text, None

    def tomorrow() -> None:
        clock.advance(timedelta(days=1))
        check_domains()
        jobs.run_due(raise_errors=True)
        proven.refresh_from_db()
        address.refresh_from_db()

    tomorrow()
    assert (proven.state, address.state) == ("lost", "lost")
    message = Message.objects.get(key="seller.domain_lost")
    assert (message.user, message.link) == (bruno.user, f"/seller/interface/domains/{proven.public_id}")
    with pytest.raises(NotAllowed):
        services.bind_product(bruno.actor, product_id=product.public_id, address_id=address.public_id, at=clock.now())
    with pytest.raises(NotAllowed):
        services.prepare(bruno.actor, address_id=address.public_id, activity="newInstance", values={}, at=clock.now())
    tomorrow()
    assert Message.objects.filter(key="seller.domain_lost").count() == 1
    site.text = token
    tomorrow()
    assert (proven.state, address.state) == ("proven", "verified")


def test_a_domain_that_the_operator_vouches_for_is_not_asked(bruno: Any, shop: Any) -> None:
    address = ProductionAddress.objects.create(seller=bruno.seller, url="http://127.0.0.1:9/s/x/saas", created_at=NOW)
    row = services.vouch_for(address, at=NOW)
    assert (row.origin, row.state, row.means) == ("http://127.0.0.1:9", "proven", "operator")
    assert services.domains_to_check(NOW) == []
    assert services.recheck_domain(row.public_id, NOW) == "proven"


@pytest.mark.req("A-ADR-001")
def test_two_sellers_prove_the_same_host_each_with_a_token(bruno: Any, site: Site, proven: Domain) -> None:
    sven = make_seller("Sven")
    other = services.add_domain(sven.actor, typed=site.origin, at=NOW)
    assert other.token != proven.token
    with pytest.raises(services.NotProven):
        services.check_domain(sven.actor, domain_id=other.public_id, at=NOW, txt=nothing)
    with pytest.raises(NotFound):
        services.check_domain(sven.actor, domain_id=proven.public_id, at=NOW)


@pytest.mark.req("A-FAM-001")
def test_a_product_has_one_address_and_moving_one_on_sale_needs_its_cases_and_a_yes(
    bench: Any, bruno: Any, site: Site, proven: Domain, desk: Any
) -> None:
    other = services.add_address(bruno.actor, domain_id=proven.public_id, path="/saas", at=NOW)

    def move(**more: Any) -> None:
        services.bind_product(bruno.actor, product_id=desk.public_id, address_id=other.public_id, at=NOW, **more)

    with pytest.raises(NotAllowed) as refused:
        move(sure=True)
    assert refused.value.extra["missing"] == [
        "newInstance", "queryInstance", "refreshInstance", "updateInstanceStatus", "releaseInstance",
    ]  # fmt: skip
    bench.save_all()
    desk.interface.address.cases.update(address=other)
    with pytest.raises(Invalid):
        move()
    move(sure=True)
    desk.refresh_from_db()
    assert desk.interface.address == other
    assert AuditRecord.objects.filter(sentence="interface.bound").count() == 1


def test_what_delivers_a_product_is_not_removed(bruno: Any, shop: Any, proven: Domain) -> None:
    address = services.add_address(bruno.actor, domain_id=proven.public_id, path="/saas", at=NOW)
    product = shop.product("Desk", monthly="9.00")
    services.bind_product(bruno.actor, product_id=product.public_id, address_id=address.public_id, at=NOW)
    with pytest.raises(NotAllowed):
        services.remove_address(bruno.actor, address_id=address.public_id, at=NOW)
    with pytest.raises(NotAllowed):
        services.remove_domain(bruno.actor, domain_id=proven.public_id, at=NOW)
    product.interface.delete()
    services.remove_domain(bruno.actor, domain_id=proven.public_id, at=NOW)
    assert (Domain.objects.count(), ProductionAddress.objects.count()) == (0, 0)


@pytest.mark.req("A-ADR-001", "A-KEY-001")
def test_changing_the_key_of_an_address_in_use_needs_a_yes(bruno: Any, desk: Any) -> None:
    address = desk.interface.address
    with pytest.raises(Invalid) as refused:
        services.change_address(bruno.actor, address_id=address.public_id, key_kind="general", at=NOW)
    assert set(refused.value.fields) == {"sure"}
    changed = services.change_address(bruno.actor, address_id=address.public_id, key_kind="general", sure=True, at=NOW)
    assert changed.key_kind == "general"


def test_only_who_manages_keys_changes_anything(bruno: Any, xavier: Any, proven: Domain) -> None:
    reader = bruno.colleague("Ben", "BuyerReadOnly")
    with pytest.raises(PermissionMissing):
        selectors.domains_of(reader.actor)
    for person in (reader, xavier):
        with pytest.raises((PermissionMissing, NotFound)):
            services.add_domain(person.actor, typed="https://a.example", at=NOW)


def test_the_sample_marketplaces_servers_count_as_proven_wherever_they_start(bruno: Any, shop: Any) -> None:
    from galleria.demo import marketplace

    shop.product("Desk", monthly="9.00")
    marketplace.connect_sellers("http://127.0.0.1:8101", NOW)
    marketplace.connect_sellers("http://127.0.0.1:8102", NOW)

    assert [(row.origin, row.state, row.means) for row in selectors.domains_of(bruno.actor)] == [
        ("http://127.0.0.1:8102", "proven", "operator")
    ]
    assert [row.url for row in selectors.addresses_of(bruno.actor)] == ["http://127.0.0.1:8102/s/fernwerk/saas"]
