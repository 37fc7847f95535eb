"""The full-text index and the reading of hits: FTS5 on SQLite, tsvector on PostgreSQL, the same answers.

Index rows exist for listed products only. Words are made by `rules.tokens`, never by the database, so that both
find the same. Every question is one statement; at most `rules.MAX_RANKED` hits come back.

A word of a name is kept once more as `0_word`, one of name or labels as `1_word`: to ask where a word stands, one
would otherwise read all products that have it anywhere, which is what grows with the catalogue. No question has the
sign "_".
"""

# Statements are put together from fixed parts; every value is a parameter.
# ruff: noqa: S608

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from galleria.publishing import rules
from galleria.publishing.rules import Hit, Wishes

_COLUMNS = ("l.product_id", "{tier}", "l.category_path", "l.delivery_type", "l.modes", "l.price_from_minor",
            "l.operating_system", "l.seller_slug", "{trial}", "l.rating_e2", "l.sales_30d", "{published}",
            "l.countries")  # fmt: skip
_ORDERS = {
    "newest": "l.published_at DESC",
    "price": "l.price_from_minor ASC NULLS LAST",
    "price-desc": "l.price_from_minor DESC NULLS LAST",
}
_MARKS = ("0_", "1_", "")  # of the tiers of a `Hit`


def _is_sqlite() -> bool:
    return connection.vendor == "sqlite"


# --- writing ----------------------------------------------------------------------------------------------
def store(rows: Iterable[tuple[int, str, str, str]]) -> None:
    """Index products anew: row number and the texts of the three fields (name, labels, body)."""
    rows = list(rows)
    drop([row[0] for row in rows])
    made = [
        (pk, _marked(rules.tokens(name), rules.tokens(labels), rules.tokens(body))) for pk, name, labels, body in rows
    ]
    if _is_sqlite():
        sql = "INSERT INTO publishing_search (rowid, words) VALUES (%s, %s)"
        values: list[tuple[int, Any]] = [(pk, " ".join(words)) for pk, words in made]
    else:
        sql = "INSERT INTO publishing_search (product_id, document) VALUES (%s, array_to_tsvector(%s))"
        values = made
    with connection.cursor() as cursor:
        cursor.executemany(sql, values)


def _marked(name: list[str], labels: list[str], body: list[str]) -> list[str]:
    """The words, each once for every tier that finds it."""
    tiers = (name, name + labels, name + labels + body)
    return list(dict.fromkeys(mark + word for mark, words in zip(_MARKS, tiers, strict=True) for word in words))


def drop(product_pks: Sequence[int]) -> None:
    """Take products out of the index."""
    column = "rowid" if _is_sqlite() else "product_id"
    with connection.cursor() as cursor:
        cursor.executemany(f"DELETE FROM publishing_search WHERE {column} = %s", [(pk,) for pk in product_pks])


# --- reading ----------------------------------------------------------------------------------------------
def hits(
    wishes: Wishes,
    *,
    country: str,
    unit: int,
    words: Sequence[str] = (),
    any_word: bool = False,
    is_typed: bool = False,
    with_filters: bool = False,
) -> list[Hit]:
    """Listings that match, up to one more than `MAX_RANKED`, so that the caller knows when there are more.

    `words`: from `rules.query_words`; without any, all listings of the scope in the wanted order. `any_word`: one
    is enough. `is_typed`: the last word may go on. `with_filters`: the database applies the filters too, for scopes
    that are larger than the limit.
    """
    where, values = _scope(wishes, country)
    if with_filters:
        more, more_values = _filters(wishes, unit)
        where, values = where + more, values + more_values
    condition = " AND ".join(where)
    limit = rules.MAX_RANKED + 1
    if words:
        asked = _Asked(tuple(words), any_word, is_typed, wishes.category, None if with_filters else limit)
        source, source_values = _ranked(asked)
        columns = _columns("h.tier", wishes)
        rest = f"FROM ({source}) h CROSS JOIN publishing_listing l WHERE l.product_id = h.id AND {condition}"
        values = source_values + values
    else:
        columns = _columns("0", wishes)
        rest = f"FROM publishing_listing l WHERE {condition} ORDER BY {_ORDERS.get(wishes.sort, 'l.sales_30d DESC')}"
    return list(map(Hit._make, _rows(columns, f"{rest} LIMIT {limit}", values)))


def _rows(columns: Sequence[str], rest: str, values: Sequence[Any]) -> Iterable[Sequence[Any]]:
    """What a statement finds. SQLite hands over each column at once: its driver would let other threads go first at
    every row, and a page with hundreds of hits would wait hundreds of times."""
    with connection.cursor() as cursor:
        if not _is_sqlite():
            cursor.execute(f"SELECT {', '.join(columns)} {rest}", values)
            return list(cursor.fetchall())
        named = ", ".join(f"{column} AS c{place}" for place, column in enumerate(columns))
        each = ", ".join(f"json_group_array(c{place})" for place in range(len(columns)))
        cursor.execute(f"SELECT {each} FROM (SELECT {named} {rest})", values)
        return zip(*map(json.loads, cursor.fetchone()), strict=True)


@dataclass(frozen=True)
class _Asked:
    """What the index is asked. `limit`: rows it may give; None where filters still have to be applied to all."""

    words: tuple[str, ...]
    any_word: bool
    is_typed: bool
    category: str
    limit: int | None

    def is_open(self, place: int) -> bool:
        """Whether the word at this place stands for everything that begins with it."""
        last = self.is_typed and place == len(self.words) - 1
        return last or rules.is_open_ended(self.words[place])

    @property
    def most(self) -> str:
        return f" LIMIT {self.limit}" if self.limit else ""


def named_like(text: str, *, most: int) -> list[int]:
    """Row numbers of listed products that have a word of this text in their name, those with the rarest words first."""
    words = [word for word in rules.query_words(text) if len(word) > 3][:4]
    if not words:
        return []
    if _is_sqlite():
        sql = "SELECT rowid FROM publishing_search WHERE publishing_search MATCH %s ORDER BY rank LIMIT %s"
    else:
        sql = (
            "SELECT product_id FROM publishing_search, CAST(%s AS tsquery) asked WHERE document @@ asked "
            "ORDER BY ts_rank(document, asked) DESC LIMIT %s"
        )
    asked = _Asked(tuple(words), any_word=True, is_typed=False, category="", limit=None)
    with connection.cursor() as cursor:
        cursor.execute(sql, [_question(asked, _MARKS[0]), most])
        return [int(row[0]) for row in cursor.fetchall()]


def _columns(tier: str, wishes: Wishes) -> list[str]:
    """Those of a `Hit`; the trial as a number on both databases, the time only where the order asks for it."""
    trial = "l.has_trial" if _is_sqlite() else "l.has_trial::int"
    published = "l.published_at" if wishes.sort == "newest" else "0"
    return [column.format(tier=tier, trial=trial, published=published) for column in _COLUMNS]


def _scope(wishes: Wishes, country: str) -> tuple[list[str], list[Any]]:
    where = ["l.is_listed = TRUE", "(l.sold_everywhere OR l.countries LIKE %s)"]
    values: list[Any] = [f"%,{country},%"]
    if wishes.category:
        column = "l.category_path" if "/" in wishes.category else "l.top"
        where.append(f"{column} = %s")
        values.append(wishes.category)
    if len(wishes.seller) == 1 and not wishes.text and not wishes.category:
        where.append("l.seller_slug = %s")
        values.append(wishes.seller[0])
    return where, values


def _filters(wishes: Wishes, unit: int) -> tuple[list[str], list[Any]]:
    """The tests of `rules.tests_of` in SQL."""
    where: list[str] = []
    values: list[Any] = []
    columns = {"sub": "category_path", "delivery": "delivery_type", "os": "operating_system", "seller": "seller_slug"}
    for name, column in columns.items():
        chosen = wishes.chosen(name)
        if chosen:
            where.append(f"l.{column} IN ({', '.join(['%s'] * len(chosen))})")
            values += chosen
    _either(where, values, [("l.modes LIKE %s", f"%,{mode},%") for mode in wishes.mode])
    _either(where, values, [(f"l.{'is_free' if term == 'free' else 'has_trial'} = %s", True) for term in wishes.terms])
    here = [("l.countries LIKE %s", f"%,{country},%") for country in wishes.country]
    _either(where, values, [("l.sold_everywhere = %s", True), *here] if here else [])
    if wishes.score:
        where.append("l.rating_e2 >= %s")
        values.append(min(int(score) for score in wishes.score))
    ends = {"free": (0, 0), "50": (1, 50 * unit), "250": (50 * unit + 1, 250 * unit), "over": (250 * unit + 1, 2**62)}
    bands = [ends[band] for band in wishes.price]
    if bands:
        where.append("(" + " OR ".join(["l.price_from_minor BETWEEN %s AND %s"] * len(bands)) + ")")
        values += [end for band in bands for end in band]
    if wishes.least is not None:
        where.append("l.price_from_minor >= %s")
        values.append(wishes.least * unit)
    if wishes.most is not None:
        where.append("l.price_from_minor <= %s")
        values.append(wishes.most * unit)
    return where, values


def _either(where: list[str], values: list[Any], alternatives: Sequence[tuple[str, Any]]) -> None:
    if alternatives:
        where.append("(" + " OR ".join(sql for sql, _value in alternatives) + ")")
        values += [value for _sql, value in alternatives]


def _ranked(asked: _Asked) -> tuple[str, list[Any]]:
    """A sub-query of (id, tier), the best tier first. Later tiers are read only as far as earlier ones left room: both
    databases work off the parts of a UNION ALL in their order. Where a limit cuts a tier, so that the next one could
    find again what is missing in it, the limit of the whole is reached before the next one is read."""
    if _is_sqlite():
        found = "SELECT rowid AS id FROM publishing_search WHERE publishing_search MATCH %s ORDER BY rowid DESC"
    else:
        found = "SELECT product_id AS id FROM publishing_search WHERE document @@ %s::tsquery"
    sql = (
        f"WITH t0 AS MATERIALIZED ({found}{asked.most}), t1 AS MATERIALIZED ({found}{asked.most}), "
        f"t2 AS ({found}{asked.most}) SELECT id, 0 AS tier FROM t0 "
        "UNION ALL SELECT id, 1 FROM t1 WHERE id NOT IN (SELECT id FROM t0) "
        f"UNION ALL SELECT id, 2 FROM t2 WHERE id NOT IN (SELECT id FROM t1){asked.most}"
    )
    return sql, [_question(asked, mark) for mark in _MARKS]


def _question(asked: _Asked, mark: str) -> str:
    """What the index is asked for one tier, as the database says it; words are letters and digits."""
    if _is_sqlite():
        either, both, quote, opened = " OR ", " AND ", '"', "*"
    else:
        either, both, quote, opened = " | ", " & ", "'", ":*"
    words = [
        f"{quote}{mark}{word}{quote}{opened if asked.is_open(place) else ''}" for place, word in enumerate(asked.words)
    ]
    joined = (either if asked.any_word else both).join(words)
    return f"({joined}){both}{quote}{rules.scope_word(asked.category)}{quote}" if asked.category else joined


def shelves(country: str, *, popular: int, newest: int) -> tuple[list[int], list[int]]:
    """Row numbers for the home page in one statement: *popular* (picks, then the most sold), and the newest."""
    seen = "l.is_listed = TRUE AND (l.sold_everywhere OR l.countries LIKE %s)"
    picks = (
        "SELECT 0 AS shelf, k.position AS place, l.product_id FROM publishing_popularpick k "
        f"CROSS JOIN publishing_listing l WHERE l.product_id = k.product_id AND {seen} "
        f"ORDER BY k.position LIMIT {popular}"
    )
    sold = (
        "SELECT 1 AS shelf, -l.sales_30d AS place, l.product_id FROM publishing_listing l "
        f"WHERE {seen} ORDER BY l.sales_30d DESC LIMIT {2 * popular}"
    )
    fresh = (
        "SELECT 2 AS shelf, 0 AS place, l.product_id FROM publishing_listing l "
        f"WHERE {seen} ORDER BY l.published_at DESC LIMIT {newest}"
    )
    sql = " UNION ALL ".join(f"SELECT * FROM ({part}) s{number}" for number, part in enumerate((picks, sold, fresh)))
    with connection.cursor() as cursor:
        cursor.execute(sql, [f"%,{country},%"] * 3)
        rows = cursor.fetchall()
    chosen = [pk for _shelf, _place, pk in sorted((row for row in rows if row[0] < 2), key=lambda row: row[:2])]
    return list(dict.fromkeys(chosen))[:popular], [pk for shelf, _place, pk in rows if shelf == 2]
