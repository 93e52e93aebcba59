"""How charts look: one palette, one size, one source line, one way to show them and to put them into words.

A chart is drawn once, in one style, and kept as SVG text, so that its bytes depend on the data and the versions of the
libraries alone, and a notebook's stored chart can be compared with a new one, letter by letter.
"""

from __future__ import annotations

import base64
import functools
import io
import re
import textwrap
import warnings
from collections.abc import Iterable

import pandas as pd

from .tables import with_rows
from .text import day, escape, label, visible

#: The palette of Okabe and Ito, safe for the colour-blind; no chart relies on colour alone.
INK, GREY, LIGHT, WHITE = "#1a1a1a", "#595959", "#d9d9d9", "#ffffff"
BLUE, VERMILION, SKY = "#0072b2", "#d55e00", "#a9cbe3"
WIDTH, NARROWEST = 8.0, 580  # inches; pixels below which a chart scrolls, so that its text stays readable
SOURCE = "Source: unreplies, from A/66/115 (2011), Chinese edition, and the public record"
MOST_IN_WORDS = 24  # one for each reply
KIND_MARKS = {
    "Member State": {"marker": "D", "s": 46, "facecolor": BLUE, "edgecolor": BLUE},
    "organization": {"marker": "o", "s": 54, "facecolor": WHITE, "edgecolor": INK, "linewidth": 1.4},
}
KIND_MARKS |= {"member_states": KIND_MARKS["Member State"], "organizations": KIND_MARKS["organization"]}
KIND_MARKS |= {f"percent_of_{kind}": KIND_MARKS[kind] for kind in ("member_states", "organizations")}
#: Marks of anything that is neither, in the order in which they are used.
MARKS = [
    {"marker": "s", "s": 42, "facecolor": VERMILION, "edgecolor": VERMILION},
    {"marker": "^", "s": 54, "facecolor": WHITE, "edgecolor": INK, "linewidth": 1.3},
    {"marker": "X", "s": 50, "facecolor": GREY, "edgecolor": GREY},
]
#: How the parts of a bar look, in the order in which they are used.
FILLS = [
    {"facecolor": BLUE, "hatch": ""},
    {"facecolor": SKY, "hatch": ""},
    {"facecolor": WHITE, "hatch": "////"},
    {"facecolor": WHITE, "hatch": ""},
]
#: How the states of a tile look, in the order in which they are used: what fills it, and its edge.
TILES = [
    {"facecolor": BLUE, "edgecolor": BLUE},
    {"facecolor": SKY, "edgecolor": SKY},
    {"facecolor": WHITE, "edgecolor": INK, "linestyle": (0, (1, 1.2)), "linewidth": 1.2},
    {"facecolor": WHITE, "edgecolor": GREY},
]
_RC = {
    "svg.hashsalt": "unreplies",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans", "Noto Sans CJK SC", "Noto Sans", "Arial", "sans-serif"],
    "font.size": 10,
    "text.parse_math": False,  # a name is no formula
    "text.color": INK,
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": GREY,
    "xtick.major.size": 0,
    "ytick.color": INK,
    "ytick.major.size": 0,
    "hatch.linewidth": 0.6,
    "hatch.color": GREY,
    "legend.frameon": False,
    "legend.borderaxespad": 0,
    "figure.facecolor": WHITE,
    "axes.facecolor": WHITE,
    "figure.dpi": 72,
}


class Chart:
    """A finished chart: ``svg`` (its text), ``title``, ``alt`` (what it shows, in words), ``table`` (the rows behind).

    It shows as HTML, an image of the SVG with its alternative text: that is what a notebook shows that nobody trusts
    yet, nothing in an image can run, and a check that compares outputs sees every letter of it, and every row behind.
    """

    def __init__(self, svg: str, title: str, alt: str, table: pd.DataFrame):
        self.svg, self.title, self.alt, self.table = svg, title, alt, table

    def _repr_html_(self) -> str:
        data = base64.b64encode(self.svg.encode()).decode()
        look = f"width:100%;min-width:{NARROWEST}px;max-width:800px"
        image = f'<img alt="{escape(self.alt)}" src="data:image/svg+xml;base64,{data}" style="{look}">'
        behind = f'data-title="{escape(self.title)}" {with_rows(self.table)}'
        return f'<figure {behind} style="margin:0;overflow-x:auto">{image}</figure>'

    def __repr__(self) -> str:
        return self.alt


def form(draw):
    """Decorate a form of chart: it is drawn in the project's style, whatever style the notebook has set."""

    @functools.wraps(draw)
    def styled(rows: pd.DataFrame, *arguments, **keywords) -> Chart:
        import matplotlib

        with matplotlib.rc_context():
            matplotlib.rcdefaults()
            matplotlib.rcParams.update(_RC)
            return draw(rows.reset_index(drop=True), *arguments, **keywords)

    return styled


def canvas(rows, measure: str, title: str, lines: float, legend: bool = False, across: int = 1):
    """A figure as high as its lines need, and its axes; room for title, measure and source is kept free."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    above = 0.2 + 0.22 * len(_title(title)) + 0.17 * len(_measure(measure))
    height = above + 0.45 + 0.25 * max(lines, 2) + 0.3 * legend
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    figure.get_layout_engine().set(rect=(0.005, 0.3 / height, 0.99, 1 - (above + 0.3) / height))
    FigureCanvasSVG(figure)
    axes = figure.subplots(1, across, sharey=across > 1)
    if not len(rows):
        for empty in figure.axes:
            empty.axis("off")
        figure.axes[0].text(0, 0.5, "There is nothing to show.", transform=figure.axes[0].transAxes)
    return figure, axes


def _title(title: str) -> list[str]:
    return textwrap.wrap(visible(" ".join(title.split())), 72)


def _measure(measure: str) -> list[str]:
    return textwrap.wrap(visible(" ".join(measure.split())), 100)


def looks_of(marks: Iterable[str]) -> list[dict]:
    """How each column's marks look: States and organizations as everywhere, all else in another way."""
    others = iter(MARKS)
    return [KIND_MARKS[column] if column in KIND_MARKS else next(others) for column in marks]


def looks_of_kinds(rows: pd.DataFrame, kind: str) -> dict[str, dict]:
    """How the marks of each kind of respondent look; one look for all where no column says the kind."""
    kinds = set(rows[kind]) if kind else set()
    return {value: KIND_MARKS[value] for value in ("Member State", "organization") if value in kinds} or {"": MARKS[0]}


def word(value: object) -> str:
    """A value as readers see it: a code as words, a date without the time of day."""
    if isinstance(value, pd.Timestamp):
        return day(value)
    return visible(label(value)) if isinstance(value, str) else visible(str(value))


def words_of(row: pd.Series, template: str, name: str = "") -> str:
    """A row in the words of a template; a mark's label leaves out the name, which the axis has."""
    values = {key: word(value) if isinstance(value, str | pd.Timestamp) else value for key, value in row.items()}
    if name:
        template = re.sub(rf"^{{{re.escape(name)}}}[:,]? *", "", template)
    return template.format_map(values)


def say(axes, x: float, y: float, words: str) -> None:
    axes.annotate(words, (x, y), (9, 0), textcoords="offset points", va="center", fontsize=10)


def names(axes, names: pd.Series) -> None:
    axes.set_yticks(range(len(names)), [textwrap.shorten(word(cell), 60, placeholder=" …") for cell in names])
    axes.set_ylim(len(names) - 0.5, -0.6)
    axes.spines["left"].set_visible(False)


def ticks(axis, values: pd.Series) -> None:
    """Few ticks; whole ones where all values are."""
    from matplotlib.ticker import MaxNLocator

    axis.set_major_locator(MaxNLocator(5, integer=bool((values.dropna().astype(float) % 1 == 0).all())))


def upright_grid(axes) -> None:
    """Pale vertical lines instead of a frame."""
    axes.spines["bottom"].set_visible(False)
    axes.grid(axis="x", color="#eeeeee", zorder=0)
    axes.set_axisbelow(True)


def date_axis(axes) -> None:
    from matplotlib import dates

    locator = dates.AutoDateLocator(minticks=3, maxticks=8)
    formatter = dates.ConciseDateFormatter(locator, show_offset=False)
    formatter.formats[1:] = ["%b %Y", *["%d %b"] * 4]
    formatter.zero_formats[1:] = ["%Y", "%b", *["%d %b"] * 3]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(formatter)
    upright_grid(axes)


def legend(axes, below: float = 0) -> None:
    """What the marks mean: above the axes, or so far below them, in parts of their height; nothing without marks."""
    if axes.get_legend_handles_labels()[0]:
        place = {"loc": "upper left", "bbox_to_anchor": (0, -below)} if below else {"loc": "lower left"}
        axes.legend(ncols=4, fontsize=10, handletextpad=0.3, columnspacing=1.4, **{"bbox_to_anchor": (0, 1)} | place)


def finish(figure, rows: pd.DataFrame, title: str, measure: str, each: str, totals: str) -> Chart:
    """Set title, measure and source, and put what the chart shows into words."""
    height, lines = figure.get_figheight(), _title(title)
    figure.text(0.005, 1 - 0.06 / height, "\n".join(lines), fontsize=13, fontweight="bold", va="top")
    below = (0.12 + 0.22 * len(lines)) / height
    figure.text(0.005, 1 - below, "\n".join(_measure(measure)), color=GREY, va="top")
    figure.text(0.005, 0.06 / height, SOURCE, fontsize=9, color=GREY, va="bottom")
    if not len(rows):
        said = "There is nothing to show"
    elif each and len(rows) <= MOST_IN_WORDS:
        said = "; ".join(words_of(row, each) for _, row in rows.iterrows())
    else:
        counted = f"{len(rows)} rows, which the table behind the chart has" if each else ""
        said = ": ".join(filter(None, (counted, totals)))
    alt = ". ".join(part.rstrip(".") for part in (" ".join(lines), " ".join(_measure(measure)), said)) + "."
    buffer = io.StringIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    svg = buffer.getvalue()
    svg = re.sub(r"<metadata>.*?</metadata>\s*", "", svg[svg.index("<svg ") :], count=1, flags=re.DOTALL)
    return Chart(svg.replace("<svg ", f'<svg role="img" aria-label="{escape(alt)}" ', 1), " ".join(lines), alt, rows)
