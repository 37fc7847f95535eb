"""What a seller needs to release something: a certified company, files, assets, a proven interface; and documents."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

from galleria.assets.models import Asset, AssetVersion
from galleria.connecting.models import DebugCase
from galleria.delivering.models import ProductionAddress
from galleria.kit import ids
from galleria.kit.models import StoredFile
from galleria.publishing.models import Category
from galleria.releasing import services
from galleria.releasing.models import Release
from galleria.reviewing.models import Submission
from galleria.selling import services as selling
from tests.people import NOW, Person

LONG = ("Backs up servers and databases every night, keeps versions for a year, and restores single files. " * 5)[:420]


def stored(person: Person, name: str, media_type: str, *, size: int = 20_000, width: int = 0, height: int = 0) -> str:
    """A file of the seller; only what is known about it matters here."""
    row = StoredFile.objects.create(
        public_id=ids.new_id("fil"), account=person.account, purpose="release", name=name, kind=name.rpartition(".")[2],
        media_type=media_type, size=size, sha256="0" * 64, place=f"none/{name}", width=width, height=height,
        is_public=media_type.startswith("image/"), created_at=NOW,
    )  # fmt: skip
    return row.public_id


@dataclass
class Maker:
    """A seller with everything that a release of each delivery method needs."""

    seller: Person

    def __post_init__(self) -> None:
        selling.certify_from_catalogue(self.seller.seller, at=NOW)
        top, _made = Category.objects.get_or_create(path="data", defaults={"name": "Data", "room": "data"})
        Category.objects.get_or_create(path="data/backup", defaults={"name": "Backup", "room": "data", "parent": top})
        self.logo = stored(self.seller, "logo.png", "image/png", width=120, height=120)
        self.picture = stored(self.seller, "screen.png", "image/png", width=800, height=600)
        self.guide = stored(self.seller, "guide.pdf", "application/pdf")
        self.certificate = stored(self.seller, "certificate.pdf", "application/pdf")
        self.template = stored(self.seller, "request.docx", "application/msword")
        self.address = ProductionAddress.objects.create(
            seller=self.seller.seller, url="https://api.fernwerk.example/saas", created_at=NOW
        )

    def asset(self, kind: str, state: str = "approved") -> str:
        asset = Asset.objects.create(
            account=self.seller.account, kind=kind, name=f"{kind} of tests", created_at=NOW, changed_at=NOW
        )
        row = AssetVersion.objects.create(asset=asset, label="V1.0", state=state, created_at=NOW, changed_at=NOW)
        return row.public_id

    def prove(self, *activities: str) -> None:
        """Save successful cases of the interface."""
        for activity in activities or ("newInstance", "queryInstance", "refreshInstance", "expireInstance",
                                       "releaseInstance", "updateInstanceStatus", "upgrade"):  # fmt: skip
            DebugCase.objects.get_or_create(
                address=self.address, activity=activity, variant="", defaults=_case_defaults()
            )

    def common(self) -> dict[str, Any]:
        """A document without what belongs to a delivery method."""
        return {
            "name": "Nightly Backup",
            "category": "data/backup",
            "summary": "Backs up servers every night and restores single files.",
            "highlights": ["Restores single files in minutes", "Keeps versions for a whole year"],
            "description": LONG,
            "version": "V1.0",
            "logo_file": self.logo,
            "media": [{"file": self.picture, "caption": "The console"}],
            "licence": "STANDARD_EULA",
            "guide_file": self.guide,
            "after_sales": {
                "time_zone": "(GMT+01:00)",
                "hours": [{"days": [1, 2, 3, 4, 5], "opens": "09:00", "closes": "17:00"}],
                "services": "Questions about use, faults and restores.",
                "hotline": "+46 8 123 45 67",
                "email": "help@fernwerk.example",
                "languages": ["en"],
            },
            "copyright": {
                "certificate": self.certificate,
                "software_name": "Nightly Backup",
                "owner": self.seller.seller.legal_name,
            },
        }

    def saas(self, **changes: Any) -> dict[str, Any]:
        """A SaaS product: a choice of edition and a number of users, by month and year."""
        document = {
            **self.common(),
            "delivery": "saas",
            "interface": {"address": self.address.public_id, "encryption": "AES256"},
            "trial_days": 14,
            "specifications": [
                {
                    "key": "standard",
                    "name": "Standard",
                    "asset": self.asset("saas_site"),
                    "attributes": [
                        {
                            "key": "edition",
                            "name": "Edition",
                            "kind": "choice",
                            "options": [{"key": "basic", "name": "Basic"}, {"key": "plus", "name": "Plus"}],
                        },
                        {
                            "key": "users",
                            "name": "Users",
                            "kind": "quantity",
                            "minimum": 10,
                            "maximum": 1000,
                            "step": 10,
                        },
                    ],
                    "prices": [
                        _price("month", "1.00 EUR", "basic"),
                        _price("month", "2.00 EUR", "plus"),
                        _price("year", "10.00 EUR", "basic"),
                        _price("year", "20.00 EUR", "plus"),
                    ],
                }
            ],
        }
        return {**document, **changes}

    def licence(self, **changes: Any) -> dict[str, Any]:
        return {
            **self.common(), "delivery": "license", "licence_form": "offline", "service_template": "standard",
            "delivery_days": 3, "acceptance": "The licence file opens the program.",
            "specifications": [_once("500.00 EUR")],
            **changes,
        }  # fmt: skip

    def professional(self, **changes: Any) -> dict[str, Any]:
        document = {**self.common(), "delivery": "professional", "service_template": "standard",
                    "name": "Migration Service", "request_templates": [self.template], "delivery_days": 10,
                    "acceptance": "All servers run.", "specifications": [_once("900.00 EUR")]}  # fmt: skip
        del document["copyright"]
        return {**document, **changes}

    def consulting(self, **changes: Any) -> dict[str, Any]:
        document = {**self.common(), "delivery": "consulting", "website": "https://fernwerk.example/consulting",
                    "contact": {"email": "sales@fernwerk.example"},
                    "specifications": [{"key": "talk", "name": "First talk"}]}  # fmt: skip
        for name in ("copyright", "licence", "guide_file", "version"):
            del document[name]
        return {**document, **changes}

    def image(self, **changes: Any) -> dict[str, Any]:
        prices = [{"mode": "period", "period": "month", "terms": [1, 3], "price": "9.00 EUR"}]
        specification = {"key": "one", "name": "One", "asset": self.asset("image"), "prices": prices}
        return {**self.common(), "delivery": "image", "image": {"pricing": "instance", "ports": "Open port 443."},
                "specifications": [specification], **changes}  # fmt: skip

    def hardware(self, **changes: Any) -> dict[str, Any]:
        document = {**self.common(), "delivery": "hardware", "delivery_days": 14, "acceptance": "It runs.",
                    "specifications": [_once("1200.00 EUR")]}  # fmt: skip
        del document["copyright"]
        return {**document, **changes}

    def draft(self, document: dict[str, Any]) -> Release:
        """A saved draft of this document."""
        actor = self.seller.actor
        release = services.start_release(actor, delivery=document["delivery"], at=NOW)
        return services.save(
            actor, release_id=release.public_id, document=copy.deepcopy(document), version=release.version, at=NOW
        )

    def codes(self, document: dict[str, Any]) -> dict[str, list[str]]:
        """The findings of a draft of this document: codes by path."""
        release = self.draft(document)
        found: dict[str, list[str]] = {}
        for each in services.findings_of(release, at=NOW):
            found.setdefault(each.path, []).append(each.code)
        Release.objects.filter(pk=release.pk).delete()
        return found

    def submitted(self, document: dict[str, Any]) -> Submission:
        """The submission of a draft of this document."""
        release = services.submit_release(self.seller.actor, release_id=self.draft(document).public_id, at=NOW)
        return Submission.objects.get(kind="release", subject=release.public_id)

    def released(self, document: dict[str, Any], olga: Person) -> Any:
        """The product after Olga approved."""
        from galleria.reviewing import services as reviewing

        submission = self.submitted(document)
        reviewing.approve(olga.actor, submission_id=submission.public_id, at=NOW)
        return Release.objects.select_related("product").get(public_id=submission.subject).product


def _case_defaults() -> dict[str, Any]:
    fields = {field.name for field in DebugCase._meta.get_fields()}
    values = {"parameters": {}, "instance_id": "i-1", "saved_at": NOW, "run_at": NOW}
    return {name: value for name, value in values.items() if name in fields}


def _price(period: str, price: str, edition: str) -> dict[str, Any]:
    return {"mode": "period", "period": period, "terms": [1, 2, 3], "price": price, "model": "linear",
            "quantity": "users", "only": {"edition": edition}}  # fmt: skip


def _once(price: str) -> dict[str, Any]:
    return {"key": "standard", "name": "Standard", "prices": [{"mode": "one_time", "price": price}]}
