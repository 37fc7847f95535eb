"""Which texts of the catalogue exist per language."""

from __future__ import annotations

from modeltranslation.translator import TranslationOptions, register

from galleria.publishing.models import Category, Product, Specification


@register(Category)
class CategoryTranslation(TranslationOptions):
    fields = ("name",)


@register(Product)
class ProductTranslation(TranslationOptions):
    fields = ("name", "summary", "description", "guide")


@register(Specification)
class SpecificationTranslation(TranslationOptions):
    fields = ("name", "summary")
