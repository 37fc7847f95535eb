"""Upgrades in a product's file: which combination a buyer may change into which.

They are no part of the document that is reviewed: they hold at once, for the product on sale. A file names SKUs by what
buyers choose (`from: {edition: basic}`), since codes exist only after a release. A file without `upgrades` leaves them
as they are.
"""

from __future__ import annotations

from typing import Any

from galleria.cli.marketplace import Marketplace, Told, part

NAME = "upgrades"
Pair = tuple[str, str]


def given_in(data: Any) -> list[dict[str, Any]] | None:
    """The upgrades that a file names; None when it says nothing about them. Raises Told, naming the entry."""
    if not isinstance(data, dict) or NAME not in data:
        return None
    rows = data[NAME]
    if not isinstance(rows, list):
        raise Told(f"{NAME}: this is a list of entries with specification, from and to")
    for number, row in enumerate(rows):
        is_whole = isinstance(row, dict) and set(row) == {"specification", "from", "to"}
        if not is_whole or not isinstance(row["from"], dict) or not isinstance(row["to"], dict):
            raise Told(
                f"{NAME}.{number}: write {{specification: KEY, from: {{ATTRIBUTE: OPTION}}, to: {{ATTRIBUTE: OPTION}}}}"
            )
    return [
        {"specification": str(row["specification"]), "from": _texts(row["from"]), "to": _texts(row["to"])}
        for row in rows
    ]


def _texts(choices: dict[Any, Any]) -> dict[str, str]:
    return {str(key): str(value) for key, value in choices.items()}


def live(market: Marketplace, product_id: str) -> dict[str, Any]:
    """What the marketplace knows: `items` by SKU codes, `skus` with their choices."""
    found: dict[str, Any] = market.get(f"/seller/products/{part(product_id)}/upgrades")
    return found


def as_file(found: dict[str, Any]) -> list[dict[str, Any]]:
    """The upgrades of a product on sale as a file names them."""
    skus = {sku["code"]: sku for sku in found["skus"]}
    return [
        {
            "specification": skus[row["source"]]["specification"],
            "from": skus[row["source"]]["choices"],
            "to": skus[row["target"]]["choices"],
        }
        for row in found["items"]
    ]


def pairs(rows: list[dict[str, Any]], found: dict[str, Any]) -> list[Pair]:
    """The SKU codes of what a file names. Raises Told for a combination that the product on sale does not have."""
    known = {(sku["specification"], tuple(sorted(sku["choices"].items()))): sku["code"] for sku in found["skus"]}
    result: list[Pair] = []
    for number, row in enumerate(rows):
        codes = []
        for side in ("from", "to"):
            code = known.get((row["specification"], tuple(sorted(row[side].items()))))
            if code is None:
                said = ", ".join(f"{key}: {value}" for key, value in row[side].items()) or "(nothing to choose)"
                raise Told(
                    f"{NAME}.{number}.{side}: {row['specification']} has no combination {said} on sale; "
                    "a new one can be upgraded once its release is approved"
                )
            codes.append(code)
        result.append((codes[0], codes[1]))
    return list(dict.fromkeys(result))


def differences(rows: list[dict[str, Any]] | None, found: dict[str, Any] | None) -> list[str]:
    """What a file would change about the upgrades, a line each."""
    if rows is None:
        return []
    before = as_file(found) if found else []
    return [f"Upgrade no longer offered: {words(row)}" for row in before if row not in rows] + [
        f"Upgrade offered: {words(row)}" for row in rows if row not in before
    ]


def words(row: dict[str, Any]) -> str:
    """An upgrade in words."""
    chosen = [[row[side][key] for key in sorted(row[side])] for side in ("from", "to")]
    sides = [", ".join(each) or row["specification"] for each in chosen]
    return f"{row['specification']}, {sides[0]} → {sides[1]}"


def put(market: Marketplace, product_id: str, rows: list[dict[str, Any]]) -> int | None:
    """Bring the product's upgrades to what the file says: how many there are then, or None when nothing changed."""
    found = live(market, product_id)
    if not differences(rows, found):
        return None
    body = {"pairs": [{"source": source, "target": target} for source, target in pairs(rows, found)]}
    return int(market.ask("PUT", f"/seller/products/{part(product_id)}/upgrades", body)["count"])
