"""Statements whose SQL is made once, for the few places that every purchase passes.

The framework makes the text of a statement anew at every call, which for wide tables costs several times what the
database needs to answer it. Here the text, and how rows become objects, are kept after the first call:

    _OF_QUOTE = Prepared(lambda p: Order.objects.select_related("account").filter(quote_id=p("quote")))
    order = _OF_QUOTE.one(quote=7)

The statement must not depend on anything but its named values: no lists, no patterns, no translated columns.
`insert` writes rows of one table likewise. Both answer what the framework's own ways answer; tests compare them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar

from django.db import connection, models
from django.db.models import query as framework
from django.db.models.expressions import Expression

T = TypeVar("T")
M = TypeVar("M", bound=models.Model)


class _Place:
    """Where a named value goes."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name


class _Named(Expression):
    """A value that is known when the statement runs."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        return "%s", [_Place(self.name)]


@dataclass(slots=True)
class _Made:
    """A statement as one kind of database understands it, and how its rows are read."""

    sql: str
    values: list[Any]
    width: int
    converters: list[tuple[int, tuple[list[Any], Any]]]
    read: Callable[[Sequence[Any]], Any]


class Prepared(Generic[T]):
    """A SELECT with named values. Its rows are objects, or tuples of a `values_list`."""

    def __init__(self, build: Callable[[Callable[[str], Any]], models.QuerySet[Any, T]]) -> None:
        self._build = build
        self._made: dict[str, _Made] = {}

    def all(self, **values: Any) -> list[T]:
        """Every row."""
        made = self._made.get(connection.vendor)
        if made is None:
            made = self._made[connection.vendor] = self._make()
        given = [_adapted(values[each.name]) if isinstance(each, _Place) else each for each in made.values]
        with connection.cursor() as cursor:
            cursor.execute(made.sql, given)
            rows = cursor.fetchall()
        return [made.read(_converted(row[: made.width], made.converters)) for row in rows]

    def one(self, **values: Any) -> T | None:
        """The first row, None if there is none."""
        rows = self.all(**values)
        return rows[0] if rows else None

    def _make(self) -> _Made:
        queryset = self._build(_Named)
        compiler = queryset.query.get_compiler(connection=connection)
        sql, values = compiler.as_sql()
        columns = [each[0] for each in compiler.select[: compiler.col_count]]
        shape = queryset._iterable_class
        if getattr(queryset, "_prefetch_related_lookups", ()):
            raise TypeError("a prepared statement has no prefetched rows")
        read: Callable[[Sequence[Any]], Any]
        if shape is framework.ModelIterable and not compiler.annotation_col_map:
            read = _reader(compiler)
        elif shape is framework.ValuesListIterable:
            read = tuple
        elif shape is framework.FlatValuesListIterable:
            read = _first
        else:
            raise TypeError("a prepared statement gives objects or a values_list, without annotations")
        return _Made(sql, list(values), compiler.col_count, list(compiler.get_converters(columns).items()), read)


def _reader(compiler: Any) -> Callable[[Sequence[Any]], Any]:
    """How a row becomes an object with its related ones, as the framework does it."""
    info, select, alias = compiler.klass_info, compiler.select, connection.alias
    model, fields = info["model"], info["select_fields"]
    start, end = fields[0], fields[-1] + 1
    names = [each[0].target.attname for each in select[start:end]]
    populators = framework.get_related_populators(info, select, alias)  # type: ignore[attr-defined]

    def read(row: Sequence[Any]) -> Any:
        found = model.from_db(alias, names, row[start:end])
        for populator in populators:
            populator.populate(row, found)
        return found

    return read


def _first(row: Sequence[Any]) -> Any:
    return row[0]


def _converted(row: Sequence[Any], converters: list[tuple[int, tuple[list[Any], Any]]]) -> Sequence[Any]:
    if not converters:
        return row
    values = list(row)
    for position, (functions, expression) in converters:
        value = values[position]
        for function in functions:
            value = function(value, expression, connection)
        values[position] = value
    return values


def _adapted(value: Any) -> Any:
    """Instants and days as the database's column has them."""
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    if isinstance(value, date):
        return connection.ops.adapt_datefield_value(value)
    return value


# --- inserting --------------------------------------------------------------------------------------------
@dataclass(slots=True)
class _Table:
    """How rows of a model are written."""

    fields: list[Any]
    begin: str
    row: str
    end: str
    key: str


_tables: dict[tuple[str, type[models.Model]], _Table] = {}


def insert(*rows: M) -> None:
    """Write new rows of one model and give them their row numbers; like `bulk_create` without its options.

    Raises IntegrityError as that does.
    """
    if not rows:
        return
    model = type(rows[0])
    if not connection.features.can_return_rows_from_bulk_insert:
        for each in rows:
            each.save(force_insert=True)
        return
    table = _tables.get((connection.vendor, model))
    if table is None:
        table = _tables[connection.vendor, model] = _table(model)
    values = [field.get_db_prep_save(field.pre_save(row, True), connection) for row in rows for field in table.fields]
    with connection.cursor() as cursor:
        cursor.execute(table.begin + ", ".join([table.row] * len(rows)) + table.end, values)
        keys = cursor.fetchall()
    for row, (key,) in zip(rows, keys, strict=True):
        setattr(row, table.key, key)
        row._state.adding, row._state.db = False, connection.alias


def _table(model: type[models.Model]) -> _Table:
    meta, quote = model._meta, connection.ops.quote_name
    key = meta.pk
    if meta.parents or not isinstance(key, models.AutoField | models.BigAutoField):
        raise TypeError("only plain tables with row numbers")
    fields = [field for field in meta.concrete_fields if field is not key]
    if any(hasattr(field, "get_placeholder") or field.generated for field in fields):
        raise TypeError(f"{model.__name__} has a column that is written in a way of its own")
    columns = ", ".join(quote(field.column) for field in fields)
    return _Table(
        fields,
        f"INSERT INTO {quote(meta.db_table)} ({columns}) VALUES ",  # noqa: S608 (names of our own tables)
        f"({', '.join(['%s'] * len(fields))})",
        f" RETURNING {quote(key.column)}",
        key.attname,
    )
