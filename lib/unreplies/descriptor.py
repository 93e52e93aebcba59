"""Read the tables that ``datapackage.json`` describes, and refuse what breaks its rules.

The descriptor (Frictionless Table Schema) is the only place where types, allowed values and keys are
written down. This module reads it, checks every file against it and turns the cells into typed columns.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from .text import visible

_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,17}")  # one way to write it, and it fits in 64 bits
_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,17})(\.[0-9]+)?")
#: Cells as RFC 4180 has them: quoted with every inner quote doubled, or with no quote at all.
_CSV = re.compile(r'(?:(?:"(?:[^"]|"")*+"|[^",\n]*+)[,\n])*+')
#: The name of a file on any system: no folder, drive or host.
_FILE = re.compile(r"[^/\\:\0]+")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True)
class Fault:
    """One broken rule: in which table, row and column, by which value.

    ``row`` counts the records of the table from 1 (the header is not a record) and is empty where the
    fault is of the whole file; ``rule`` is the rule's name in the descriptor (``type``, ``required``,
    ``enum``, ``pattern``, ``minimum``, ``maximum``, ``primaryKey``, ``foreignKeys``), or ``file``,
    ``encoding``, ``csv``, ``header`` for a file that cannot be read as the table it should be.

    >>> print(Fault("measures", 3, "status", "done", "enum", "allowed are in_place, in_progress, urged"))
    measures, row 3, column status: 'done' breaks enum: allowed are in_place, in_progress, urged
    """

    table: str
    row: int | None
    column: str
    value: str
    rule: str
    message: str

    def __str__(self) -> str:
        place = self.table
        if self.row is not None:
            place += f", row {self.row}"
        if self.column:
            place += f", column {self.column}"
        value = f"{self.value!r} breaks " if self.column or self.value else "breaks "
        return visible(f"{place}: {value}{self.rule}: {self.message}")


class DataError(ValueError):
    """The data breaks its descriptor; ``faults`` lists every broken rule, not only the first.

    >>> print(DataError([Fault("replies", 1, "position", "x", "type", "not an integer")]))
    1 fault in the data:
    replies, row 1, column position: 'x' breaks type: not an integer
    """

    def __init__(self, faults: list[Fault]):
        self.faults = list(faults)
        count = "1 fault" if len(self.faults) == 1 else f"{len(self.faults)} faults"
        super().__init__(f"{count} in the data:\n" + "\n".join(map(str, self.faults)))

    def __reduce__(self):
        return DataError, (self.faults,)


class UnknownName(KeyError, AttributeError):
    """A name that does not exist, answered with those that do.

    >>> print(UnknownName("table", "measure", ["measures", "replies"]))
    there is no table 'measure'; did you mean 'measures'? There are: measures, replies
    """

    def __init__(self, kind: str, name: object, names):
        names = [str(n) for n in names]
        self._arguments = (kind, name, names)
        spelt = {n.casefold(): n for n in names}
        close = get_close_matches(str(name).casefold(), spelt, n=1)
        hint = f"; did you mean {spelt[close[0]]!r}?" if close else "."
        shown = names if len(names) <= 40 else [*names[:40], "…"]
        super().__init__(visible(f"there is no {kind} {name!r}{hint} There are: {', '.join(shown)}"))

    __str__ = Exception.__str__  # KeyError's own shows the repr

    def __reduce__(self):
        return UnknownName, self._arguments


def read_descriptor(folder: Path) -> dict:
    """The descriptor of a data folder, as a dictionary.

    Raises `DataError` where ``datapackage.json`` is missing, is not JSON, or names a file outside the folder.
    """
    path = Path(folder) / "datapackage.json"

    def refuse(rule, message):
        raise DataError([Fault("datapackage.json", None, "", "", rule, message)]) from None

    try:
        package = json.loads(path.read_bytes().decode("utf-8"))
        faults = _check_descriptor(package)
    except FileNotFoundError:
        refuse("file", f"not found in {path.parent}")
    except OSError as error:
        refuse("file", f"cannot be read: {error.strerror}")
    except UnicodeDecodeError as error:
        refuse("encoding", f"not UTF-8 at byte {error.start}")
    except json.JSONDecodeError as error:
        refuse("json", f"{error.msg} at line {error.lineno}, column {error.colno}")
    except (KeyError, TypeError, AttributeError) as error:
        refuse("descriptor", f"not a data package of tables with a schema: {type(error).__name__} {error}")
    if faults:
        raise DataError(faults)
    return package


def _check_descriptor(package: dict) -> list[Fault]:
    """What no table can be checked by: a rule, type, key or file that the descriptor names and that is not there."""
    faults, fields = [], {}

    def fault(table, column, value, message, rule="descriptor"):
        faults.append(Fault(str(table), None, column, str(value), rule, message))

    for resource in package["resources"]:
        table, names = resource["name"], [field["name"] for field in resource["schema"]["fields"]]
        if table in fields:
            fault(table, "name", table, "two tables have this name")
        if len(set(names)) < len(names):
            fault(table, "fields", ", ".join(names), "two fields have the same name")
        file = resource["path"]
        if not isinstance(file, str) or not _FILE.fullmatch(file) or file in (".", ".."):
            fault(table, "path", file, "must be a file in the data folder itself", "file")
        fields[table] = names
    for resource in package["resources"]:
        table, schema = resource["name"], resource["schema"]
        for field in schema["fields"]:
            name, rules = field["name"], field.get("constraints", {})
            if field["type"] not in _PARSERS:
                fault(table, name, field["type"], f"unknown type; known are {', '.join(_PARSERS)}")
                continue
            for rule in rules.keys() - {"required", "unique", "enum", "pattern", "minimum", "maximum"}:
                fault(table, name, rule, "unknown constraint")
            try:
                _cell_checker(field)
                pd.CategoricalDtype(rules.get("enum"))
                if "enum" in rules and field["type"] != "string":
                    raise ValueError("an enum needs a string field")
            except (ValueError, TypeError, re.error) as error:
                fault(table, name, rules, f"constraints that cannot be applied: {error}")
        keys = [("primaryKey", table, schema["primaryKey"])]
        for key in schema.get("foreignKeys", []):
            theirs = key["reference"]["resource"] or table
            keys += [("foreignKeys", table, key["fields"]), ("foreignKeys", theirs, key["reference"]["fields"])]
            if len(as_list(key["fields"])) != len(as_list(key["reference"]["fields"])):
                fault(table, "foreignKeys", key["fields"], "as many fields must stand on either side")
        for rule, owner, names in keys:
            for name in as_list(names):
                if name not in fields.get(owner, []):
                    fault(table, rule, name, f"{owner} has no such field" if owner in fields else f"no table {owner!r}")
    return faults


def read_tables(folder: Path, package: dict) -> dict[str, pd.DataFrame]:
    """Every table of the package, checked and typed; raises `DataError` with all faults of all tables at once."""
    faults: list[Fault] = []
    records: dict[str, Records] = {}
    frames: dict[str, pd.DataFrame] = {}
    for resource in package["resources"]:
        name, schema = resource["name"], resource["schema"]
        read, problems = _read_rows(Path(folder) / resource["path"], name, schema)
        faults += problems
        if read is None:
            continue
        columns, more = _convert(name, schema, read)
        faults += more + _check_primary_key(name, schema, read)
        if not problems:
            records[name] = read
        if not faults:
            frames[name] = pd.DataFrame(columns)
    for resource in package["resources"]:
        if resource["name"] in records:
            faults += _check_foreign_keys(resource["name"], resource["schema"], records)
    if faults:
        raise DataError(faults)
    return frames


class Records(NamedTuple):
    """The records of a file, column by column, and the number that each has in it."""

    numbers: list[int]
    cells: dict[str, Sequence[str]]

    def keys(self, columns: list[str]) -> list[tuple[str, ...]]:
        return list(zip(*(self.cells[column] for column in columns)))


def _read_rows(path: Path, table: str, schema: dict) -> tuple[Records | None, list[Fault]]:
    """The records, and what is wrong; None where the file cannot be read as the table at all."""

    def fault(rule, message, row=None, value=""):
        return Fault(table, row, "", value, rule, message)

    if path.resolve().parent != path.parent.resolve():
        return None, [fault("file", f"{path.name} is a link that leads out of the data folder")]
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return None, [fault("file", f"{path.name} is missing from the data folder")]
    except OSError as error:
        return None, [fault("file", f"{path.name} cannot be read: {error.strerror}")]
    if raw.startswith(b"\xef\xbb\xbf"):
        return None, [fault("encoding", f"{path.name} begins with a byte order mark; save it as UTF-8 without one")]
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        return None, [fault("encoding", f"{path.name} is not UTF-8 at line {line}, byte {error.start}")]
    if not text:
        return None, [fault("header", f"{path.name} is empty; not even the header is there")]
    for bad, label in (("\r", "a carriage return"), ("\0", "a NUL character")):
        if bad in text:
            line = text.count("\n", 0, text.index(bad)) + 1
            return None, [fault("csv", f"{path.name} has {label} at line {line}; lines end with LF alone")]
    if not text.endswith("\n"):
        return None, [fault("csv", f"the last line of {path.name} does not end; the file may be cut short")]
    names = [field["name"] for field in schema["fields"]]
    faults, numbers, rows = [], [], []
    legal = _CSV.match(text).end()
    if legal < len(text):
        line = text.count("\n", 0, legal)
        before = text[text.rfind("\n", 0, legal) + 1 : legal]
        place = len(next(csv.reader([before]))) - 1 if before else 0
        cell = re.match(r"[^,\n]*", text[legal:])[0]
        column = names[place] if place < len(names) else ""
        return None, [Fault(table, line or None, column, cell, "csv", f"a stray quotation mark in line {line + 1}")]
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(reader)
        if header != names:
            missing, extra = [n for n in names if n not in header], [n for n in header if n not in names]
            what = [f"missing: {', '.join(missing)}"] if missing else []
            what += [f"not in the descriptor: {', '.join(extra)}"] if extra else []
            what = what or [f"the order or number differs; it must be {', '.join(names)}"]
            return None, [fault("header", f"columns of {path.name}: " + "; ".join(what))]
        for number, cells in enumerate(reader, 1):
            if len(cells) != len(names):
                faults.append(fault("csv", f"{len(cells)} cells where {len(names)} are due", number))
            else:
                numbers.append(number)
                rows.append(tuple(cells))  # a tuple of strings costs the garbage collector nothing
    except csv.Error as error:
        faults.append(fault("csv", f"{error} at line {reader.line_num}"))
        return None, faults
    return Records(numbers, dict(zip(names, zip(*rows) if rows else [()] * len(names)))), faults


def _integer(cell: str) -> int:
    if not _INTEGER.fullmatch(cell):
        raise ValueError("not an integer")
    return int(cell)


def _number(cell: str) -> float:
    if not _NUMBER.fullmatch(cell):
        raise ValueError("not a number")
    return float(cell)


def _boolean(cell: str) -> bool:
    if cell not in ("true", "false"):
        raise ValueError("must be true or false")
    return cell == "true"


def _date(cell: str) -> dt.date:
    if not _DATE.fullmatch(cell):
        raise ValueError("not an ISO 8601 date (YYYY-MM-DD)")
    try:
        return dt.date.fromisoformat(cell)
    except ValueError:
        raise ValueError("no such day in the calendar") from None


#: From a non-empty cell to its value, by type; each raises ValueError with the reason.
_PARSERS = {"string": str, "integer": _integer, "number": _number, "boolean": _boolean, "date": _date}


def _cell_checker(field: dict):
    """A function from a cell to (its value, the rules that it breaks with the reason)."""
    rules, parse = field.get("constraints", {}), _PARSERS[field["type"]]
    enum, pattern = rules.get("enum"), re.compile(rules.get("pattern", ""))
    least, most = (parse(str(rules[rule])) if rule in rules else None for rule in ("minimum", "maximum"))

    def check(cell: str):
        if cell == "":
            return None, [("required", "must not be empty")] if rules.get("required") else []
        try:
            value = parse(cell)
        except ValueError as error:
            return None, [("type", str(error))]
        broken = []
        if enum is not None and cell not in enum:
            broken.append(("enum", f"allowed are {', '.join(enum)}"))
        if "pattern" in rules and not pattern.fullmatch(cell):
            broken.append(("pattern", f"must match {rules['pattern']}"))
        if least is not None and value < least:
            broken.append(("minimum", f"must be {rules['minimum']} or more"))
        if most is not None and value > most:
            broken.append(("maximum", f"must be {rules['maximum']} or less"))
        return value, broken

    return check


def _convert(table: str, schema: dict, records: Records) -> tuple[dict, list[Fault]]:
    columns, faults = {}, []
    for field in schema["fields"]:
        name, check, seen = field["name"], _cell_checker(field), {}
        cells = records.cells[name]
        checked = {cell: check(cell) for cell in set(cells)}  # each distinct value once
        if any(broken for _, broken in checked.values()):
            for number, cell in zip(records.numbers, cells):
                faults += [Fault(table, number, name, cell, rule, message) for rule, message in checked[cell][1]]
        if field.get("constraints", {}).get("unique"):
            for number, cell in zip(records.numbers, cells):
                if cell and seen.setdefault(cell, number) != number:
                    faults.append(Fault(table, number, name, cell, "unique", f"stands in row {seen[cell]} already"))
        values = [checked[cell][0] for cell in cells]
        if not faults:
            columns[name] = _column(field, values)
    return columns, faults


def _column(field: dict, values: list) -> pd.Series:
    kind, enum = field["type"], field.get("constraints", {}).get("enum")
    if kind == "string" and enum:
        dtype = pd.CategoricalDtype(enum, ordered=bool(field.get("categoriesOrdered")))
        return pd.Series(pd.Categorical(values, dtype=dtype))
    if kind == "date":
        return pd.Series(pd.to_datetime(values), dtype="datetime64[s]")
    return pd.Series(values, dtype={"integer": "Int64", "number": "Float64", "boolean": "boolean"}.get(kind, "str"))


def as_list(fields: str | list[str]) -> list[str]:
    """One name, or several, as a list: a descriptor may write either."""
    return [fields] if isinstance(fields, str) else list(fields)


def _check_primary_key(table: str, schema: dict, records: Records) -> list[Fault]:
    key, faults, seen = as_list(schema.get("primaryKey", [])), [], {}
    values = records.keys(key)
    if len(set(values)) == len(values) and not any("" in records.cells[column] for column in key):
        return []
    for number, value in zip(records.numbers, values):
        shown, name = ", ".join(value), ", ".join(key)
        if "" in value:
            faults.append(Fault(table, number, name, shown, "primaryKey", "a key must not be empty"))
        elif value in seen:
            faults.append(Fault(table, number, name, shown, "primaryKey", f"stands in row {seen[value]} already"))
        seen.setdefault(value, number)
    return faults


def _check_foreign_keys(table: str, schema: dict, records: dict[str, Records]) -> list[Fault]:
    faults = []
    for key in schema.get("foreignKeys", []):
        columns = as_list(key["fields"])
        partner, partner_columns = key["reference"]["resource"] or table, as_list(key["reference"]["fields"])
        if partner not in records:
            continue  # its file could not be read, and that fault is listed
        values = records[table].keys(columns)
        unknown = set(values) - set(records[partner].keys(partner_columns)) - {("",) * len(columns)}
        if unknown:
            message = f"not in {partner} ({', '.join(partner_columns)})"
            faults += [
                Fault(table, number, ", ".join(columns), ", ".join(value), "foreignKeys", message)
                for number, value in zip(records[table].numbers, values)
                if value in unknown
            ]
        if partner == table:
            keys = records[table].keys(partner_columns)
            parent = dict(zip(keys, values))
            heads = ("",) * len(columns) not in values  # where no cell is empty, the head of a family names itself
            for number, own in zip(records[table].numbers, keys):
                above, passed = parent[own], set()
                while above in parent and above != own and above not in passed:
                    passed.add(above)
                    above = parent[above]
                if above == own and not (heads and parent[own] == own):
                    shown = ", ".join(parent[own])
                    faults.append(Fault(table, number, ", ".join(columns), shown, "foreignKeys", "is its own ancestor"))
    return faults
