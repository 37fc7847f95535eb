"""Statements whose SQL is made once, for the few places that every purchase passes.

The framework makes the text of a statement anew at every call, which for wide tables costs several times what the
database needs to answer it. Here the text, and how rows become objects, are kept after the first call:

    _OF_QUOTE = Prepared(lambda p: Order.objects.select_related("account").filter(quote_id=p("quote")))
    order = _OF_QUOTE.one(quote=7)

The statement must not depend on anything but its named values: no patterns, no translated columns; a list has its
own kind of name, `p.among("users", int)`. Plain constants stay in the text, so that indexes of some rows only are
found by plans that are made without knowing the values. `insert` writes rows of one table likewise, `update` changes
them, `delete` removes them; `rows_of` runs text that was written by hand. All answer what the framework's own ways
answer; tests compare them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from operator import attrgetter
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.models import query as framework
from django.db.models import signals
from django.db.models.base import ModelState
from django.db.models.expressions import Expression

from galleria.kit.secrets import EncryptedTextField

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


class _Listed(_Named):
    """A list that is known when the statement runs, as what `__in` looks into."""

    def __init__(self, name: str, kind: type[int] | type[str]) -> None:
        super().__init__(name)
        self.kind = kind

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        if connection.vendor == "sqlite":
            return "(SELECT value FROM json_each(%s))", [_Place(self.name)]
        kind = "bigint" if self.kind is int else "text"
        return f"(SELECT unnest(%s::{kind}[]))", [_Place(self.name)]


class Names:
    """The names of a statement's values: `p("order")`, and `p.among("users", int)` for a list."""

    def __call__(self, name: str) -> Any:
        return _Named(name)

    def among(self, name: str, kind: type[int] | type[str]) -> Any:
        return _Listed(name, kind)


def _quick(database: Any) -> Callable[[str, list[Any]], Any] | None:
    """How this database runs a statement without the layers around a cursor, unless something listens to them."""
    if database.execute_wrappers or database.queries_logged:
        return None
    return getattr(database, "quick", None)


def rows_of(sql: str, values: Sequence[Any] = ()) -> list[Any]:
    """The rows of a statement that is text already, as the driver gives them; its plan is kept like the others'."""
    return _rows(connections[DEFAULT_DB_ALIAS], sql, values)


def _rows(database: Any, sql: str, values: Sequence[Any]) -> list[Any]:
    """The same of a connection that is known: to find the thread's own costs more than to use it."""
    quick = _quick(database)
    if quick is not None:
        with database.wrap_database_errors:
            return list(quick(sql, list(values)).fetchall())
    with database.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


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

    def __init__(self, build: Callable[[Names], models.QuerySet[Any, T]]) -> None:
        self._build = build
        self._made: dict[str, _Made] = {}

    def all(self, **values: Any) -> list[T]:
        """Every row."""
        database = connections[DEFAULT_DB_ALIAS]
        made = self._made.get(database.vendor)
        if made is None:
            made = self._made[database.vendor] = self._make()
        given = [_adapted(values[each.name]) if isinstance(each, _Place) else each for each in made.values]
        rows = _rows(database, made.sql, given)
        if not rows:
            return []
        read, converters, width = made.read, made.converters, made.width
        return [read(_converted(row if len(row) == width else row[:width], converters)) for row in rows]

    def one(self, **values: Any) -> T | None:
        """The first row, None if there is none."""
        rows = self.all(**values)
        return rows[0] if rows else None

    def _make(self) -> _Made:
        queryset = self._build(Names())
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
        sql, left = _with_constants(sql, values)
        return _Made(sql, left, compiler.col_count, list(compiler.get_converters(columns).items()), read)


_PLAIN_TEXT = re.compile(r"\w*", re.ASCII)


def _with_constants(sql: str, values: Sequence[Any]) -> tuple[str, list[Any]]:
    """The statement with its plain constants as part of the text, and the values that are left to give."""
    parts, left = sql.split("%s"), []
    if len(parts) != len(values) + 1:
        return sql, list(values)
    text = parts[0]
    for value, part in zip(values, parts[1:], strict=True):
        constant = _constant(value)
        if constant is None:
            left.append(value)
        text += ("%s" if constant is None else constant) + part
    return text, left


def _constant(value: Any) -> str | None:
    if isinstance(value, bool):
        return str(int(value)) if connection.vendor == "sqlite" else str(value).lower()
    if isinstance(value, int):
        return str(value)
    return f"'{value}'" if isinstance(value, str) and _PLAIN_TEXT.fullmatch(value) else None


def _reader(compiler: Any) -> Callable[[Sequence[Any]], Any]:
    """How a row becomes an object with its related ones, as the framework does it."""
    info, select, alias = compiler.klass_info, compiler.select, connection.alias
    model, fields = info["model"], info["select_fields"]
    start, end = fields[0], fields[-1] + 1
    names = [each[0].target.attname for each in select[start:end]]
    make = _maker(model, names)
    populators = [_populator(each) for each in framework.get_related_populators(info, select, alias)]  # type: ignore[attr-defined]

    def read(row: Sequence[Any]) -> Any:
        found = make(row[start:end])
        for populate in populators:
            populate(row, found)
        return found

    return read


def _maker(model: Any, names: Sequence[str]) -> Callable[[Sequence[Any]], Any]:
    """An object of a row's values, as `from_db` makes it; a model that has its own way, or listeners, keeps them."""
    is_plain = (
        model.from_db.__func__ is vars(models.Model)["from_db"].__func__ and model.__init__ is models.Model.__init__
    )
    heard = signals.pre_init.has_listeners(model) or signals.post_init.has_listeners(model)
    alias = DEFAULT_DB_ALIAS
    if not is_plain or heard:
        return lambda values: model.from_db(alias, names, values)

    def make(values: Sequence[Any]) -> Any:
        found = model.__new__(model)
        held = found.__dict__
        state = held["_state"] = ModelState()
        state.adding, state.db = False, alias
        held.update(zip(names, values, strict=True))
        return found

    return make


def _populator(its: Any) -> Callable[[Sequence[Any], Any], None]:
    """How a related object is read from the same row and tied to its owner; none where its key is empty."""
    below = [_populator(each) for each in its.related_populators]
    make, start, end, order = _maker(its.model_cls, its.init_list), its.cols_start, its.cols_end, its.reorder_for_init
    key, tie, tie_back = its.pk_idx, its.local_setter, its.remote_setter

    def populate(row: Sequence[Any], owner: Any) -> None:
        values = order(row) if order else row[start:end]
        found = None if values[key] is None else make(values)
        if found is not None:
            for each in below:
                each(row, found)
        tie(owner, found)
        if found is not None:
            tie_back(found, owner)

    return populate


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
    """Instants and days as the database's column has them, lists as its statements take them."""
    if isinstance(value, list):
        return json.dumps(value) if connection.vendor == "sqlite" else value
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    if isinstance(value, date):
        return connection.ops.adapt_datefield_value(value)
    return value


def give(owner: models.Model, name: str, rows: list[Any]) -> None:
    """Tie rows to the object that they point to: `owner.<name>.all()` answers them, as after `prefetch_related`."""
    manager = getattr(owner, name)
    field = manager.field
    for row in rows:
        setattr(row, field.name, owner)
    found = manager.get_queryset()
    found._result_cache, found._prefetch_done = rows, True
    owner.__dict__.setdefault("_prefetched_objects_cache", {})[field.remote_field.cache_name] = found


# --- inserting --------------------------------------------------------------------------------------------
@dataclass(slots=True)
class _Table:
    """How rows of a model are written."""

    writers: list[Callable[[Any], Any]]  # a column's value of a row, as the database has it
    begin: str
    row: str
    end: str
    key: str

    def insert(self, count: int) -> str:
        return self.begin + ", ".join([self.row] * count)

    def values(self, rows: Sequence[Any]) -> list[Any]:
        return [write(row) for row in rows for write in self.writers]

    def is_stored(self, row: Any, key: Any) -> None:
        setattr(row, self.key, key)
        row._state.adding, row._state.db = False, connection.alias


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
    table = _table_of(model)
    keys = rows_of(table.insert(len(rows)) + table.end, table.values(rows))
    for row, (key,) in zip(rows, keys, strict=True):
        table.is_stored(row, key)


def insert_new(*rows: M, by: str) -> list[M]:
    """Write those of the rows that break no rule of uniqueness and return them; the others are left out.

    `by` names a column whose value every row has for itself alone, so that the written ones can be told apart.
    """
    if not rows:
        return []
    model = type(rows[0])
    if not connection.features.can_return_rows_from_bulk_insert:
        model._base_manager.bulk_create(rows, ignore_conflicts=True)
        return list(model._base_manager.filter(**{f"{by}__in": [getattr(row, by) for row in rows]}))
    table, unique = _table_of(model), model._meta.get_field(by)
    column = connection.ops.quote_name(unique.column)  # type: ignore[union-attr,arg-type]
    sql = f"{table.insert(len(rows))} ON CONFLICT DO NOTHING{table.end}, {column}"
    keys = {told: key for key, told in rows_of(sql, table.values(rows))}
    written = [row for row in rows if getattr(row, by) in keys]
    for row in written:
        table.is_stored(row, keys[getattr(row, by)])
    return written


_AS_THEY_ARE: dict[type, set[type]] = {
    models.CharField: {str}, models.TextField: {str}, models.IntegerField: {int}, models.BigIntegerField: {int},
    models.PositiveIntegerField: {int}, models.PositiveSmallIntegerField: {int}, models.BooleanField: {bool},
    models.EmailField: {str}, models.SlugField: {str},
}  # fmt: skip
"""Kinds of columns that take these very types unchanged; of anything else the framework makes what they take."""


def _writer(field: Any) -> Callable[[Any], Any]:
    """How the value of this column is taken from a row. Plain values skip the framework's three steps."""
    kind = type(field)
    if kind is models.ForeignKey and type(field.target_field) in {models.BigAutoField, models.AutoField}:
        plain: set[type] = {int}
    else:
        plain = set(_AS_THEY_ARE.get(kind, ()))
    if not plain:
        return lambda row: field.get_db_prep_save(field.pre_save(row, True), connection)
    read = attrgetter(field.attname)
    plain = plain | {type(None)}

    def write(row: Any) -> Any:
        value = read(row)
        return value if type(value) in plain else field.get_db_prep_save(value, connection)

    return write


def _table_of(model: type[models.Model]) -> _Table:
    table = _tables.get((connection.vendor, model))
    if table is None:
        table = _tables[connection.vendor, model] = _table(model)
    return table


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
        [_writer(field) for field in fields],
        f"INSERT INTO {quote(meta.db_table)} ({columns}) VALUES ",  # noqa: S608 (names of our own tables)
        f"({', '.join(['%s'] * len(fields))})",
        f" RETURNING {quote(key.column)}",
        key.attname,
    )


# --- updating and deleting ----------------------------------------------------------------------------------
_updates: dict[tuple[Any, ...], tuple[str, list[Any]]] = {}


def update(
    model: type[models.Model], where: dict[str, Any], values: dict[str, Any], *, add: dict[str, int] | None = None,
    at_least: dict[str, int] | None = None, one_of: tuple[str, Sequence[Any]] = ("", ()),
) -> int:  # fmt: skip
    """Set columns of the rows that match; returns how many did.

    Names are attribute names (`order_id`, not `order`). `where` compares for equality, `add` adds to a column,
    `at_least` asks for a least value, `one_of` for one among some. Like `filter(…).update(…)`.
    """
    add, at_least = add or {}, at_least or {}
    column, choices = one_of
    shape = (
        connection.vendor, model, tuple(where), tuple(values), tuple(add), tuple(at_least), column, len(choices),
    )  # fmt: skip
    made = _updates.get(shape)
    if made is None:
        made = _updates[shape] = _update(model, shape)
    given = [*values.values(), *add.values(), *where.values(), *at_least.values(), *choices]
    return _changed(*made, given)


def delete(model: type[models.Model], where: dict[str, Any]) -> int:
    """Remove the rows whose columns are equal to these; returns how many. What points to them is not looked at."""
    shape = (connection.vendor, model, tuple(where))
    made = _updates.get(shape)
    if made is None:
        made = _updates[shape] = _update(model, (*shape, (), (), (), "", 0))
    return _changed(*made, list(where.values()))


def _changed(sql: str, fields: list[Any], given: list[Any]) -> int:
    """How many rows the statement changed."""
    prepared = [
        value if type(value) in _PLAIN else field.get_db_prep_save(value, connection)
        for field, value in zip(fields, given, strict=True)
    ]
    database = connections[DEFAULT_DB_ALIAS]
    quick = _quick(database)
    if quick is not None:
        return int(quick(sql, prepared).rowcount)
    with database.cursor() as cursor:
        cursor.execute(sql, prepared)
        return int(cursor.rowcount)


_PLAIN = {str, int, bool, type(None)}


def _update(model: type[models.Model], shape: tuple[Any, ...]) -> tuple[str, list[Any]]:
    _vendor, _model, where, values, add, at_least, column, choices = shape
    quote, by_name = connection.ops.quote_name, {field.attname: field for field in model._meta.concrete_fields}
    names = [*values, *add, *where, *at_least, *([column] * choices)]
    fields = [by_name[name] for name in names]
    special = (models.JSONField, EncryptedTextField)
    if any(isinstance(field, special) or hasattr(field, "get_placeholder") for field in fields):
        raise TypeError("a column that is written in a way of its own")
    held = {name: quote(by_name[name].column) for name in names}
    changes = [f"{held[name]} = %s" for name in values] + [f"{held[name]} = {held[name]} + %s" for name in add]
    tests = [f"{held[name]} = %s" for name in where] + [f"{held[name]} >= %s" for name in at_least]
    if choices:
        tests.append(f"{held[column]} IN ({', '.join(['%s'] * choices)})")
    table = quote(model._meta.db_table)
    begin = f"UPDATE {table} SET {', '.join(changes)}" if changes else f"DELETE FROM {table}"  # noqa: S608
    return f"{begin} WHERE {' AND '.join(tests)}", fields
