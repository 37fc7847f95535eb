"""What is left out when a subscription is read with all that hangs on it."""

from __future__ import annotations

from django.db import models

from galleria.parties.models import Seller
from galleria.publishing.models import Product, Specification


def long_texts(*paths: str) -> list[str]:
    """The long texts and lists of related rows, in every language: they are read if somebody asks for them.

    Paths as for `select_related`: product, product__seller, specification.
    """
    kinds: dict[str, type[models.Model]] = {"product": Product, "seller": Seller, "specification": Specification}
    return [
        f"{path}__{field.name}"
        for path in paths
        for field in kinds[path.rpartition("__")[2]]._meta.concrete_fields
        if isinstance(field, models.TextField | models.JSONField)
    ]
