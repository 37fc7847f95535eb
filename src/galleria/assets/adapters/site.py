"""A passive look at a SaaS site, as any visitor could take it: whose it is, TLS, headers, cookies, redirects, leaks.

Nothing is sent that changes anything: only GET requests, a dozen of them, each through the guard against requests into
our own network. What only an active scan can find (injection, cross-site scripting and so on) is not covered.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import replace
from typing import Final
from urllib.parse import quote, urljoin, urlsplit

from django.conf import settings
from django.utils.translation import gettext_noop as _

from galleria.assets.ports import Result, Target
from galleria.assets.rules import Finding, Severity, proof_name, proof_text
from galleria.kit import outgoing

_ELSEWHERE: Final = "redirect-probe.example"
_PARAMETERS: Final = ("next", "url", "redirect", "return", "returnUrl", "continue")
_LEAKS: Final[tuple[tuple[str, str, re.Pattern[bytes]], ...]] = (
    (
        "/.git/HEAD",
        _("The history of the source code can be downloaded."),
        re.compile(rb"\Aref: refs/|\A[0-9a-f]{40}\s*\Z"),
    ),
    ("/.env", _("A file with settings and passwords can be downloaded."), re.compile(rb"(?m)^[A-Z][A-Z0-9_]{2,}=\S")),
    ("/server-status", _("The status page of the web server is public."), re.compile(rb"Apache Server Status")),
)  # fmt: skip
_TRACE = re.compile(
    rb"Traceback \(most recent call last\)|\bat [\w$.]+\([\w]+\.java:\d+\)|<b>Fatal error</b>: .* on line|"
    rb"System\.\w+Exception:|SQLSTATE\["
)
_VERSIONED = re.compile(r"[A-Za-z-]+/\d+(\.\d+)+")


def policy(*, plain_http: bool | None = None) -> outgoing.Policy:
    """What the operator allows outgoing calls; redirects are never followed."""
    networks = tuple(ipaddress.ip_network(text) for text in settings.GALLERIA_OUTGOING_ALLOW)
    is_lab = settings.GALLERIA_ALLOW_HTTP_SELLERS
    return outgoing.Policy(
        allowed_networks=networks, seconds=8, max_bytes=512 * 1024,
        plain_http=is_lab if plain_http is None else plain_http,
    )  # fmt: skip


def proof_problem(address: str, token: str) -> str:
    """Why the verification file does not prove the site, or nothing when it does."""
    url = urljoin(address, f"/{proof_name(token)}")
    try:
        answer = outgoing.send("GET", url, policy=replace(policy(), max_bytes=4096))
    except outgoing.OutgoingFailed as failure:
        return f"{url}: {failure.message}."[:300]
    if answer.status != 200:
        return f"{url}: HTTP status {answer.status} instead of 200."[:300]
    if answer.body.strip() != proof_text(token).strip().encode():
        return f"{url}: the content is not the file that we gave out."[:300]
    return ""


class SiteScanner:
    """Ownership, TLS, security headers, cookies, open redirects, leaks."""

    name = _("Site check")
    kinds = frozenset({"saas_site"})
    covers = frozenset({"ownership", "site"})

    def scan(self, target: Target) -> Result:
        problem = proof_problem(target.address, target.token)
        if problem:
            return Result(self.covers, [Finding("ownership", "not_proven", "high",
                          _("The verification file is not in the root of the site."), problem)])  # fmt: skip
        try:
            answer = outgoing.send("GET", target.address, policy=policy())
        except outgoing.TlsFailed as failure:
            return Result(
                self.covers,
                [
                    _found(
                        "tls", "high", _("The certificate or the encryption is refused by browsers."), failure.message
                    )
                ],
            )
        except outgoing.AnswerTooLarge as failure:
            if failure.partial is None:
                return _silent(self.covers, failure)
            answer = failure.partial
        except outgoing.OutgoingFailed as failure:
            return _silent(self.covers, failure)
        found = [*_transport(target.address, answer), *_headers(answer), *_cookies(target.address, answer),
                 *_redirects(target.address), *_leaks(target.address, answer)]  # fmt: skip
        is_lab = target.address.startswith("http://")
        return Result(
            self.covers, found, _("Plain http is allowed here, so encryption was not looked at.") if is_lab else ""
        )


def _silent(covers: frozenset[str], failure: outgoing.OutgoingFailed) -> Result:
    return Result(covers, [_found("no_answer", "high", _("The site does not answer."), failure.message)])


def _found(code: str, severity: Severity, title: str, where: str = "") -> Finding:
    return Finding("site", code, severity, title, where[:300])


def _transport(address: str, answer: outgoing.Answer) -> list[Finding]:
    """Every visitor ends up encrypted, and stays so."""
    parts = urlsplit(address)
    if parts.scheme != "https":
        return []
    found = []
    hsts = re.search(r"max-age=\"?(\d+)", answer.header("Strict-Transport-Security") or "")
    if not hsts or int(hsts[1]) < 15_552_000:
        found.append(_found("hsts", "medium", _("Browsers are not told to stay encrypted for half a year (HSTS).")))
    if parts.port in (None, 443):
        try:
            plain = outgoing.send(
                "GET", f"http://{parts.hostname}/", policy=replace(policy(plain_http=True), seconds=4)
            )
        except outgoing.OutgoingFailed:
            return found  # nobody listens without encryption
        leads = (plain.header("Location") or "").startswith("https://")
        if plain.status < 400 and not (300 <= plain.status < 400 and leads):
            found.append(
                _found("plain_http", "high", _("The site answers without encryption too."), f"http://{parts.hostname}/")
            )
    return found


def _headers(answer: outgoing.Answer) -> list[Finding]:
    found = []
    content_policy = answer.header("Content-Security-Policy") or ""
    if not content_policy:
        found.append(_found("csp", "medium", _("There is no content security policy.")))
    if (answer.header("X-Content-Type-Options") or "").lower() != "nosniff":
        found.append(_found("nosniff", "low", _("Browsers may guess the type of files (X-Content-Type-Options).")))
    if not answer.header("X-Frame-Options") and "frame-ancestors" not in content_policy:
        found.append(_found("frames", "medium", _("Other sites may show this one in a frame (X-Frame-Options).")))
    if not answer.header("Referrer-Policy"):
        found.append(_found("referrer", "low", _("Addresses are told to other sites (Referrer-Policy).")))
    for name in ("Server", "X-Powered-By"):
        value = answer.header(name) or ""
        if _VERSIONED.search(value):
            found.append(
                _found("version", "low", _("The version of the server's software is told."), f"{name}: {value}")
            )
    if (answer.header("Access-Control-Allow-Origin") or "") == "*" and answer.header(
        "Access-Control-Allow-Credentials"
    ):
        found.append(_found("cors", "high", _("Every other site may read answers in the name of a signed-in person.")))
    return found


def _cookies(address: str, answer: outgoing.Answer) -> list[Finding]:
    found = []
    for name, value in answer.headers:
        if name.lower() != "set-cookie":
            continue
        cookie, flags = value.partition("=")[0].strip(), {part.strip().lower() for part in value.split(";")[1:]}
        session = re.search(r"sess|auth|token|sid|login", cookie, re.I)
        severity: Severity = "medium" if session else "low"
        if address.startswith("https") and "secure" not in flags:
            found.append(
                _found("cookie_secure", severity, _("A cookie is sent without encryption too (Secure)."), cookie)
            )
        if session and "httponly" not in flags:
            found.append(
                _found("cookie_httponly", "medium", _("Scripts can read a cookie of the session (HttpOnly)."), cookie)
            )
        if not any(flag.startswith("samesite") for flag in flags):
            found.append(_found("cookie_samesite", "low", _("Other sites send a cookie along (SameSite)."), cookie))
    return found


def _redirects(address: str) -> list[Finding]:
    """Ask the login address to lead somewhere else, in the usual ways."""
    joint = "&" if urlsplit(address).query else "?"
    for value in (f"https://{_ELSEWHERE}/", f"//{_ELSEWHERE}/"):
        query = "&".join(f"{name}={quote(value, safe='')}" for name in _PARAMETERS)
        try:
            answer = outgoing.send("GET", f"{address}{joint}{query}", policy=policy())
        except outgoing.OutgoingFailed:
            continue
        target = urljoin(address, answer.header("Location") or "")
        if 300 <= answer.status < 400 and (urlsplit(target).hostname or "") == _ELSEWHERE:
            return [
                _found(
                    "open_redirect", "high", _("A link to this site can lead people anywhere (open redirect)."), target
                )
            ]
    return []


def _leaks(address: str, answer: outgoing.Answer) -> list[Finding]:
    found = []
    if _TRACE.search(answer.body):
        found.append(_found("trace", "high", _("The page shows inner errors of the program."), address))
    for path, title, pattern in _LEAKS:
        url = urljoin(address, path)
        try:
            leaked = outgoing.send("GET", url, policy=replace(policy(), seconds=4))
        except outgoing.OutgoingFailed:
            continue
        if leaked.status == 200 and pattern.search(leaked.body):
            found.append(_found("leak", "high", title, url))
    return found
