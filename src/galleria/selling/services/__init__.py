"""What can be done as a seller, and with sellers; one file a family of use cases."""

from __future__ import annotations

from galleria.selling.services.standing import (
    CooperationEnded,
    SellerLeft,
    certify_from_catalogue,
    change_standing,
    install_default_party,
    require_owner,
    require_seller,
)

__all__ = [
    "CooperationEnded",
    "SellerLeft",
    "certify_from_catalogue",
    "change_standing",
    "install_default_party",
    "require_owner",
    "require_seller",
]
