"""The one table for readers: HTML that JupyterLab shows whole even where a notebook is not trusted, and text.

The HTML holds the rows behind it too, as CSV in an attribute that nothing shows: a page can offer them, and a check
that compares outputs compares them.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from html import escape as _html
from typing import Any

import pandas as pd
from pandas.api import types

from . import descriptor
from .text import day, escape, heading, label, visible

_CAPTION = "caption-side:top;text-align:left;font-weight:bold;padding-bottom:0.4em"
_LONG = 40  # characters: a longer cell is wrapped, and broken where it is one word
_YEARS = ("year", "decade")  # whole numbers that are no quantities
_FORMULA = tuple("=+-@＝＋－＠")  # what a spreadsheet may read as the beginning of a formula


class Table:
    """A table for readers; ``frame`` is the DataFrame behind it."""

    def __init__(self, frame: pd.DataFrame, caption: str):
        self.frame, self.caption = frame, caption

    def cells(self) -> pd.DataFrame:
        """Every cell as readers see it: codes as words, dates as far as they are known, numbers with two decimals."""
        dates = [name for name, dtype in self.frame.dtypes.items() if types.is_datetime64_any_dtype(dtype)]
        shown = {name: _words(self.frame, name) for name in self.frame if not _is_precision_of(name, dates)}
        return pd.DataFrame(shown, index=range(len(self.frame)), dtype="str")

    def titles(self) -> list[str]:
        """The headings of the columns: the descriptor's for columns of the data, `text.heading` for all others."""
        names, known = list(self.cells()), _titles()
        titles = [known.get(name, heading(name)) for name in names]
        return [heading(name) if titles.count(title) > 1 else title for name, title in zip(names, titles)]

    def __repr__(self) -> str:
        lines = self.cells().set_axis(self.titles(), axis="columns").to_string(index=False).split("\n")
        return "\n".join(map(visible, [self.caption, *lines]))

    def _repr_html_(self) -> str:
        cells, titles = self.cells(), self.titles()
        if len(set(titles)) < len(titles):
            raise ValueError(f"two columns of the table have the same heading: {', '.join(titles)}")
        sides = ["right" if _is_number(self.frame[name].dtype) else "left" for name in cells]
        head = "".join(
            f'<th scope="col" style="text-align:{side}">{escape(title)}</th>' for title, side in zip(titles, sides)
        )
        body = "".join(
            "<tr>" + "".join(_cell(cell, side) for cell, side in zip(row, sides)) + "</tr>\n"
            for row in cells.itertuples(index=False)
        )
        return (
            f'<table {with_rows(self.frame)}><caption style="{_CAPTION}">{escape(self.caption)}</caption>'
            f"<thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody></table>"
        )


def table(rows: pd.DataFrame, caption: str) -> Table:
    """Show a table to readers: its caption, readable headings, numbers to the right, no index.

    >>> table(pd.DataFrame({"member_states": [53]}), "African States")
    African States
    Member States
               53
    """
    return Table(rows, caption)


def csv(rows: pd.DataFrame) -> str:
    """Rows as CSV: codes, flags and dates as in the files of the data, numbers with six decimals, no index.

    Text that a spreadsheet would take for a formula gets an apostrophe; what text must not show anywhere is escaped.

    >>> print(csv(pd.DataFrame({"region": ["weog", "=1+1"], "share": [0.1 + 0.2, -2], "replied": [True, False]})))
    region,share,replied
    weog,0.3,true
    '=1+1,-2,false
    <BLANKLINE>
    """
    cells = {_inert(name): [_raw(cell) for cell in rows[name]] for name in rows}
    return pd.DataFrame(cells, index=range(len(rows)), dtype="str").to_csv(index=False, lineterminator="\n")


def with_rows(rows: pd.DataFrame) -> str:
    """The attribute of an HTML element that holds the rows behind it."""
    return f'data-csv="{_html(csv(rows))}"'


@functools.cache
def _titles() -> dict[str, str]:
    """The titles of the fields of the schema, of those that have one title in every table."""
    titles: dict[str, set[str]] = {}
    for resource in descriptor.own_descriptor(descriptor.own_folder())["resources"]:
        for field in resource["schema"]["fields"]:
            titles.setdefault(field["name"], set()).add(visible(field["title"]))
    return {name: title for name, (title, *others) in titles.items() if not others}


def _is_precision_of(name: object, dates: list) -> bool:
    return str(name).endswith("_precision") and str(name).removesuffix("_precision") in dates


def _is_number(dtype) -> bool:
    return types.is_numeric_dtype(dtype) and not types.is_bool_dtype(dtype)


def _words(frame: pd.DataFrame, name: str) -> list[str]:
    """The cells of a column as readers see them."""
    column, dtype = frame[name], frame[name].dtype
    if types.is_datetime64_any_dtype(dtype):
        precisions = frame.get(f"{name}_precision", pd.Series("day", frame.index)).astype("str")
        return ["" if pd.isna(date) else day(date, known) for date, known in zip(column, precisions)]
    show: Callable = _text
    if types.is_bool_dtype(dtype):
        show = {True: "yes", False: "no"}.__getitem__
    elif types.is_float_dtype(dtype) and not ((column.dropna() % 1 == 0) & (column.dropna().abs() < 1e15)).all():
        show = "{:,.2f}".format
    elif _is_number(dtype):
        show = str if str(name).endswith(_YEARS) else _whole
    elif isinstance(dtype, pd.CategoricalDtype):
        show = _code
    return ["" if types.is_scalar(cell) and pd.isna(cell) else show(cell) for cell in column]


def _raw(cell: Any) -> str:
    """A cell for other programs. More than six decimals may differ between processors and versions of Python."""
    if types.is_bool(cell):
        return str(cell).lower()
    if types.is_float(cell) and not pd.isna(cell):
        return f"{round(cell, 6) + 0.0:.15g}"
    if isinstance(cell, pd.Timestamp):
        return day(cell)
    if types.is_scalar(cell) and pd.isna(cell):
        return ""
    return str(cell) if types.is_number(cell) else _inert(cell)


def _inert(text: object) -> str:
    """Text as a spreadsheet shows it and does not compute it."""
    shown = visible(str(text))
    return f"'{shown}" if shown.startswith(_FORMULA) else shown


def _whole(number: float) -> str:
    return f"{int(number):,}"


def _code(code: object) -> str:
    return visible(label(str(code)))


def _text(value: object) -> str:
    return visible(str(value))


def _cell(text: str, side: str) -> str:
    wrap = ";max-width:36em;white-space:normal;overflow-wrap:break-word" if len(text) > _LONG else ""
    return f'<td style="text-align:{side};vertical-align:top{wrap}">{escape(text)}</td>'
