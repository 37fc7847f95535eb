"""Requests for the joint operations programme as the API reads and writes them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from galleria.api.schemas.common import NO_NUL, PLAIN, In, Out, PageOut
from galleria.releasing import services

Name = Annotated[str, Field(max_length=200, pattern=PLAIN)]
Long = Annotated[str, Field(max_length=4000, pattern=NO_NUL)]


class CertificateIn(In):
    """What is to be certified, and the sections of the request."""

    product_name: Name
    delivery: Literal["image", "saas", "license", "professional"]
    specifications: Annotated[list[Name], Field(max_length=50)]
    introduction: Long = ""
    business_term: Long = ""
    results: Long = ""
    compliance: Long = ""
    contact: Long = ""

    def plain(self) -> dict[str, Any]:
        """The arguments of the services."""
        sections = ("introduction", "business_term", "results", "compliance", "contact")
        return {
            "product_name": self.product_name,
            "delivery": self.delivery,
            "specifications": self.specifications,
            "material": {name: getattr(self, name) for name in sections},
        }


class SubmitCertificateIn(In):
    """Whether the programme's agreement, with the operator's right to set prices, is accepted."""

    accepts_agreement: bool


class AgreedOut(Out):
    """The agreed prices of a specification."""

    list_price: str
    sales_base: str
    sharing_base: str


class CertificateOut(Out):
    """A request or certificate. `is_valid`: a product can be released with it now."""

    id: str
    state: str
    reason: str
    company: str
    product_name: str
    delivery: str
    specifications: list[str]
    material: dict[str, str]
    prices: dict[str, AgreedOut]
    is_valid: bool
    changed_at: datetime
    expires_at: datetime | None


class CertificatePage(PageOut[CertificateOut]):
    """Requests and certificates, the newest first."""


def certificate_out(row: Any, at: datetime) -> CertificateOut:
    """A request as the API writes it."""
    return CertificateOut(
        id=row.public_id,
        state=row.state,
        reason=row.reason,
        company=row.company,
        product_name=row.product_name,
        delivery=row.delivery,
        specifications=list(row.specifications),
        material={name: text for name, text in row.material.items() if isinstance(text, str)},
        prices={
            name: AgreedOut(
                list_price=each["list"], sales_base=each["sales_base"], sharing_base=each["sharing_base"]
            )
            for name, each in row.prices.items()
        },
        is_valid=services.is_valid(row, at),
        changed_at=row.changed_at,
        expires_at=row.expires_at,
    )  # fmt: skip
