"""Sentences of the audit record; `config.wiring` registers them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from galleria.kit.errors import Text

SENTENCES: dict[str, Text] = {
    "release.started": _("{actor} began the release of {object}"),
    "release.deleted": _("{actor} deleted the draft of {object}"),
    "release.submitted": _("{actor} submitted {object} for release"),
    "release.withdrawn": _("{actor} withdrew the release of {object}"),
    "release.approved": _("{actor} approved the release of {object}"),
    "release.rejected": _("{actor} rejected the release of {object}"),
    "product.suspend": _("{actor} suspended {object}"),
    "product.lift": _("{actor} lifted the suspension of {object}"),
    "product.configured": _("{actor} changed how {object} is sold"),
    "product.specification_hidden": _("{actor} hid a specification of {object}"),
    "product.specification_shown": _("{actor} listed a specification of {object} again"),
    "product.specification_removed": _("{actor} ended the sale of a specification of {object}"),
    "product.sku_removed": _("{actor} ended the sale of a combination of {object}"),
    "product.stock": _("{actor} set the stock of {object}"),
    "product.access": _("{actor} changed who may buy {object}"),
    "product.trial_access": _("{actor} changed who may try {object}"),
    "product.upgrade_rules": _("{actor} changed the upgrades of {object}"),
    "removal.requested": _("{actor} asked to end the sale of {object}"),
    "removal.withdrawn": _("{actor} withdrew the request to end the sale of {object}"),
    "removal.approved": _("{actor} approved the end of the sale of {object}"),
    "removal.rejected": _("{actor} refused to end the sale of {object}"),
    "notice.sent": _("{actor} told the seller about a problem of {object}"),
    "notice.answered": _("{actor} answered the problem notice about {object}"),
    "notice.closed": _("{actor} closed the problem notice about {object}"),
    "joint.started": _("{actor} began the joint operations request for {object}"),
    "joint.deleted": _("{actor} deleted the joint operations request for {object}"),
    "joint.submitted": _("{actor} submitted the joint operations request for {object}"),
    "joint.passed": _("{actor} passed a review of the joint operations request for {object}"),
    "joint.rejected": _("{actor} refused the joint operations request for {object}"),
    "joint.revoked": _("{actor} revoked the joint operations certificate of {object}"),
    "attribute.created": _("{actor} made the attribute {object}"),
    "attribute.changed": _("{actor} changed the attribute {object}"),
    "attribute.deleted": _("{actor} deleted the attribute {object}"),
}
