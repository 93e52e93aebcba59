"""Write the tables as a workbook that explains itself: typed cells, no formula, the same bytes for the same data."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pandas as pd
from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.writer.excel import ExcelWriter

from .dataset import Dataset
from .errors import DataError, Fault
from .export import Table, about, tables
from .text import visible

_ILLEGAL = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]|_x[0-9A-Fa-f]{4}_")
_MOST_TEXT, _MOST_INTEGER, _FIRST_DAY = 32_767, 2**53, dt.date(1900, 3, 1)
_NARROW = ("spans", "sha256")  # columns that nobody reads


def write(ds: Dataset, path: Path, say: Callable[[str], object]) -> None:
    """Write a dataset as a workbook; raises `DataError` for what a workbook would cut, change or refuse."""
    sheets = list(tables(ds))
    if faults := [fault for table in sheets for fault in _refused(table)]:
        raise DataError(faults)
    book = _Book(ds)
    book.about(about(ds), sheets, sum(len(its["schema"]["fields"]) for its in ds.package["resources"]))
    book.codebook(ds)
    for table in sheets:
        columns = {field["name"]: table.cells(field) for field in table.fields}
        book.sheet(table.name, columns, [f"{field['title']}. {field['description']}" for field in table.fields])
        say(table.progress)
    path.write_bytes(book.content())


def _refused(table: Table) -> Iterator[Fault]:
    for field in table.fields:
        for row, cell in enumerate(table.cells(field), 1):
            if message := _why(cell):
                yield Fault(table.name, row, field["name"], str(cell)[:80], "xlsx", message)


def _why(cell) -> str:
    """Why a workbook cannot hold a cell as it is."""
    if isinstance(cell, str):
        if bad := _ILLEGAL.search(cell):
            return f"a workbook cannot hold {bad[0]!r}"
        if len(cell) > _MOST_TEXT:
            return f"a cell of a workbook holds {_MOST_TEXT:,} characters, not {len(cell):,}"
    elif isinstance(cell, int) and abs(cell) > _MOST_INTEGER:
        return f"a workbook holds whole numbers exactly up to {_MOST_INTEGER:,}"
    elif isinstance(cell, dt.date) and cell < _FIRST_DAY:
        return f"the calendar of a workbook is right from {_FIRST_DAY} on"
    return ""


class _Book:
    def __init__(self, ds: Dataset):
        self.book = Workbook()
        self.book.remove(self.book.active)
        its, made = self.book.properties, dt.datetime.fromisoformat(ds.package["created"])
        its.creator, its.title = "unreplies", visible(ds.package["title"])
        its.created = its.modified = made.replace(tzinfo=None)
        self._look = cache(self._look)  # put together once: for every cell it would take most of the time

    def _look(self, quoted: bool, date: bool, bold: bool, wrap: bool):
        """How a cell looks."""
        cell = Cell(self.book.worksheets[0])
        cell.alignment, cell.font = Alignment(vertical="top", wrap_text=wrap), Font("Calibri", 11, bold)
        cell.quotePrefix, cell.number_format = quoted, "yyyy-mm-dd" if date else "General"
        return cell._style

    def put(self, sheet, row: int, column: int, value, bold: bool = False, wrap: bool = False) -> Cell:
        """Write one cell; text stays text, whatever it begins with."""
        cell, text = sheet.cell(row, column, value), isinstance(value, str)
        if text:
            cell.data_type = "s"
        cell._style = self._look(text and not value[:1].isalpha(), isinstance(value, dt.date), bold, wrap)
        return cell

    def sheet(self, name: str, columns: dict[str, list], notes: list[str] = ()) -> None:
        """A sheet with these columns, a note on each head, a filter, and heads that stay in sight."""
        sheet = self.book.create_sheet(name)
        for place, (head, cells) in enumerate(columns.items(), 1):
            longest, narrow = max(map(_width, cells), default=0), head in _NARROW
            self.put(sheet, 1, place, visible(head), bold=True)
            for row, cell in enumerate(cells, 2):
                if cell is not None:
                    self.put(sheet, row, place, cell, wrap=longest > 60 and not narrow)
            width = 12 if narrow else max(longest, len(head) + 3, 8)  # the button of the filter needs its place
            sheet.column_dimensions[get_column_letter(place)].width = min(width, 60) + 1
        for head, note in zip(sheet[1], notes):
            head.comment = Comment(visible(note), "unreplies", height=120, width=320)
        sheet.freeze_panes, sheet.auto_filter.ref = "B2", sheet.dimensions

    def about(self, words: dict[str, str], sheets: list[Table], n_fields: int) -> None:
        """The first sheet: what the data are, and a list of the others."""
        sheet = self.book.create_sheet("about")
        for row, (key, text) in enumerate(words.items(), 1):
            self.put(sheet, row, 1, key.capitalize(), bold=True)
            self.put(sheet, row, 3, visible(text), bold=key == "title", wrap=True)
        first = len(words) + 2
        for column, head in enumerate(("Sheet", "Rows", "One row is"), 1):
            self.put(sheet, first, column, head, bold=True)
        explained = "one column of one table: what it means, what it allows, what an empty cell says"
        listed = [("codebook", n_fields, explained)]
        listed += [(its.name, len(its.frame), its.description.removeprefix("One row is ")) for its in sheets]
        for row, (name, rows, one_row) in enumerate(listed, first + 1):
            cell = self.put(sheet, row, 1, name)
            cell.hyperlink, cell.style = Hyperlink(cell.coordinate, location=f"'{name}'!A1"), "Hyperlink"
            self.put(sheet, row, 2, rows)
            self.put(sheet, row, 3, visible(one_row), wrap=True)
        for letter, width in (("A", 28), ("B", 8), ("C", 110)):
            sheet.column_dimensions[letter].width = width

    def codebook(self, ds: Dataset) -> None:
        """The second sheet: every column of every table."""
        fields = pd.concat({name: ds.codebook(name) for name in ds}, names=["table"]).reset_index("table")
        self.sheet("codebook", {name: [visible(str(c)) or None for c in fields[name]] for name in fields})

    def content(self) -> bytes:
        """The file, written once more without the time of day, so that the same data make the same bytes."""
        draft, whole = io.BytesIO(), io.BytesIO()
        ExcelWriter(self.book, zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED)).save()
        with zipfile.ZipFile(draft) as old, zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as new:
            for part in old.namelist():
                new.writestr(zipfile.ZipInfo(part, (1980, 1, 1, 0, 0, 0)), old.read(part), zipfile.ZIP_DEFLATED)
        return whole.getvalue()


def _width(cell) -> int:
    text = "" if cell is None else str(cell)
    return len(text) + sum(c > "\u2e7f" for c in text)  # Chinese characters are twice as wide
