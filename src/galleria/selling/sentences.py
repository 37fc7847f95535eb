"""Sentences of the audit record; `config.wiring` registers them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from galleria.kit.errors import Text

SENTENCES: dict[str, Text] = {
    "seller.application_begun": _("{actor} began the application of {object} as a seller"),
    "seller.application_submitted": _("{actor} submitted the application of {object} as a seller"),
    "seller.registered": _("{actor} admitted {object} as a seller"),
    "seller.party_signed": _("{actor} signed: {object}"),
    "seller.certification_unlocked": _("{actor} unlocked the certification {object}"),
    "seller.changed": _("{actor} approved a change of {object}"),
    "seller.support_changed": _("{actor} changed the customer service of {object}"),
    "seller.tickets_changed": _("{actor} changed whether {object} takes tickets"),
    "seller.products_granted": _("{actor} changed which products of {object} a user looks after"),
    "seller.recipient_added": _("{actor} added the recipient {object}"),
    "seller.recipient_changed": _("{actor} changed what the recipient {object} gets"),
    "seller.recipient_removed": _("{actor} removed the recipient {object}"),
    "seller.sanctioned": _("{actor} recorded a violation of {object}"),
    "seller.appealed": _("{actor} appealed the decision about {object}"),
    "seller.sanction_confirmed": _("{actor} confirmed the decision about {object}"),
    "seller.sanction_revoked": _("{actor} took back the decision about {object}"),
    "seller.level_changed": _("{actor} changed the level of {object}"),
    "seller.flags_changed": _("{actor} changed what {object} may release"),
    "seller.test_coupon_valued": _("{actor} set the value of the test coupon {object}"),
    "seller.left": _("{actor} let {object} leave the marketplace"),
    "seller.readmitted": _("{actor} let {object} in again"),
    "selling.party_saved": _("{actor} saved the contracting party {object}"),
    "selling.regions_set": _("{actor} set the countries of {object}"),
    "selling.fee_set": _("{actor} set the platform fee of {object}"),
    "account.verified": _("{actor} verified {object}"),
}
