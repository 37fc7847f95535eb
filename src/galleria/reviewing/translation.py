"""Which texts of reviewers exist per language."""

from __future__ import annotations

from modeltranslation.translator import TranslationOptions, register

from galleria.reviewing.models import ReasonTemplate


@register(ReasonTemplate)
class ReasonTemplateTranslation(TranslationOptions):
    fields = ("title", "text")
