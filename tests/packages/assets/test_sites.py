"""SaaS sites: added, proved, scanned passively, a handful each, one scan per domain (S-AST-004)."""

from __future__ import annotations

from typing import Any

import pytest

from galleria.assets import rules, selectors, services
from galleria.assets.adapters import site as site_check
from galleria.assets.models import Asset, AssetVersion
from galleria.assets.ports import Target
from galleria.assets.services.refusals import DomainBusy, NotReady, TooManySites
from galleria.demo.sample_seller.server import SampleSeller, Settings
from galleria.kit import jobs, outgoing
from galleria.kit.errors import Invalid, NotAllowed
from tests.packages.assets.conftest import SAFE, Site
from tests.people import Person, make_seller
from tests.wire.conftest import Certificates, certificates  # noqa: F401  a fixture

SITE = "https://app.fernwerk.example/login"


@pytest.fixture
def proved(site: Site, add_site: Any, bruno: Person, at: Any) -> Asset:
    asset = add_site(site.login)
    site.prove(asset)
    return services.verify_site(bruno.actor, asset_id=asset.public_id, at=at)


def scan(bruno: Person, asset: Asset, at: Any) -> tuple[AssetVersion, dict[str, str]]:
    version = asset.versions.get()
    services.submit_version(bruno.actor, version_id=version.public_id, at=at)
    jobs.run_due(with_crons=False, raise_errors=True)
    version.refresh_from_db()
    return version, {data["code"]: data["severity"] for data in version.scans.first().findings}


# ----- adding -----


@pytest.mark.req("S-AST-004")
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"address": "http://app.fernwerk.example/"}, "address"), ({"address": "ftp://x.example/"}, "address"),
        ({"address": "https://10.0.0.1/"}, "address"), ({"address": "https://localhost/"}, "address"),
        ({"address": "https://user:pw@x.example/"}, "address"), ({"address": "https://x.example/#top"}, "address"),
        ({"address": "https://x.example/a b"}, "address"), ({"address": "app"}, "address"),
        ({"address": "https://x.example/" + "a" * 300}, "address"),
        ({"login_mode": "magic"}, "login_mode"), ({"consent": False}, "consent"),
        ({"checklist": rules.CHECKLIST[1:]}, "checklist"),
    ],
)  # fmt: skip
def test_a_site_needs_address_sign_in_consent_and_the_whole_list(
    add_site: Any, settings: Any, changes: dict[str, Any], field: str
) -> None:
    settings.GALLERIA_ALLOW_HTTP_SELLERS, settings.GALLERIA_OUTGOING_ALLOW = False, []
    with pytest.raises(Invalid) as refusal:
        add_site(**{"address": SITE, **changes})
    assert list(refusal.value.fields) == [field]
    assert Asset.objects.count() == 0


@pytest.mark.req("S-AST-004")
def test_an_address_is_kept_in_one_form_with_its_domain(add_site: Any, bruno: Person) -> None:
    asset = add_site("https://APP.Fernwerk.example:443/login?next=/")

    assert (asset.address, asset.host) == ("https://app.fernwerk.example/login?next=/", "app.fernwerk.example")
    assert (asset.consent_by, len(asset.checklist)) == ("Bruno Okafor", 7)
    with pytest.raises(Invalid):
        add_site("https://app.fernwerk.example/login?next=/")  # each sign-in address is one site
    assert add_site("https://app.fernwerk.example/admin").host == asset.host


@pytest.mark.req("S-AST-T3", "S-AST-004")
def test_a_sixth_site_is_refused(add_site: Any, bruno: Person, at: Any) -> None:
    sites = [add_site(f"https://app{n}.fernwerk.example/") for n in range(5)]
    with pytest.raises(TooManySites):
        add_site("https://app5.fernwerk.example/")
    assert Asset.objects.count() == 5

    services.delete_asset(bruno.actor, asset_id=sites[0].public_id, at=at)
    assert add_site("https://app5.fernwerk.example/").pk
    assert add_site("https://app0.other.example/", make_seller("Mallory Quinn")).pk  # five for each seller


@pytest.mark.req("S-AST-004")
def test_a_site_keeps_its_address_whatever_is_changed(add_site: Any, bruno: Person, at: Any) -> None:
    asset = add_site(SITE)
    changed = services.edit_asset(bruno.actor, asset_id=asset.public_id, name="Renamed", login_mode="cookie", at=at)

    assert (changed.name, changed.login_mode, changed.address) == ("Renamed", "cookie", SITE)


def test_an_address_inside_our_network_is_refused(add_site: Any, settings: Any, monkeypatch: Any) -> None:
    from galleria.kit import outgoing

    settings.GALLERIA_OUTGOING_ALLOW = []
    monkeypatch.setattr(outgoing, "system_resolver", lambda host, port: ["169.254.169.254"])
    with pytest.raises(Invalid) as refusal:
        add_site("https://metadata.example/")
    assert "must not be called" in refusal.value.fields["address"]


# ----- proving -----


@pytest.mark.req("S-AST-004")
def test_the_file_in_the_root_proves_the_site(site: Site, add_site: Any, bruno: Person, at: Any) -> None:
    asset = add_site(site.login)
    with pytest.raises(NotReady) as refusal:
        services.submit_version(bruno.actor, version_id=asset.versions.get().public_id, at=at)
    assert "verification file" in refusal.value.fields["proof"]

    seen = services.verify_site(bruno.actor, asset_id=asset.public_id, at=at)
    assert (seen.verified_at, "HTTP status 404 instead of 200" in seen.verify_problem) == (None, True)

    site.prove(asset)
    assert services.verify_site(bruno.actor, asset_id=asset.public_id, at=at).verified_at == at
    assert site.asked[-1] == f"/{rules.proof_name(asset.token)}"


@pytest.mark.req("S-AST-004")
@pytest.mark.parametrize(
    "body", [b"", b"galleria-site=", b"galleria-site=0000", b"<html>galleria-site=%b</html>", b"galleria-site=%b x"]
)
def test_a_changed_file_proves_nothing(site: Site, add_site: Any, bruno: Person, at: Any, body: bytes) -> None:
    asset = add_site(site.login)
    text = body % asset.token.encode() if b"%b" in body else body
    site.pages[f"/{rules.proof_name(asset.token)}"] = (200, {}, text)

    assert services.verify_site(bruno.actor, asset_id=asset.public_id, at=at).verified_at is None


@pytest.mark.req("S-AST-004")
def test_a_redirect_to_the_file_proves_nothing(site: Site, add_site: Any, bruno: Person, at: Any) -> None:
    asset = add_site(site.login)
    site.prove(asset)
    path = f"/{rules.proof_name(asset.token)}"
    site.pages["/elsewhere"] = site.pages[path]
    site.pages[path] = (302, {"Location": "/elsewhere"}, b"")

    assert "HTTP status 302" in services.verify_site(bruno.actor, asset_id=asset.public_id, at=at).verify_problem


# ----- scanning -----


@pytest.mark.req("S-AST-004", "S-AST-005")
def test_a_quiet_site_waits_for_the_look_that_only_a_person_takes(
    site: Site, proved: Asset, bruno: Person, at: Any
) -> None:
    version, found = scan(bruno, proved, at)

    assert found == {}
    assert version.state == "scanning"
    assert {c["name"]: c["state"] for c in version.scans.get().checks} == {
        "ownership": "passed", "site": "passed", "attacks": "manual",
    }  # fmt: skip
    assert all(
        path.startswith(("/login", "/galleria-site-", "/.git/", "/.env", "/server-status")) for path in site.asked
    )


@pytest.mark.req("S-AST-004")
def test_a_site_that_lost_its_file_is_rejected(site: Site, proved: Asset, bruno: Person, at: Any) -> None:
    del site.pages[f"/{rules.proof_name(proved.token)}"]
    version, found = scan(bruno, proved, at)

    assert (version.state, found) == ("rejected", {"not_proven": "high"})


@pytest.mark.req("S-AST-004")
@pytest.mark.parametrize(
    ("headers", "body", "found"),
    [
        ({}, b"x", {"csp": "medium", "nosniff": "low", "frames": "medium", "referrer": "low"}),
        ({**SAFE, "Server": "httpd/2.4.1"}, b"x", {"version": "low"}),
        ({**SAFE, "Set-Cookie": "sessionid=1; Path=/"}, b"x", {"cookie_httponly": "medium", "cookie_samesite": "low"}),
        ({**SAFE, "Set-Cookie": ["sid=1; HttpOnly; SameSite=Lax", "lang=en; SameSite=Lax"]}, b"x", {}),
        (
            {**SAFE, "Access-Control-Allow-Origin": "*", "Access-Control-Allow-Credentials": "true"}, b"x",
            {"cors": "high"},
        ),
        (SAFE, b"Traceback (most recent call last):\n File", {"trace": "high"}),
        (SAFE, b"<b>Fatal error</b>: no such thing on line 3", {"trace": "high"}),
    ],
)  # fmt: skip
def test_headers_cookies_and_errors_are_looked_at(
    site: Site, proved: Asset, bruno: Person, at: Any, headers: Any, body: bytes, found: dict[str, str]
) -> None:
    site.pages["/login"] = (200, headers, body)
    version, seen = scan(bruno, proved, at)

    assert seen == found
    assert version.state == ("rejected" if "high" in found.values() else "scanning")


@pytest.mark.req("S-AST-004")
@pytest.mark.parametrize("parameter", ["next", "url", "returnUrl"])
def test_an_open_redirect_rejects(site: Site, proved: Asset, bruno: Person, at: Any, parameter: str) -> None:
    from urllib.parse import parse_qs, urlsplit

    def lead(path: str) -> dict[str, str]:
        wanted = parse_qs(urlsplit(path).query).get(parameter, ["/"])[0]
        return {**SAFE, "Location": wanted}

    site.pages["/login"] = (302, lead, b"")  # type: ignore[assignment]
    version, found = scan(bruno, proved, at)

    assert (version.state, found) == ("rejected", {"open_redirect": "high"})


@pytest.mark.req("S-AST-004")
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/.git/HEAD", b"ref: refs/heads/main\n"),
        ("/.env", b"SECRET_KEY=abc\n"),
        ("/server-status", b"Apache Server Status"),
    ],
)
def test_files_that_leak_reject(site: Site, proved: Asset, bruno: Person, at: Any, path: str, body: bytes) -> None:
    site.pages[path] = (200, {}, body)

    assert scan(bruno, proved, at)[1] == {"leak": "high"}


def test_a_page_that_answers_everything_with_200_is_no_leak(site: Site, proved: Asset, bruno: Person, at: Any) -> None:
    for path in ("/.git/HEAD", "/.env", "/server-status"):
        site.pages[path] = (200, {}, b"<html>Welcome to the console</html>")

    assert scan(bruno, proved, at)[1] == {}


def test_a_site_that_is_down_is_rejected_with_the_reason(site: Site, proved: Asset, bruno: Person, at: Any) -> None:
    site.server.shutdown()
    site.server.server_close()
    version, found = scan(bruno, proved, at)

    assert (version.state, list(found)) == ("rejected", ["not_proven"])
    assert "no connection" in Asset.objects.get(pk=proved.pk).verify_problem
    assert Asset.objects.get(pk=proved.pk).verified_at == at  # one failed look takes nothing away


@pytest.mark.req("S-AST-T3", "S-AST-004")
def test_of_one_domain_one_scan_runs_at_a_time(site: Site, add_site: Any, bruno: Person, at: Any) -> None:
    first, second = add_site(site.login), add_site(f"{site.origin}/admin")
    other = make_seller("Mallory Quinn")
    third = add_site(f"{site.origin}/theirs", other)
    Asset.objects.update(verified_at=at)
    services.submit_version(bruno.actor, version_id=first.versions.get().public_id, at=at)

    for person, asset in ((bruno, second), (other, third)):
        with pytest.raises(DomainBusy):
            services.submit_version(person.actor, version_id=asset.versions.get().public_id, at=at)
        assert asset.versions.get().state == "draft"
        assert asset.versions.get().scans.count() == 0


@pytest.mark.req("S-AST-004")
def test_one_high_finding_fails_a_scan() -> None:
    def finding(severity: rules.Severity) -> rules.Finding:
        return rules.Finding("site", "x", severity, "x")

    assert not rules.rejects([finding("medium"), finding("low"), finding("note")])
    assert rules.rejects([finding("low"), finding("high")])
    assert rules.rejects([finding("critical")])


def test_only_sites_have_a_file_to_look_for(bruno: Person, at: Any) -> None:
    asset = services.add_asset(bruno.actor, kind="package", name="x", at=at)
    with pytest.raises(NotAllowed):
        services.verify_site(bruno.actor, asset_id=asset.public_id, at=at)
    assert selectors.counts_of(bruno.actor) == {"package": 1}


# ----- over TLS -----


def answer(**headers: str | list[str]) -> outgoing.Answer:
    pairs = [(name.replace("_", "-"), each) for name, value in headers.items()
             for each in (value if isinstance(value, list) else [value])]  # fmt: skip
    return outgoing.Answer(200, tuple(pairs), b"", "203.0.113.5", 12)


@pytest.mark.req("S-AST-004")
@pytest.mark.parametrize(
    ("value", "found"),
    [("max-age=31536000; includeSubDomains", []), ("max-age=15552000", []), ("max-age=15551999", ["hsts"]),
     ('max-age="31536000"', []), ("", ["hsts"])],
)  # fmt: skip
def test_a_site_stays_encrypted_for_half_a_year_at_least(value: str, found: list[str]) -> None:
    seen = site_check._transport("https://app.example:8443/", answer(Strict_Transport_Security=value))

    assert [each.code for each in seen] == found


@pytest.mark.req("S-AST-004")
def test_cookies_of_an_encrypted_site_stay_encrypted() -> None:
    seen = site_check._cookies(
        "https://app.example/", answer(Set_Cookie=["session=1; HttpOnly; SameSite=Lax", "theme=dark; SameSite=Lax"])
    )

    assert [(each.code, each.severity, each.where) for each in seen] == [
        ("cookie_secure", "medium", "session"), ("cookie_secure", "low", "theme"),
    ]  # fmt: skip


@pytest.mark.req("S-AST-004")
def test_a_certificate_that_nobody_knows_proves_nothing(tmp_path: Any, certificates: Certificates) -> None:  # noqa: F811
    settings = Settings(
        state=tmp_path, key="k" * 32, certificate=certificates.certificate, certificate_key=certificates.key
    )
    server = SampleSeller(settings).start()
    result = site_check.SiteScanner().scan(Target("saas_site", "x", address=f"{server.url}/", token="0" * 40))
    server.stop()

    assert [finding.code for finding in result.findings] == ["not_proven"]
    assert "certificate verify failed" in result.findings[0].where
    assert rules.rejects(result.findings)


@pytest.mark.req("S-AST-004")
def test_the_sample_seller_is_proved_by_a_file_in_its_root_and_passes(
    tmp_path: Any, add_site: Any, bruno: Person, at: Any
) -> None:
    server = SampleSeller(Settings(state=tmp_path, key="k" * 32)).start()
    try:
        asset = add_site(f"{server.url}/")
        (tmp_path / "root").mkdir()
        (tmp_path / "root" / rules.proof_name(asset.token)).write_text(rules.proof_text(asset.token))
        assert services.verify_site(bruno.actor, asset_id=asset.public_id, at=at).verified_at == at
        version, found = scan(bruno, asset, at)
    finally:
        server.stop()

    assert (version.state, found) == ("scanning", {})
