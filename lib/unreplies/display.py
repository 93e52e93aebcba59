"""How a table of the dataset shows in Jupyter and at the prompt: a DataFrame in everything but its display."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from .tables import Table
from .text import escape, heading, visible

_LONG, _LONGEST = 40, 2000  # characters: from where on a cell is wrapped, and where it is cut


class About(NamedTuple):
    """Which table the rows are of: its ``title``, its ``titles`` by field, its ``plumbing`` fields."""

    title: str
    titles: dict[str, str]
    plumbing: tuple[str, ...]


class TableFrame(pd.DataFrame):
    """A pandas DataFrame that shows itself with care; what is done with it, and all that is in it, is as in pandas.

    While the rows are whole, the fields that ``datapackage.json`` marks as ``plumbing`` (offsets and hashes) are in the
    frame and not in its display, which names them; joined columns change nothing about that. Once columns are chosen,
    all the chosen ones are shown. Long text is wrapped; dates are days; an empty cell is empty; what could run,
    or turn the reading direction, is shown escaped.

    >>> import unreplies as ur
    >>> passages = ur.load().passages
    >>> isinstance(passages, pd.DataFrame), "sha256" in passages, passages.hidden()
    (True, True, ['spans', 'sha256'])
    >>> passages[["passage_id", "sha256"]].hidden()
    []
    """

    _metadata = ["_about"]  # noqa: RUF012 (so pandas wants it)
    _about: About | None = None

    @property
    def _constructor(self):
        return TableFrame

    def _constructor_from_mgr(self, mgr, axes):  # as geopandas does: without it pandas copies every block once more
        return TableFrame._from_mgr(mgr, axes)

    def __finalize__(self, other, method=None, **keywords):
        result = super().__finalize__(other, method=method, **keywords)
        partners = [its for its in getattr(other, "input_objs", ()) if isinstance(its, TableFrame)]  # merge, concat
        if partners and self._about is None:
            self._about = partners[0]._about
        return result

    def _whole(self) -> bool:
        return self._about is not None and set(self._about.titles) <= set(self.columns)

    def hidden(self) -> list[str]:
        """The columns that the display leaves out."""
        return [name for name in self._about.plumbing if name in self.columns] if self._whole() else []

    def show(self, labels: bool = True, plumbing: bool = False):
        """Show all rows to a reader: with titles and words for codes, with the plumbing columns if asked.

        Returns what Jupyter displays: a `style.Table`, or without ``labels`` these rows.

        >>> import unreplies as ur
        >>> ur.load().measures.head(1).show()
        Measures: 1 row
        Passage   Category   Status    Level
        ...
        """
        rows = self.copy(deep=False) if plumbing else self.drop(columns=self.hidden())
        about = self._about if self._whole() else About("", {}, ())
        if not labels:
            rows._about = about._replace(plumbing=())
            return rows
        count = "1 row" if len(rows) == 1 else f"{len(rows):,} rows"
        return _Titled(rows, f"{about.title}: {count}" if about.title else count, about.titles)

    def _caption(self) -> str:
        size = f"{len(self):,} {'row' if len(self) == 1 else 'rows'} × {self.shape[1]} columns"
        return f"{self._about.title}: {size}" if self._whole() else size

    def _note(self) -> str:
        return f"Not shown: {', '.join(self.hidden())}; .show(plumbing=True) shows them." if self.hidden() else ""

    def __repr__(self) -> str:
        text = repr(pd.DataFrame(self).drop(columns=self.hidden()))
        return "\n".join(map(visible, [*text.split("\n"), *([self._note()] if self._note() else [])]))

    def _repr_html_(self) -> str | None:
        option = pd.get_option
        if self.columns.nlevels + self.index.nlevels > 2 or option("display.large_repr") == "info":
            return super()._repr_html_()
        if not option("display.notebook_repr_html"):
            return None
        frame = pd.DataFrame(self).drop(columns=self.hidden())
        rows = _ends(len(frame), option("display.max_rows"), option("display.min_rows"))
        columns = _ends(frame.shape[1], option("display.max_columns"))
        sides = ["left" if place is None else _side(frame.dtypes.iloc[place]) for place in columns]
        corner = f"<th scope='col'>{_text(frame.index.name)}</th>" if frame.index.name is not None else "<td></td>"
        head = "".join(
            f"<th scope='col' style='text-align:{side}'>{'…' if place is None else _text(frame.columns[place])}</th>"
            for place, side in zip(columns, sides)
        )
        body = []
        for row in rows:
            name = "…" if row is None else _text(frame.index[row])
            cells = [
                _cell("…" if None in (row, place) else frame.iat[row, place], side)
                for place, side in zip(columns, sides)
            ]
            body.append(f"<tr><th scope='row'>{name}</th>{''.join(cells)}</tr>")
        return (
            "<table class='dataframe'>"
            f"<caption style='text-align:left;font-weight:bold'>{_text(self._caption())}</caption>"
            f"<thead><tr>{corner}{head}</tr></thead><tbody>{''.join(body)}</tbody></table>"
            + (f"<p>{_text(self._note())}</p>" if self._note() else "")
        )


class _Titled(Table):
    """A table for readers under the titles that the descriptor gives its fields."""

    def __init__(self, frame: pd.DataFrame, caption: str, titles: dict[str, str]):
        super().__init__(frame, caption)
        self._descriptor_titles = titles

    def titles(self) -> list[str]:
        names = list(self.cells())
        titles = [self._descriptor_titles.get(name, heading(name)) for name in names]
        return [title if titles.count(title) == 1 else f"{title} ({name})" for title, name in zip(titles, names)]


def rows_of(resource: dict, frame: pd.DataFrame) -> TableFrame:
    """The rows of a table that the descriptor describes, joined columns included, as they are to be shown."""
    fields = resource["schema"]["fields"]
    plumbing = tuple(field["name"] for field in fields if field.get("plumbing"))
    rows = TableFrame(frame)
    rows._about = About(resource["title"], {field["name"]: field["title"] for field in fields}, plumbing)
    return rows


def _ends(count: int, most: int | None, least: int | None = None) -> list[int | None]:
    """The places that are shown, as pandas chooses them: all, or the first and the last with None between."""
    if not most or count <= most:
        return list(range(count))
    half = max(min(least or most, most) // 2, 1)
    return [*range(half), None, *range(count - half, count)]


def _side(dtype) -> str:
    return "right" if pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_bool_dtype(dtype) else "left"


def _text(value: object) -> str:
    text = visible(str(value))
    return escape(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text):,} characters)")


def _cell(value: object, side: str) -> str:
    style = f"text-align:{side}"
    if pd.api.types.is_scalar(value) and pd.isna(value):
        text = ""
    elif pd.api.types.is_bool(value):
        text = str(value).lower()
        style += "" if value else ";opacity:.7"
    elif isinstance(value, pd.Timestamp) and value == value.normalize():
        text = f"{value:%Y-%m-%d}"
        style += ";white-space:nowrap"
    elif isinstance(value, float) and (value == 0 or 1e-4 <= abs(value) < 1e15):
        text = f"{value:.6f}".rstrip("0").rstrip(".")
    else:
        text = _text(value)
        if len(text) > _LONG:
            style += ";min-width:18em;max-width:36em;white-space:normal;overflow-wrap:anywhere"
        elif " " not in text:
            style += ";white-space:nowrap"
    return f"<td style='{style}'>{text}</td>"
