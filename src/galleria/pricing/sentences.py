"""Sentences of the audit log."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

SENTENCES = {"coupon.issued": _("{actor} issued coupon {object}")}
