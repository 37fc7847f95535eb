"""Which texts of sellers and agreements exist per language."""

from __future__ import annotations

from modeltranslation.translator import TranslationOptions, register

from galleria.parties.models import Agreement, Seller


@register(Seller)
class SellerTranslation(TranslationOptions):
    fields = ("about", "support_hours", "support_languages", "answers_in")


@register(Agreement)
class AgreementTranslation(TranslationOptions):
    fields = ("name",)
