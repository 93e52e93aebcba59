"""Write the tables in the formats of other programs: a workbook, Parquet files, an SQLite database.

Each is written beside its place and moved there when it is whole, so that what stands there is never half an export.
"""

from __future__ import annotations

import datetime as dt
import errno
import io
import os
import re
import sqlite3
import tempfile
import zipfile
from collections.abc import Callable
from contextlib import closing
from copy import copy
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import pandas as pd

from .dataset import Dataset
from .descriptor import as_list
from .errors import DataError, Fault, UnknownName
from .text import heading as title_of
from .text import visible

#: Where an export goes unless told otherwise, under the current directory.
FOLDER = "unreplies-export"
_PYTHON = {"integer": int, "number": float, "boolean": bool, "date": lambda day: day.date()}
_SQLITE = {"integer": "INTEGER", "number": "REAL", "boolean": "INTEGER"}


def export(ds: Dataset, to: str, folder: str | Path = FOLDER, say: Callable[[str], object] | None = None) -> Path:
    """Write all tables of the dataset to ``folder``, which is made where it is missing; returns what was written.

    ``to`` is one of:

    - ``xlsx``: one workbook with a sheet about the data, a sheet with the codebook and one sheet a table; dates,
      numbers and flags are typed, and no text is a formula.
    - ``parquet``: a folder with one file a table; dates are days (``date32``), and every dtype comes back, save that
      pandas makes objects of days unless told otherwise, and milliseconds their unit at the finest:
      ``pd.read_parquet(path, to_pandas_kwargs={"date_as_object": False})``.
    - ``sqlite``: one database with keys, foreign keys and the allowed values as constraints, titles and descriptions
      as comments in its schema; dates are ISO 8601 text, flags 0 or 1.

    ``say`` is given one line a table. Nothing that exists is overwritten: raises `FileExistsError`. Raises
    `UnknownName` for another format, `ModuleNotFoundError` with what to install where a library is missing, and
    `DataError` for a value that the format cannot hold; then nothing is left behind.

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
    version = re.sub(r"[^\w.+-]", "_", str(ds.package["version"]))
    target = Path(folder) / f"unreplies-{version}{ending}"
    taken = "exists and is not overwritten; remove it, or name another folder"
    if os.path.lexists(target):
        raise FileExistsError(errno.EEXIST, taken, str(target))
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(prefix=".unreplies-", dir=target.parent) as beside:
            made = Path(beside) / target.name
            write(ds, made, say or (lambda line: None))
            _place(made, target)
    except FileExistsError:
        raise FileExistsError(errno.EEXIST, taken, str(target)) from None
    except OSError as error:
        if error.filename and ".unreplies-" not in str(error.filename):
            raise
        raise OSError(error.errno, error.strerror or str(error), str(target)) from None  # a full disk says not where
    return target


def _place(made: Path, target: Path) -> None:
    """Move what is whole to its place, unless something has appeared there, which a rename alone might replace."""
    if os.name == "nt":
        os.rename(made, target)  # which replaces nothing there
        return
    if made.is_dir():
        target.mkdir()
    else:
        try:
            os.link(made, target)
            return
        except FileExistsError:
            raise
        except OSError:  # a file system without links
            target.touch(exist_ok=False)
    os.rename(made, target)  # onto the empty one just made


def _missing(to: str, module: str, venv: str) -> ModuleNotFoundError:
    return ModuleNotFoundError(
        f"the format {to} needs the package {module}, which is not installed: in the folder of a clone, "
        f'pip install ".[{to}]", or make {venv}/ready and then {venv}/bin/unreplies export --to {to}',
        name=module,
    )


def _all(ds: Dataset) -> list[tuple[dict, pd.DataFrame]]:
    """The tables, and behind them the views that join names to keys: the respondents, and each table that has some."""
    views = {"respondents": (ds.respondents, "Respondents", "reply_id")}
    for its in ds.tables().itertuples():
        joined = ds.joined(its.table)
        if "own_text" in joined and its.table != "replies":
            views[f"{its.table}_joined"] = joined, f"{its.title}, joined", its.key.split(", ")
    tables = [(resource, ds[resource["name"]]) for resource in ds.package["resources"]]
    return tables + [(_view(name, *view[1:], view[0]), view[0]) for name, view in views.items()]


def _view(name: str, title: str, key: str | list[str], frame: pd.DataFrame) -> dict:
    """A view described as the descriptor describes a table."""
    kinds = {"boolean": "boolean", "bool": "boolean", "Int64": "integer", "int64": "integer", "Float64": "number"}
    fields = [
        {
            "name": column,
            "title": title_of(column),
            "description": "As in the table that it is joined from.",
            "type": kinds.get(str(dtype), "date" if dtype.kind == "M" else "string"),
        }
        for column, dtype in frame.dtypes.items()
    ]
    about = "One row is one row of that table, with names and types of what its keys refer to; made for reading."
    return {"name": name, "title": title, "description": about, "schema": {"fields": fields, "primaryKey": key}}


def _progress(resource: dict, frame: pd.DataFrame) -> str:
    return f"{resource['name']}: {len(frame):,} {'row' if len(frame) == 1 else 'rows'}"


def _values(frame: pd.DataFrame, field: dict) -> list:
    """The cells of a column as Python's own types; None where a cell is empty."""
    convert = _PYTHON.get(field["type"], str)
    return [None if pd.isna(cell) else convert(cell) for cell in frame[field["name"]]]


def _about(ds: Dataset) -> dict[str, str]:
    from . import cite

    package = ds.package
    return {
        "title": package["title"],
        "description": package["description"]
        + ("" if ds.whole else " This is a part of them: some rows are left out."),
        "version": package["version"],
        "licence": "; ".join(f"{its['title']}, {its['path']}" for its in package["licenses"]),
        "citation": cite(ds),
    }


# --- Parquet ---


def _parquet(ds: Dataset, path: Path, say) -> None:
    import pyarrow
    from pyarrow import parquet

    path.mkdir()
    for resource, frame in _all(ds):
        rows = pyarrow.Table.from_pandas(frame, preserve_index=False)
        schema = rows.schema
        for place, field in enumerate(resource["schema"]["fields"]):
            words = {
                key: str(field[key]) for key in ("title", "description", "unit", "empty", "source") if key in field
            }
            kind = pyarrow.date32() if field["type"] == "date" else schema.field(place).type
            schema = schema.set(place, schema.field(place).with_type(kind).with_metadata(words))
        words = {**_about(ds), "table": resource["title"], "description": resource["description"]}
        schema = schema.with_metadata({**rows.schema.metadata, **words})
        parquet.write_table(rows.cast(schema), path / f"{resource['name']}.parquet")
        say(_progress(resource, frame))


# --- SQLite ---


def _sqlite(ds: Dataset, path: Path, say) -> None:
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as database:
            database.execute("BEGIN")
            for resource, frame in _all(ds):
                _sqlite_table(database, resource, frame)
                say(_progress(resource, frame))
            about = ", ".join(f"{_quoted(text)} AS {_name(key)}" for key, text in _about(ds).items())
            database.execute(f"CREATE VIEW about AS SELECT {about}")
            _check_references(database, ds)
            database.execute("COMMIT")
    except sqlite3.OperationalError as error:
        raise OSError(errno.EIO, str(error)) from None


def _sqlite_table(database: sqlite3.Connection, resource: dict, frame: pd.DataFrame) -> None:
    table, fields = resource["name"], resource["schema"]["fields"]
    database.execute(_definition(resource))
    insert = f"INSERT INTO {_name(table)} VALUES ({', '.join('?' * len(fields))})"
    columns = [[_plain(cell) for cell in _values(frame, field)] for field in fields]
    for number, row in enumerate(zip(*columns), 1):
        try:
            database.execute(insert, row)
        except sqlite3.IntegrityError as error:
            raise DataError([Fault(table, number, "", "", "sqlite", str(error))]) from None


def _plain(cell):
    if isinstance(cell, dt.date):
        return cell.isoformat()
    return int(cell) if isinstance(cell, bool) else cell


def _definition(resource: dict) -> str:
    """The statement that makes a table, with its rules as constraints and its descriptions as comments."""
    schema, lines = resource["schema"], [_comment(f"{resource['title']}. {resource['description']}")]
    for field in schema["fields"]:
        unit = f" Unit: {field['unit']}." if "unit" in field else ""
        empty = f" Empty: {field['empty']}" if "empty" in field else ""
        lines.append(_comment(f"{field['title']}. {field['description']}{unit}{empty}"))
        required = field["name"] in as_list(schema["primaryKey"])
        lines.append(f"  {' '.join([_name(field['name']), *_constraints(field, required)])},")
    lines.append(f"  PRIMARY KEY ({_names(schema['primaryKey'])})")
    for key in schema.get("foreignKeys", []):
        partner = key["reference"].get("resource") or resource["name"]
        theirs = _names(key["reference"]["fields"])
        lines[-1] += ","
        lines.append(f"  FOREIGN KEY ({_names(key['fields'])}) REFERENCES {_name(partner)} ({theirs})")
    return "\n".join([f"CREATE TABLE {_name(resource['name'])} (", *lines, ")"])


def _constraints(field: dict, key: bool) -> list[str]:
    """The type of a column and its rules, as every SQLite since 3.31 reads them: STRICT tables need 3.37."""
    name, rules, kind = _name(field["name"]), field.get("constraints", {}), _SQLITE.get(field["type"], "TEXT")
    checks = [f"typeof({name}) IN ('{kind.lower()}', 'null')"]
    number = field["type"] in ("integer", "number")
    if "enum" in rules:
        checks.append(f"{name} IN ({', '.join(map(_quoted, rules['enum']))})")
    if field["type"] == "boolean":
        checks.append(f"{name} IN (0, 1)")
    if field["type"] == "date":
        checks.append(f"{name} IS date({name}, '+0 days')")  # which makes 30 February another day
    for rule, sign in (("minimum", ">="), ("maximum", "<=")):
        if rule in rules:
            checks.append(f"{name} {sign} {rules[rule] if number else _quoted(rules[rule])}")
    words = [kind, "NOT NULL"] if key or rules.get("required") else [kind]
    words += ["UNIQUE"] if rules.get("unique") else []
    return words + [f"CHECK ({check})" for check in checks]


def _check_references(database: sqlite3.Connection, ds: Dataset) -> None:
    faults = []
    for table, number, partner, place in database.execute("PRAGMA foreign_key_check").fetchall():
        keys = [row for row in database.execute(f"PRAGMA foreign_key_list({_name(table)})") if row[0] == place]
        columns = [row[3] for row in keys]
        value = ", ".join(str(ds[table].iloc[number - 1][column]) for column in columns)
        faults.append(Fault(table, number, ", ".join(columns), value, "foreignKeys", f"not in {partner}"))
    if faults:
        raise DataError(faults)


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _names(names: str | list[str]) -> str:
    return ", ".join(map(_name, [names] if isinstance(names, str) else names))


def _quoted(text: str) -> str:
    return "'" + str(text).replace("'", "''") + "'"


def _comment(text: str) -> str:
    return f"  -- {visible(text)}"  # one line, whatever the text has


# --- a workbook ---

_ABOUT, _CODEBOOK = "about", "codebook"
_ILLEGAL = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]|_x[0-9A-Fa-f]{4}_")
_MOST_TEXT, _MOST_INTEGER, _FIRST_DAY = 32_767, 2**53, dt.date(1900, 3, 1)


def _xlsx(ds: Dataset, path: Path, say) -> None:
    import openpyxl
    from openpyxl.writer.excel import ExcelWriter

    tables = _all(ds)
    names = [resource["name"].lower() for resource, _ in tables] + [_ABOUT, _CODEBOOK]
    faults = [fault for resource, frame in tables for fault in _beyond_a_workbook(resource, frame, names)]
    if faults:
        raise DataError(faults)
    book = openpyxl.Workbook()
    book.remove(book.active)
    _about_sheet(book, ds, tables)
    _codebook_sheet(book, ds)
    for resource, frame in tables:
        fields = resource["schema"]["fields"]
        notes = [visible(f"{field['title']}. {field['description']}") for field in fields]
        columns = {field["name"]: _values(frame, field) for field in fields}
        _sheet(book, resource["name"], columns, notes, narrow={"spans", "sha256"})
        say(_progress(resource, frame))
    made = dt.datetime.fromisoformat(ds.package["created"]).replace(tzinfo=None)
    book.properties.creator, book.properties.title = "unreplies", visible(ds.package["title"])
    book.properties.created = book.properties.modified = made
    draft, whole = io.BytesIO(), io.BytesIO()
    ExcelWriter(book, zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED, allowZip64=True)).save()
    _look.cache_clear()  # which holds the workbook
    with zipfile.ZipFile(draft) as old, zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():  # once more without the time of day, so that the same data make the same bytes
            new.writestr(zipfile.ZipInfo(part, (1980, 1, 1, 0, 0, 0)), old.read(part), zipfile.ZIP_DEFLATED)
    path.write_bytes(whole.getbuffer())


def _beyond_a_workbook(resource: dict, frame: pd.DataFrame, names: list[str]) -> list[Fault]:
    """What a workbook would cut, change or refuse."""
    table, faults = resource["name"], []
    if len(table) > 31 or re.search(r"[\\/*?:\[\]]|^'|'$|[^\w -]", table) or names.count(table.lower()) > 1:
        message = f"a sheet's name has 31 letters, digits or _ at most, and is not {_ABOUT}, {_CODEBOOK} or another's"
        return [Fault(table, None, "", table, "xlsx", message)]
    for field in resource["schema"]["fields"]:
        for number, cell in enumerate(_values(frame, field), 1):
            message = ""
            if isinstance(cell, str) and (bad := _ILLEGAL.search(cell)):
                message = f"a workbook cannot hold {bad[0]!r}"
            elif isinstance(cell, str) and len(cell) > _MOST_TEXT:
                message = f"a cell of a workbook holds {_MOST_TEXT:,} characters, not {len(cell):,}"
            elif isinstance(cell, int) and abs(cell) > _MOST_INTEGER:
                message = f"a workbook holds whole numbers exactly up to {_MOST_INTEGER:,}"
            elif isinstance(cell, dt.date) and cell < _FIRST_DAY:
                message = f"the calendar of a workbook is right from {_FIRST_DAY} on"
            if message:
                faults.append(Fault(table, number, field["name"], str(cell)[:80], "xlsx", message))
    return faults


def _put(sheet, row: int, column: int, value, bold: bool = False, wrap: bool = False):
    """Write one cell; text stays text, whatever it begins with."""
    cell = sheet.cell(row, column)
    if value is None:
        return cell
    cell.value = value
    text, date = isinstance(value, str), isinstance(value, dt.date)
    if text:
        cell.data_type = "s"
    cell._style = copy(_look(sheet.parent, text and not value[:1].isalpha(), date, bold, wrap))
    return cell


@lru_cache(maxsize=32)
def _look(book, quoted: bool, date: bool, bold: bool, wrap: bool):
    """How a cell looks, in one workbook: put together once, since for every cell that is most of the time."""
    from openpyxl.cell import Cell
    from openpyxl.styles import Alignment, Font

    cell = Cell(book.worksheets[0])
    cell.quotePrefix = quoted
    if date:
        cell.number_format = "yyyy-mm-dd"
    cell.alignment = Alignment(vertical="top", wrap_text=wrap)
    cell.font = Font(name="Calibri", size=11, bold=bold)
    return cell._style


def _sheet(book, name: str, columns: dict[str, list], notes: list[str] = (), narrow=()) -> None:
    from openpyxl.comments import Comment
    from openpyxl.utils import get_column_letter

    sheet = book.create_sheet(name)
    for place, (heading, cells) in enumerate(columns.items(), 1):
        longest = max((_width(cell) for cell in cells if cell is not None), default=0)
        _put(sheet, 1, place, visible(heading), bold=True)
        if notes:
            sheet.cell(1, place).comment = Comment(notes[place - 1], "unreplies", height=120, width=320)
        for row, cell in enumerate(cells, 2):
            _put(sheet, row, place, cell, wrap=longest > 60 and heading not in narrow)
        width = 12 if heading in narrow else max(longest, len(heading) + 3)  # the button of the filter needs its place
        sheet.column_dimensions[get_column_letter(place)].width = min(max(width, 8), 60) + 1
    sheet.freeze_panes = "B2"
    sheet.auto_filter.ref = sheet.dimensions


def _width(cell) -> int:
    text = str(cell)
    return len(text) + sum(c > "\u2e7f" for c in text)  # Chinese characters are twice as wide


def _about_sheet(book, ds: Dataset, tables: list[tuple[dict, pd.DataFrame]]) -> None:
    from openpyxl.worksheet.hyperlink import Hyperlink

    sheet, row = book.create_sheet(_ABOUT), 0
    for key, text in _about(ds).items():
        row += 1
        _put(sheet, row, 1, key.capitalize(), bold=True)
        _put(sheet, row, 3, visible(text), bold=key == "title", wrap=True)
    row += 2
    for column, heading in enumerate(("Sheet", "Rows", "One row is"), 1):
        _put(sheet, row, column, heading, bold=True)
    codebook = (_CODEBOOK, sum(len(r["schema"]["fields"]) for r in ds.package["resources"]))
    listed = [(*codebook, "one column of one table: what it means, what it allows, what an empty cell says")]
    listed += [(its["name"], len(frame), its["description"].removeprefix("One row is ")) for its, frame in tables]
    for name, rows, one_row in listed:
        row += 1
        cell = _put(sheet, row, 1, name)
        cell.hyperlink = Hyperlink(ref=cell.coordinate, location=f"'{name}'!A1")
        cell.style = "Hyperlink"
        _put(sheet, row, 2, int(rows))
        _put(sheet, row, 3, visible(one_row), wrap=True)
    for letter, width in (("A", 26), ("B", 8), ("C", 110)):
        sheet.column_dimensions[letter].width = width


def _codebook_sheet(book, ds: Dataset) -> None:
    books = [ds.codebook(r["name"]).assign(table=r["name"]) for r in ds.package["resources"]]
    book_of_all = pd.concat(books).pipe(lambda frame: frame[["table", *frame.columns.drop("table")]])
    _sheet(book, _CODEBOOK, {name: [visible(str(c)) or None for c in book_of_all[name]] for name in book_of_all})


#: How each format is written, what its name ends on, which package it needs and where a clone has that.
_WRITERS = {
    "xlsx": (_xlsx, ".xlsx", "openpyxl", ".venv"),
    "parquet": (_parquet, "-parquet", "pyarrow", ".venv-more"),
    "sqlite": (_sqlite, ".sqlite"),
}
FORMATS = tuple(_WRITERS)
