"""The listing material of a product that a seller sends in for review (S-MAT-001 to S-MAT-022), field by field.

Files are named by the public id of a stored file (`fil_…`). What is in `PUBLIC` is for everybody; what is in `PRIVATE`
is for the seller and for reviewers, and never reaches a page of the storefront.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints

from galleria.publishing.catalogue_file.values import (
    Bullets,
    Email,
    Entry,
    Line,
    Lines,
    Text,
    Website,
    Words,
)

FileId = Annotated[str, StringConstraints(pattern=r"^fil_[0-9a-z]{1,40}$")]
PartId = Annotated[str, StringConstraints(pattern=r"^[a-z]{3}_[0-9a-z]{1,40}$")]
Clock = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$")]
TimeZone = Annotated[str, StringConstraints(pattern=r"^\(GMT[+-](0[0-9]|1[0-4]):[0-5][0-9]\)$")]


class Seo(Entry):
    """What search engines are told (S-MAT-007)."""

    title: Annotated[Text, Words(80)] | None = None
    keywords: Annotated[Lines, Bullets(10, 20, paired=False)] = Lines(en=[])
    description: Annotated[Text, Words(200)] | None = None


class Medium(Entry):
    """A picture or a video of the product (S-MAT-008)."""

    kind: Literal["picture", "video"] = "picture"
    file: FileId
    caption: Annotated[Text, Words(120)] | None = None


class OpeningHours(Entry):
    """On these days of the week (1 is Monday) somebody answers from one time to another."""

    days: list[Annotated[int, Field(ge=1, le=7)]] = Field(min_length=1, max_length=7)
    opens: Clock
    closes: Clock


class AfterSales(Entry):
    """Who helps after the purchase, and when (S-MAT-015)."""

    time_zone: TimeZone | None = None
    hours: list[OpeningHours] = Field(default=[], max_length=7)
    services: Annotated[Text, Words(1_000, several=True)] | None = None
    hotline: Annotated[str, Line(40, 0)] = ""
    email: Email | None = None
    service_email: Email | None = None  # customer service, when it is another address
    languages: list[Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[A-Za-z]{2,4})?$")]] = Field(
        default=[], max_length=10
    )


class Copyright(Entry):
    """The software copyright certificate (S-MAT-017)."""

    certificate: FileId | None = None
    software_name: Annotated[str, Line(200, 0)] = ""
    owner: Annotated[str, Line(200, 0)] = ""
    declaration: FileId | None = None
    differs: Literal["name", "owner", "other"] | None = None


class Letter(Entry):
    """The owner's letter when a seller sells what another one made (S-MAT-018)."""

    owner: Annotated[str, Line(200)]
    file: FileId | None = None


class PrivateCloud(Entry):
    """An edition for private or hybrid clouds with its technical certificate (S-MAT-022)."""

    certificate: FileId | None = None
    certificate_name: Annotated[str, Line(200, 0)] = ""


class Image(Entry):
    """How an image is priced and used (S-IMG-001)."""

    pricing: Literal["instance", "vcpu"] = "instance"
    free: bool = False
    ports: Annotated[Text, Words(400, several=True)] | None = None


class Contact(Entry):
    """Whom buyers of a listing without an order turn to (S-CON-001)."""

    name: Annotated[str, Line(120, 0)] = ""
    email: Email
    phone: Annotated[str, Line(40, 0)] = ""


class Interface(Entry):
    """Where the product is delivered: a proven interface address of the seller (S-SAS-002)."""

    address: PartId
    encryption: Literal["AES128", "AES256"] | None = None
    credential: Annotated[str, Line(120, 0)] = ""


PUBLIC: Final = (
    "logo_file", "licence", "seo", "media", "description_pictures", "after_sales", "guide_file", "request_templates",
    "private_cloud", "image", "website", "contact", "service_template", "licence_form",
)  # fmt: skip
"""Fields of a product that are kept in `Product.material`."""

PRIVATE: Final = (
    "copyright", "letter", "private_certificate", "interface", "joint_certificate", "delivery_template",
)  # fmt: skip
"""Fields of a product that are kept in `Product.papers`."""

__all__ = [
    "PRIVATE", "PUBLIC", "AfterSales", "Contact", "Copyright", "FileId", "Image", "Interface", "Letter", "Medium",
    "OpeningHours", "PartId", "PrivateCloud", "Seo", "Website",
]  # fmt: skip
