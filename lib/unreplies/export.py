"""Write the tables in the formats of other programs: a workbook, Parquet files, an SQLite database.

Each is written beside its place and moved there when it is whole, so that what stands there is never half an export.
"""

from __future__ import annotations

import errno
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from . import schema
from .dataset import Dataset
from .descriptor import as_list
from .errors import UnknownName
from .text import heading, visible

#: Where an export goes unless told otherwise, under the current directory.
FOLDER = "unreplies-export"
_PYTHON = {"integer": int, "number": float, "boolean": bool}
_SQLITE = {"integer": "INTEGER", "number": "REAL", "boolean": "INTEGER"}
_CHECKS = {"boolean": "{0} IN (0, 1)", "date": "{0} IS date({0}, '+0 days')"}  # 30 February becomes another day
_TYPES = {"boolean": "boolean", "bool": "boolean", "Int64": "integer", "int64": "integer", "Float64": "number"}


def export(ds: Dataset, to: str, folder: str | Path = FOLDER, say: Callable[[str], object] | None = None) -> Path:
    """Write all tables of the dataset to ``folder``, which is made where it is missing; returns what was written.

    Behind the tables stand views for reading, with the names of what their keys refer to: ``respondents``, and for
    each table that has a respondent its join (``measures_joined``; see `Dataset.joined`). ``to`` is one of:

    - ``xlsx``: one workbook with a sheet about the data, a sheet with the codebook and one sheet a table; dates,
      numbers and flags are typed, and no text is a formula.
    - ``parquet``: a folder with one file a table; dates are days (``date32``), and every dtype comes back, save that
      pandas makes objects of days unless told otherwise, and milliseconds their unit at the finest:
      ``pd.read_parquet(path, to_pandas_kwargs={"date_as_object": False})``.
    - ``sqlite``: one database with keys, foreign keys and the allowed values as constraints, titles and descriptions
      as comments in its schema; dates are ISO 8601 text, flags 0 or 1.

    ``say`` is given one line a table. Nothing that exists is overwritten: raises `FileExistsError`. Raises
    `UnknownName` for another format, `ModuleNotFoundError` with what to install where a library is missing, and
    `DataError` for frames that were changed against the schema, or a value that the format cannot hold; then nothing
    is left behind.

    >>> import tempfile, unreplies as ur
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     export(ur.load(), "sqlite", folder).name
    'unreplies-....sqlite'
    """
    if to not in _WRITERS:
        raise UnknownName("export format", to, _WRITERS)
    write, ending, *needed = _WRITERS[to]
    if needed and not find_spec(needed[0]):
        raise _missing(to, *needed)
    checked = Dataset(ds.folder, ds.package, schema.check_frames(ds.package, dict(ds)), ds.whole)
    version = re.sub(r"[^\w.+-]", "_", str(ds.package["version"]))
    target = Path(folder) / f"unreplies-{version}{ending}"
    message = "exists and is not overwritten; remove it, or name another folder"
    taken = FileExistsError(errno.EEXIST, message, str(target))
    if os.path.lexists(target):
        raise taken
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(prefix=".unreplies-", dir=target.parent) as beside:
            made = Path(beside) / target.name
            write(checked, made, say or (lambda line: None))
            _place(made, target)
    except FileExistsError:
        raise taken from None
    except OSError as error:
        if error.filename and ".unreplies-" not in str(error.filename):
            raise
        raise OSError(error.errno, error.strerror or str(error), str(target)) from None  # a full disk says not where
    return target


def _place(made: Path, target: Path) -> None:
    """Move what is whole to its place, unless something has appeared there, which a rename alone might replace."""
    if os.name != "nt":  # where a rename replaces nothing
        try:
            target.mkdir() if made.is_dir() else os.link(made, target)
        except FileExistsError:
            raise
        except OSError:  # a file system without links
            target.touch(exist_ok=False)
    os.rename(made, target)  # onto the empty one just made, or itself


def _missing(to: str, module: str, venv: str) -> ModuleNotFoundError:
    return ModuleNotFoundError(
        f"the format {to} needs the package {module}, which is not installed: in the folder of a clone, "
        f'pip install ".[{to}]", or make {venv}/ready and then {venv}/bin/unreplies export --to {to}',
        name=module,
    )


class Table(NamedTuple):
    """A table or view, as every format needs it: described as in the descriptor, and its frame."""

    name: str
    title: str
    description: str
    schema: dict
    frame: pd.DataFrame

    @property
    def fields(self) -> list[dict]:
        return self.schema["fields"]

    @property
    def progress(self) -> str:
        return f"{self.name}: {len(self.frame):,} {'row' if len(self.frame) == 1 else 'rows'}"

    def cells(self, field: dict, date: Callable[[pd.Timestamp], object] = pd.Timestamp.date) -> list:
        """The cells of a column as Python's own types, days by a function; None where a cell is empty."""
        convert = {**_PYTHON, "date": date}.get(field["type"], str)
        return [None if pd.isna(cell) else convert(cell) for cell in self.frame[field["name"]]]


def tables(ds: Dataset) -> Iterator[Table]:
    """The tables, and behind them the views that join names to keys."""
    own = {its["name"]: Table(*map(its.get, Table._fields[:-1]), ds[its["name"]]) for its in ds.package["resources"]}
    yield from own.values()
    yield _view("respondents", "Respondents", own["replies"], ds.respondents)
    for name, table in own.items():
        joined = ds.joined(name)
        if "own_text" in joined and name != "replies":
            yield _view(f"{name}_joined", f"{table.title}, joined", table, joined)


def _view(name: str, title: str, table: Table, frame: pd.DataFrame) -> Table:
    """A view of a table, with its key; what is joined to it is described by its heading and type."""
    known = {field["name"]: field for field in table.fields}
    fields = []
    for column, dtype in frame.dtypes.items():
        kind = "date" if dtype.kind == "M" else _TYPES.get(str(dtype), "string")
        joined = {"title": heading(column), "description": "As in the table that it is joined from.", "type": kind}
        fields.append(known.get(column, {"name": column, **joined}))
    about = f"One row is one row of {table.name}, with names and types of what its keys refer to; made for reading."
    return Table(name, title, about, {"fields": fields, "primaryKey": table.schema["primaryKey"]}, frame)


def about(ds: Dataset) -> dict[str, str]:
    """What every format says of the whole."""
    from . import cite

    part = "" if ds.whole else " This is a part of them: some rows are left out."
    return {
        "title": ds.package["title"],
        "description": ds.package["description"] + part,
        "version": ds.package["version"],
        "licence": "; ".join(f"{its['title']}, {its['path']}" for its in ds.package["licenses"]),
        "citation": cite(ds),
    }


def _xlsx(ds: Dataset, path: Path, say) -> None:
    from . import workbook  # which needs a package that only this format does

    workbook.write(ds, path, say)


def _parquet(ds: Dataset, path: Path, say) -> None:
    import pyarrow
    from pyarrow import parquet

    path.mkdir()
    for table in tables(ds):
        rows, fields = pyarrow.Table.from_pandas(table.frame, preserve_index=False), []
        for its in table.fields:
            field = rows.schema.field(its["name"])
            words = {key: its[key] for key in ("title", "description", "unit", "empty", "source") if key in its}
            kind = pyarrow.date32() if its["type"] == "date" else field.type
            fields.append(field.with_type(kind).with_metadata(words))
        words = {**rows.schema.metadata, **about(ds), "table": table.title, "description": table.description}
        parquet.write_table(rows.cast(pyarrow.schema(fields, words)), path / f"{table.name}.parquet")
        say(table.progress)


def _sqlite(ds: Dataset, path: Path, say) -> None:
    import sqlite3

    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as database:
            database.execute("BEGIN")
            for table in tables(ds):
                database.execute(_definition(table))
                rows = zip(*(table.cells(field, lambda day: str(day.date())) for field in table.fields))
                marks = ", ".join("?" * len(table.fields))
                database.executemany(f"INSERT INTO {_name(table.name)} VALUES ({marks})", rows)
                say(table.progress)
            words = ", ".join(f"{_quoted(text)} AS {_name(key)}" for key, text in about(ds).items())
            database.execute(f"CREATE VIEW about AS SELECT {words}")
            database.execute("COMMIT")
    except sqlite3.OperationalError as error:
        raise OSError(errno.EIO, str(error)) from None


def _definition(table: Table) -> str:
    """The statement that makes a table, with its rules as constraints and its descriptions as comments."""
    keys, lines = as_list(table.schema["primaryKey"]), [_comment(f"{table.title}. {table.description}")]
    for field in table.fields:
        more = "".join(f" {key.capitalize()}: {field[key].rstrip('.')}." for key in ("unit", "empty") if key in field)
        lines.append(_comment(f"{field['title']}. {field['description']}{more}"))
        lines.append(f"  {' '.join([_name(field['name']), *_constraints(field, field['name'] in keys)])},")
    rules = [f"  PRIMARY KEY ({_name(keys)})"]
    for key in table.schema.get("foreignKeys", []):
        partner, theirs = key["reference"].get("resource") or table.name, _name(key["reference"]["fields"])
        rules.append(f"  FOREIGN KEY ({_name(key['fields'])}) REFERENCES {_name(partner)} ({theirs})")
    return "\n".join([f"CREATE TABLE {_name(table.name)} (", *lines, ",\n".join(rules), ")"])


def _constraints(field: dict, key: bool) -> list[str]:
    """The type of a column and its rules, as every SQLite since 3.31 reads them: STRICT tables need 3.37."""
    name, rules, kind = _name(field["name"]), field.get("constraints", {}), _SQLITE.get(field["type"], "TEXT")
    checks = [f"typeof({name}) IN ('{kind.lower()}', 'null')"]
    checks += [f"{name} IN ({', '.join(map(_quoted, rules['enum']))})"] if "enum" in rules else []
    checks += [_CHECKS[field["type"]].format(name)] if field["type"] in _CHECKS else []
    for rule, sign in (("minimum", ">="), ("maximum", "<=")):
        if rule in rules:
            checks.append(f"{name} {sign} {rules[rule] if kind != 'TEXT' else _quoted(rules[rule])}")
    words = {"NOT NULL": key or rules.get("required"), "UNIQUE": rules.get("unique")}
    return [kind, *(word for word in words if words[word]), *(f"CHECK ({check})" for check in checks)]


def _name(names: str | list[str]) -> str:
    return ", ".join('"' + name.replace('"', '""') + '"' for name in as_list(names))


def _quoted(text: str) -> str:
    return "'" + str(text).replace("'", "''") + "'"


def _comment(text: str) -> str:
    return f"  -- {visible(text)}"  # one line, whatever the text has


#: How each format is written, what its name ends on, which package it needs and where a clone has that.
_WRITERS = {
    "xlsx": (_xlsx, ".xlsx", "openpyxl", ".venv"),
    "parquet": (_parquet, "-parquet", "pyarrow", ".venv-more"),
    "sqlite": (_sqlite, ".sqlite"),
}
FORMATS = tuple(_WRITERS)
