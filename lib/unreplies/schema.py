"""Read the tables of a folder by the schema, and refuse whatever fails it, with every fault.

The rules are checked a column at a time, each distinct cell once; then the cells become typed columns.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from .descriptor import as_list, content_of, of_file
from .errors import DataError, Fault
from .text import odd_signs, spelled

_SOME, _LONGEST = 3, 100_000  # signs that a message names; characters of a line that are read for one
_MOST_ROWS = 50_000  # of a table that are read
_SAVED = "another program has saved it; save it as CSV, in UTF-8, with commas"
#: By type: how a cell is written, what to say of another, what makes a value of it, and the dtype of the column.
_TYPES: dict[str, tuple[str, str, Callable, str]] = {
    "any": (r"(?s:.*)", "", str, "str"),
    "string": (r"(?s:.*)", "", str, "str"),
    "integer": (r"0|-?[1-9][0-9]{0,17}", "not an integer", int, "Int64"),
    "number": (r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,17})?", "not a number", float, "Float64"),
    "boolean": (r"true|false", "must be true or false", "true".__eq__, "boolean"),
    "date": (
        r"[0-9]{4}-[0-9]{2}-[0-9]{2}",
        "not an ISO 8601 date (YYYY-MM-DD)",
        dt.date.fromisoformat,
        "datetime64[s]",
    ),
}
#: Cells as RFC 4180 has them: quoted with every inner quote doubled, or with no quote at all.
_CSV = re.compile(r'(?:(?:"(?:[^"]|"")*+"|[^",\n]*+)[,\n])*+')


class Records(NamedTuple):
    """The records of a table: its name, the row and line of each, its cells by column."""

    table: str
    places: Sequence[tuple[int, int | None]]
    cells: dict[str, tuple[str, ...]]

    def fault(self, place: int, column: str, value: str, rule: str, message: str) -> Fault:
        row, line = self.places[place]
        return Fault(self.table, row, column, value, rule, message, line)

    def keys(self, columns: list[str]) -> list[tuple[str, ...]]:
        return list(zip(*(self.cells[column] for column in columns)))


def read_tables(folder: Path, package: dict) -> dict[str, pd.DataFrame]:
    """Every table of the package, checked and typed; raises `DataError` with all faults of all tables at once."""
    faults, records = [], {}
    for resource in package["resources"]:
        try:
            records[resource["name"]], widths = _read(folder, resource)
            faults += widths
        except DataError as error:
            faults += error.faults
    return _checked(package, records, faults)


def _checked(package: dict, records: dict[str, Records], faults: list[Fault]) -> dict[str, pd.DataFrame]:
    """The tables as typed frames; raises `DataError` with these faults and those of their cells and keys."""
    schemas = {resource["name"]: resource["schema"] for resource in package["resources"]}
    for table, read in records.items():
        faults += _check(read, schemas[table], records)
    if faults:
        raise DataError(sorted(faults, key=lambda fault: list(schemas).index(fault.table)))
    return {table: _frame(schema, records[table]) for table, schema in schemas.items()}


def _read(folder: Path, resource: dict) -> tuple[Records, list[Fault]]:
    """The records, and the rows of a wrong width; raises `DataError` where the file cannot be read as the table."""
    table, path = resource["name"], resource["path"]
    names = [field["name"] for field in resource["schema"]["fields"]]
    raw = content_of(folder, path, table)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        message = f"{path} is not UTF-8 at line {line}, byte {error.start}; {_SAVED}"
        raise DataError([of_file(table, "encoding", message)]) from None
    if damage := _damage(path, text, names):
        raise DataError([of_file(table, *damage)])
    cells_of_text = _CSV.match(text)
    legal = cells_of_text.end() if cells_of_text else 0
    if legal < len(text):
        raise DataError([_stray_quote(table, text, legal, names)])
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows, places, faults = [], [], []
    row, line = 0, len(next(reader)) and 2
    try:
        for row, cells in enumerate(reader, 1):
            if row > _MOST_ROWS:
                message = f"{path} has more than {_MOST_ROWS:,} rows, many times those of a report"
                raise DataError([of_file(table, "file", message)])
            if len(cells) == len(names):
                rows.append(cells)
                places.append((row, line))
            else:
                faults.append(Fault(table, row, "", "", "csv", f"{len(cells)} cells where {len(names)} are due", line))
            line = reader.line_num + 1
    except csv.Error as error:  # a cell beyond all bounds
        raise DataError([*faults, Fault(table, row + 1, "", "", "csv", str(error), line)]) from None
    columns = zip(*rows) if rows else [()] * len(names)
    return Records(table, places, dict(zip(names, columns))), faults


def _damage(path: str, text: str, names: list[str]) -> tuple[str, str] | None:
    """What another program has done to the whole file: the rule, and words for it."""
    if not text:
        return "header", f"{path} is empty; not even the header is there"
    if text.startswith("\ufeff"):
        return "encoding", f"{path} begins with a byte order mark; {_SAVED}, without the mark"
    for sign, label in (("\r", "a carriage return"), ("\0", "a NUL character")):
        if sign in text:
            line = text.count("\n", 0, text.index(sign)) + 1
            return "csv", f"{path} has {label} at line {line}; lines end with LF alone"
    if not text.endswith("\n"):
        return "csv", f"the last line of {path} does not end; the file may be cut short"
    first = text[: text.index("\n")]
    header = next(csv.reader([first[:_LONGEST]]), [])
    if header == names:
        return None
    for sign, label in ((";", "semicolons"), ("\t", "tabs")):
        if first.split(sign) == names:
            return "header", f"{path} has {label} where commas are due; {_SAVED}"
    missing, extra = [n for n in names if n not in header], [n for n in header if n not in names]
    what = [f"missing: {', '.join(missing)}"] if missing else []
    what += [f"not in the descriptor: {spelled(', '.join(extra))}"] if extra else []
    return "header", f"columns of {path}: " + ("; ".join(what) or f"order or number; it must be {', '.join(names)}")


def _stray_quote(table: str, text: str, legal: int, names: list[str]) -> Fault:
    line = text.count("\n", 0, legal)
    before = text[text.rfind("\n", 0, legal) + 1 : legal]
    place = len(next(csv.reader([before[:_LONGEST]]))) - 1 if before else 0
    cell = re.split(r"[,\n]", text[legal:], maxsplit=1)[0]
    column = names[place] if place < len(names) else ""
    return Fault(table, line or None, column, cell, "csv", f"a stray quotation mark in line {line + 1}", line + 1)


# The rules


def _check(records: Records, schema: dict, tables: dict[str, Records]) -> Iterator[Fault]:
    """Every fault of a table's cells and keys."""
    for field in schema["fields"]:
        name = field["name"]
        for rule, bad, message in _broken(set(records.cells[name]), field):
            for place, cell in enumerate(records.cells[name] if bad else ()):
                if cell in bad:
                    yield records.fault(place, name, cell, rule, message)
        if field.get("constraints", {}).get("unique"):
            yield from _twice(records, [name], "unique")
    yield from _twice(records, as_list(schema["primaryKey"]), "primaryKey")
    for key in schema.get("foreignKeys", []):
        partner = tables.get(key["reference"].get("resource") or records.table)
        if partner is None:
            continue  # its file could not be read, and that fault is listed
        columns, theirs = as_list(key["fields"]), as_list(key["reference"]["fields"])
        yield from _dangling(records, columns, partner, theirs)
        if partner is records:
            yield from _circles(records, columns[0], theirs[0])


def _broken(distinct: set[str], field: dict) -> Iterator[tuple[str, set[str], str]]:
    """For each rule of a column the cells that fail it, and what is allowed."""
    rules = field.get("constraints", {})
    pattern, why, value, _ = _TYPES[field["type"]]
    given = distinct - {""}
    typed = {cell for cell in given if re.fullmatch(pattern, cell)}
    if rules.get("required"):
        yield "required", distinct - given, "must not be empty"
    yield "type", given - typed, why
    if field["type"] == "string" and rules.keys().isdisjoint(("enum", "pattern")):
        yield from _not_as_text(typed)
    if field["type"] == "date":
        days = {cell for cell in typed if _is_day(cell)}
        yield "type", typed - days, "no such day in the calendar"
        typed = days
    if "enum" in rules:
        yield "enum", typed - set(rules["enum"]), f"allowed are {', '.join(rules['enum'])}"
    if "pattern" in rules:
        odd = {cell for cell in typed if not re.fullmatch(rules["pattern"], cell)}
        yield "pattern", odd, f"must match {rules['pattern']}"
    if "minimum" in rules:
        least = value(str(rules["minimum"]))
        yield "minimum", {cell for cell in typed if value(cell) < least}, f"must be {rules['minimum']} or more"
    if "maximum" in rules:
        most = value(str(rules["maximum"]))
        yield "maximum", {cell for cell in typed if value(cell) > most}, f"must be {rules['maximum']} or less"


def _not_as_text(cells: set[str]) -> Iterator[tuple[str, set[str], str]]:
    """The cells that are written otherwise than text of the data: with signs that nobody sees or that look alike."""
    yield "type", {cell for cell in cells if "" in cell.split(" ")}, "a space at an end, or two together"
    if odd := set(odd_signs("".join(cells))):
        named = ", ".join(f"U+{ord(sign):04X} {unicodedata.name(sign, '')}".rstrip() for sign in sorted(odd)[:_SOME])
        message = f"text has Latin and Chinese letters, in their normal form (NFKC), but not {named}"
        yield "type", {cell for cell in cells if not odd.isdisjoint(cell)}, message


def _is_day(cell: str) -> bool:
    try:
        return bool(dt.date.fromisoformat(cell))
    except ValueError:
        return False


def _twice(records: Records, columns: list[str], rule: str) -> Iterator[Fault]:
    """Keys that are empty, or in the table already; a column that is unique and no key may be empty."""
    keys, name = records.keys(columns), ", ".join(columns)
    seen: dict[tuple[str, ...], int] = {}
    if len(set(keys)) == len(keys) and not any("" in key for key in keys):
        return
    for place, key in enumerate(keys):
        if "" in key:
            if rule == "primaryKey":
                yield records.fault(place, name, ", ".join(key), rule, "a key must not be empty")
        elif key in seen:
            yield records.fault(place, name, ", ".join(key), rule, f"is in row {seen[key]} already")
        seen.setdefault(key, records.places[place][0])


def _dangling(records: Records, columns: list[str], partner: Records, theirs: list[str]) -> Iterator[Fault]:
    keys = records.keys(columns)
    unknown = set(keys) - set(partner.keys(theirs)) - {("",) * len(columns)}
    message = f"not in {partner.table} ({', '.join(theirs)})"
    for place, key in enumerate(keys if unknown else ()):
        if key in unknown:
            yield records.fault(place, ", ".join(columns), ", ".join(key), "foreignKeys", message)


def _circles(records: Records, column: str, key: str) -> Iterator[Fault]:
    """Rows that never lead to an end: an empty cell, or, where no cell is empty, a row that names itself."""
    follows = dict(zip(records.cells[key], records.cells[column]))
    heads = "" not in follows.values()
    ends = {start: True for start, to in follows.items() if to not in follows or (heads and to == start)}
    for place, start in enumerate(records.cells[key]):
        passed, at = set(), start
        while at not in ends and at not in passed:
            passed.add(at)
            at = follows[at]
        ends |= dict.fromkeys(passed, ends.get(at, False))
        if not ends[start]:
            yield records.fault(place, column, follows[start], "foreignKeys", f"leads from {start} in a circle")


def check_frames(package: dict, frames: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The same tables, typed by the schema, if they keep its rules; raises `DataError` with every fault otherwise."""
    faults, records = [], {}
    for resource in package["resources"]:
        table, frame = resource["name"], frames[resource["name"]]
        names = [field["name"] for field in resource["schema"]["fields"]]
        if list(frame.columns) != names:
            faults.append(of_file(table, "header", f"the columns must be {', '.join(names)}"))
            continue
        cells = {name: tuple(map(_written, frame[name])) for name in names}
        records[table] = Records(table, [(row, None) for row in range(1, len(frame) + 1)], cells)
    return _checked(package, records, faults)


def _written(value: object) -> str:
    """A value as its cell is written in a file."""
    if pd.isna(value):
        return ""
    if isinstance(value, pd.Timestamp | dt.date):
        return value.isoformat()[:10]
    if pd.api.types.is_bool(value):
        return str(value).lower()
    return f"{value:.0f}" if isinstance(value, float) and value % 1 == 0 else str(value)


def _frame(schema: dict, records: Records) -> pd.DataFrame:
    return pd.DataFrame({field["name"]: _column(field, records.cells[field["name"]]) for field in schema["fields"]})


def _column(field: dict, cells: tuple[str, ...]) -> pd.Categorical | pd.api.extensions.ExtensionArray | np.ndarray:
    """The cells of a column, typed; the schema sets the dtype. An array, since a Series each takes twice as long."""
    _, _, value, dtype = _TYPES[field["type"]]
    if enum := field.get("constraints", {}).get("enum"):
        return pd.Categorical([cell or None for cell in cells], enum, bool(field.get("categoriesOrdered")))
    if field["type"] == "date":
        return np.array([cell or "NaT" for cell in cells], dtype)
    return pd.array([value(cell) if cell else None for cell in cells], dtype)
