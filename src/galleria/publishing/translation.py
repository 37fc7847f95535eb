"""Which texts of the catalogue exist per language."""

from __future__ import annotations

from modeltranslation.translator import TranslationOptions, register

from galleria.publishing.models import Category, Product, ProductVersion, SkuAttribute, Specification


@register(Category)
class CategoryTranslation(TranslationOptions):
    fields = ("name",)


@register(Product)
class ProductTranslation(TranslationOptions):
    fields = (
        "name",
        "summary",
        "description",
        "guide",
        "highlights",
        "cases",
        "tags",
        "extra_parameters",
        "delivery_promise",
        "acceptance_criteria",
    )


@register(ProductVersion)
class ProductVersionTranslation(TranslationOptions):
    fields = ("notes",)


@register(Specification)
class SpecificationTranslation(TranslationOptions):
    fields = ("name", "summary", "features")


@register(SkuAttribute)
class SkuAttributeTranslation(TranslationOptions):
    fields = ("name", "options", "unit")
