"""How figures and tables look: one palette, one size, one source line, one way to show them.

A figure is drawn once, closed and kept as SVG text, so that its bytes depend on the data and the versions of the
libraries alone, and a notebook's stored figure can be compared with a new one, letter by letter.
"""

from __future__ import annotations

import functools
import hashlib
import io
import re
import textwrap
import warnings
from html import escape

import pandas as pd

from .descriptor import visible

#: The palette of Okabe and Ito, safe for the colour-blind; no figure relies on colour alone.
INK, GREY, LIGHT, WHITE = "#1a1a1a", "#595959", "#d9d9d9", "#ffffff"
BLUE, VERMILION, SKY = "#0072b2", "#d55e00", "#56b4e9"
WIDTH = 8.0  # inches
SOURCE = "Source: unreplies, from A/66/115 (2011), Chinese edition, and the public record"
#: What readers see instead of codes; a code that is not here loses its underscores.
LABELS = {
    "african": "African States",
    "asia_pacific": "Asia-Pacific States",
    "eastern_european": "Eastern European States",
    "grulac": "Latin American and Caribbean States",
    "weog": "Western European and other States",
    "none": "In no group",
    "en": "English",
    "es": "Spanish",
    "ru": "Russian",
    "co_organizer": "co-organizer",
    "un_body": "United Nations body",
    "global_org": "global organization",
    "regional_org": "regional organization",
}
#: Headings that a column name alone does not give.
HEADINGS = {
    "reply_id": "Reply",
    "passage_id": "Passage",
    "event_id": "Event",
    "n_chars": "Characters",
    "n_passages": "Passages",
    "category_label": "Measure",
    "resolution_1540": "Resolution 1540 (2004)",
    "member_states": "Member States",
    "m49_region": "M49 region",
    "m49_subregion": "M49 sub-region",
    "surface": "As printed",
    "what_en": "What is counted",
    "title_en": "Event",
}
_RC = {
    "svg.hashsalt": "unreplies",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans", "Noto Sans CJK SC", "Noto Sans", "Arial", "sans-serif"],
    "font.size": 10,
    "text.color": INK,
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": GREY,
    "ytick.color": INK,
    "figure.facecolor": WHITE,
    "axes.facecolor": WHITE,
    "figure.dpi": 72,
}


class Chart:
    """A finished figure: ``svg`` (its text), ``alt`` (what it shows, in words), ``table`` (the numbers behind it)."""

    def __init__(self, svg: str, alt: str, table: pd.DataFrame):
        self.svg, self.alt, self.table = svg, alt, table

    def _repr_mimebundle_(self, include=None, exclude=None):
        data = {"image/svg+xml": self.svg, "text/plain": self.alt}
        return data, {"image/svg+xml": {"alt": self.alt}}

    def __repr__(self) -> str:
        return self.alt


def drawn(draw):
    """Decorate a function that draws: it sees the project's style alone, whatever style the notebook has set."""

    @functools.wraps(draw)
    def styled(*arguments, **keywords):
        import matplotlib

        with matplotlib.rc_context():
            matplotlib.rcdefaults()
            matplotlib.rcParams.update(_RC)
            return draw(*arguments, **keywords)

    return styled


def canvas(height: float, rows: int = 1, columns: int = 1, **sharing):
    """A figure and its axes, ``height`` inches high, inside a function that is `drawn`; finish it with `finish`.

    >>> figure, axes = canvas(2)
    >>> float(figure.get_figwidth())
    8.0
    """
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, height))
    figure.subplots_adjust(top=0.97)  # `finish` makes room for title and measure; less is the caller's choice
    FigureCanvasSVG(figure)
    return figure, figure.subplots(rows, columns, **sharing)


def finish(figure, title: str, measure: str, alt: str, table: pd.DataFrame) -> Chart:
    """Set the finding as title, the measure with its denominator beneath, the source at the foot; return a `Chart`.

    >>> @drawn
    ... def draw():
    ...     figure, axes = canvas(2)
    ...     return finish(figure, "Two of three replied", "Replies, of 3 States", "Dots.", pd.DataFrame({"n": [2]}))
    >>> draw().svg.startswith('<svg role="img" aria-label="Two of three replied. Dots."')
    True
    """
    title = textwrap.fill(" ".join(title.split()), 70)
    height = figure.get_figheight()
    figure.text(0.01, 1 - 0.08 / height, title, fontsize=13, fontweight="bold", va="top")
    lines = title.count("\n") + 1
    figure.text(0.01, 1 - (0.14 + 0.21 * lines) / height, measure, fontsize=10, color=GREY, va="top")
    figure.text(0.01, 0.06 / height, SOURCE, fontsize=8, color=GREY, va="bottom")
    top = 1 - (0.42 + 0.21 * lines + 0.16 * measure.count("\n")) / height
    figure.subplots_adjust(top=min(top, figure.subplotpars.top), bottom=max(figure.subplotpars.bottom, 0.32 / height))
    buffer = io.StringIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg ") :]
    svg = re.sub(r"<metadata>.*?</metadata>\s*", "", svg, count=1, flags=re.DOTALL)
    words = f"{' '.join(title.split())}. {alt}"
    return Chart(svg.replace("<svg ", f'<svg role="img" aria-label="{escape(words)}" ', 1), words, table)


class Table:
    """A table for readers; ``frame`` is the DataFrame behind it."""

    def __init__(self, frame: pd.DataFrame, caption: str):
        self.frame, self.caption = frame, caption

    def __repr__(self) -> str:
        lines = self._readable().to_string(index=False, na_rep="").split("\n")
        return "\n".join(map(visible, [self.caption, *lines]))

    def _readable(self) -> pd.DataFrame:
        """Codes as words, dates as far as they are known, whole numbers without a point."""
        frame = self.frame.copy()
        precisions = {f"{name}_precision" for name in frame.select_dtypes("datetime").columns}
        for name, dtype in self.frame.dtypes.items():
            if name in precisions:
                frame = frame.drop(columns=name)
            elif isinstance(dtype, pd.CategoricalDtype):
                frame[name] = frame[name].astype("str").map(lambda code: visible(label(code)), na_action="ignore")
            elif pd.api.types.is_datetime64_any_dtype(dtype):
                known = {"day": 10, "month": 7, "year": 4}
                lengths = self.frame.get(f"{name}_precision", pd.Series("day", frame.index)).astype("str").map(known)
                days = frame[name].dt.strftime("%Y-%m-%d")
                frame[name] = [day if pd.isna(day) else day[: int(n)] for day, n in zip(days, lengths)]
            elif (
                pd.api.types.is_float_dtype(dtype)
                and (frame[name].dropna() % 1 == 0).all()
                and frame[name].max() < 1e15
            ):
                frame[name] = frame[name].astype("Int64")
            elif pd.api.types.is_string_dtype(dtype) or pd.api.types.is_object_dtype(dtype):
                frame[name] = frame[name].map(lambda cell: visible(cell) if isinstance(cell, str) else cell)
        return frame

    def _repr_html_(self) -> str:
        frame = self._readable().rename(columns=heading).reset_index(drop=True)
        if frame.columns.has_duplicates:
            raise ValueError(f"two columns of the table have the same heading: {', '.join(map(str, frame.columns))}")
        numbers = [
            name
            for name, dtype in frame.dtypes.items()
            if pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_bool_dtype(dtype)
        ]
        sides = ["right" if name in numbers else "left" for name in frame.columns]
        styler = frame.style.hide(axis="index").set_caption(escape(visible(self.caption)))
        styler.format(na_rep="", precision=2, thousands=",", escape="html").format_index(escape="html", axis="columns")
        styler.set_uuid(hashlib.sha256(f"{self.caption}\n{frame.to_csv()}".encode()).hexdigest()[:12])
        for side in ("left", "right"):
            styler.set_properties(
                subset=[name for name, its in zip(frame.columns, sides) if its == side], **{"text-align": side}
            )
        styler.set_table_styles(
            [{"selector": "caption", "props": "text-align: left; font-weight: bold; padding-bottom: 0.4em"}]
            + [{"selector": f"th.col{place}", "props": f"text-align: {side}"} for place, side in enumerate(sides)]
        )
        return styler.to_html()


def label(code: str) -> str:
    """What readers see instead of a code.

    >>> label("weog"), label("not_reproduced")
    ('Western European and other States', 'not reproduced')
    """
    return LABELS.get(code, code.replace("_", " "))


def heading(name: object) -> str:
    """A column name as a heading; a name with capitals stays.

    >>> heading("original_language"), heading("reply_id"), heading("Member States")
    ('Original language', 'Reply', 'Member States')
    """
    if name in HEADINGS:
        return HEADINGS[name]
    words = visible(str(name)).removesuffix("_en").replace("_", " ")
    return words[:1].upper() + words[1:] if words.islower() else words


def table(rows: pd.DataFrame, caption: str) -> Table:
    """Show a table to readers: its caption, readable headings, numbers to the right, no index.

    >>> table(pd.DataFrame({"member_states": [53]}), "African States")
    African States
    member_states
               53
    """
    return Table(rows, caption)
