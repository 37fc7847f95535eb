"""Which released products use an asset; told to the package of assets, which must not delete those (S-AST-T2)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from galleria.publishing.models import Specification


def products_using(version_ids: Collection[str]) -> Mapping[str, Sequence[tuple[str, str]]]:
    """Ids and names of products by the asset version that one of their released specifications delivers."""
    rows = Specification.objects.filter(asset__in=list(version_ids)).exclude(state="removed")
    found: dict[str, list[tuple[str, str]]] = {}
    for version_id, product_id, name in rows.exclude(product__state__in=("draft", "pending", "removed")).values_list(
        "asset", "product__public_id", "product__name"
    ):
        found.setdefault(version_id, []).append((product_id, name))
    return found
