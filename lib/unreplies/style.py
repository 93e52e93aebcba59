"""How figures and tables look: one palette, one size, one source line, one way to show them.

A figure is drawn once, closed and kept as SVG text, so that its bytes depend on the data and the versions of the
libraries alone, and a notebook's stored figure can be compared with a new one, letter by letter.
"""

from __future__ import annotations

import base64
import functools
import io
import re
import textwrap
import warnings

import pandas as pd

from .tables import table
from .text import escape, heading, label

__all__ = ["Chart", "canvas", "drawn", "finish", "heading", "label", "table"]

#: The palette of Okabe and Ito, safe for the colour-blind; no figure relies on colour alone.
INK, GREY, LIGHT, WHITE = "#1a1a1a", "#595959", "#d9d9d9", "#ffffff"
BLUE, VERMILION, SKY = "#0072b2", "#d55e00", "#56b4e9"
WIDTH = 8.0  # inches
SOURCE = "Source: unreplies, from A/66/115 (2011), Chinese edition, and the public record"
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
    """A finished figure: ``svg`` (its text), ``alt`` (what it shows, in words), ``table`` (the numbers behind it).

    It shows as HTML, an image of the SVG with its alternative text: that is what a notebook shows that nobody trusts
    yet, nothing in an image can run, and a check that compares outputs sees every letter of it.
    """

    def __init__(self, svg: str, alt: str, table: pd.DataFrame):
        self.svg, self.alt, self.table = svg, alt, table

    def _repr_html_(self) -> str:
        data = base64.b64encode(self.svg.encode()).decode()
        image = f'<img alt="{escape(self.alt)}" src="data:image/svg+xml;base64,{data}" style="max-width:100%">'
        return f'<figure style="margin:0">{image}</figure>'

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
