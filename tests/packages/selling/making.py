"""Companies that apply, and sellers in every state, for the tests of selling and its pages."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from galleria.kit import files
from tests.packages.kit import hostile
from tests.people import NOW, Person, make_person

TYPED = {
    "registration_number": "556677-8899", "business_term": "open", "founded_on": "2019-05-06", "employees": "50-199",
    "staff": "32", "capital": "750,000.00", "capital_currency": "CNY", "licence_until": "2030-01-01",
    "introduction": "We make ledgers that add up.", "city": "Uppsala", "street": "Kungsgatan 4",
    "operator_contact": "no", "eu_tax": "yes", "tins": [{"country": "SE", "number": "SE556677889901"}],
    "contact_name": "Nora Berg", "contact_phone": "+46 70 123 45 67", "contact_email": "nora.berg@example.com",
    "service_phone": "+46 8 123 45 67", "service_email": "help@berg.example",
    "service_hours": "Mon-Fri 09:00-17:00 (CET)",
}  # fmt: skip
BANK = {
    "address": "Kungsgatan 4, Uppsala", "tax_number": "SE556677889901", "taxpayer": "general", "tax_rate": "25",
    "finance_name": "Fia Berg", "finance_phone": "+46 70 765 43 21", "finance_email": "fia@berg.example",
    "account_name": "Fernwerk AB", "account_number": "SE45 5000 0000 0583 9825 7466", "bank_name": "Handels",
    "bank_address": "Stockholm", "swift": "HANDSESS", "related": "no", "privacy": "yes",
}  # fmt: skip


def png(width: int = 120, height: int = 120) -> files.Content:
    return files.Content("logo.png", hostile.picture(width, height))


def pdf(name: str = "licence.pdf") -> files.Content:
    return files.Content(name, hostile.pdf())


def make_company(name: str = "Nora Berg", *, account_name: str = "Berg Ledgers AB", **more: Any) -> Person:
    """Somebody whose company may apply."""
    return make_person(name, account_name=account_name, **more)


class _Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status = 500 if self.path.startswith("/broken") else 200
        self.send_response(status)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *args: Any) -> None:
        """Silent."""


@contextmanager
def website() -> Iterator[str]:
    """A company's website on this machine; everything below /broken answers with an error."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Page)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()


def filled(person: Person, url: str, **changes: Any) -> Any:
    """An application with everything in it."""
    from galleria.selling.services import applying

    applying.begin(person.actor, at=NOW)
    applying.attach(person.actor, field="licence", upload=pdf(), at=NOW)
    applying.attach(person.actor, field="logo", upload=png(), at=NOW)
    email = person.user.email
    return applying.save(person.actor, values={**TYPED, "contact_email": email, "website": url, **changes}, at=NOW)


def ticked(at: Any = NOW) -> dict[str, str]:
    """The versions in force of what an applicant accepts."""
    from galleria.parties import selectors
    from galleria.selling.services import applying

    versions = selectors.current_versions(applying.agreement_keys(at), at)
    return {key: row.version for key, row in versions.items()}


def applied(person: Person, url: str, **changes: Any) -> Any:
    """An application in review."""
    from galleria.selling.services import applying

    filled(person, url, **changes)
    return applying.submit(person.actor, accepted=ticked(), at=NOW)


def submission_of(subject: str) -> Any:
    """The latest round of what was submitted."""
    from galleria.reviewing.models import Submission

    return Submission.objects.filter(subject=subject).order_by("-round").first()


def approve(olga: Person, subject: str, at: Any = NOW) -> Any:
    from galleria.reviewing import services

    return services.approve(olga.actor, submission_id=submission_of(subject).public_id, at=at)


def give_back(olga: Person, subject: str, note: str = "Please correct this.", at: Any = NOW) -> Any:
    from galleria.reviewing import services

    return services.give_back(olga.actor, submission_id=submission_of(subject).public_id, note=note, at=at)


def party() -> Any:
    """The default contracting party."""
    from galleria.selling.services import install_default_party

    return install_default_party(at=NOW)


def certify(person: Person, **changes: Any) -> Any:
    """The seller's data certified with the default party, without a review."""
    from galleria.selling.services import certify_from_catalogue

    certify_from_catalogue(person.seller, at=NOW)
    return person
