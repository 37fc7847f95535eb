"""Sentences of the audit log."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

SENTENCES = {
    "coupon.issued": _("{actor} issued coupon {object}"),
    "coupon.claimed": _("{actor} claimed coupon {object}"),
    "coupon.redeemed": _("{actor} redeemed coupon {object}"),
    "coupon_batch.made": _("{actor} made the coupons {object}"),
    "coupon_batch.granted": _("{actor} gave coupons {object} to accounts"),
    "coupon_batch.void": _("{actor} voided the coupons {object}"),
    "offer.written": _("{actor} wrote the offer {object}"),
    "offer.draft_deleted": _("{actor} deleted the draft of the offer {object}"),
    "offer.effective": _("{actor} put the offer {object} into force"),
    "offer.rejected": _("{actor} rejected the offer {object}"),
    "offer.range_set": _("{actor} set what may be taken off {object} without approval"),
    "offer.invalidated": _("{actor} ended the offer {object}"),
}
