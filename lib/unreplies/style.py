"""How figures and tables look: one palette, one size, one source line, one way to show them.

A figure is drawn once, closed and kept as SVG text, so that its bytes depend on the data and the versions of the
libraries alone, and a notebook's stored figure can be compared with a new one, letter by letter.
"""

from __future__ import annotations

import io
import re
import textwrap
import warnings
from html import escape

import pandas as pd

#: Okabe and Ito's palette, safe for the colour-blind; no figure relies on colour alone.
INK, GREY, LIGHT, WHITE = "#1a1a1a", "#595959", "#d9d9d9", "#ffffff"
BLUE, ORANGE, GREEN, VERMILION, SKY = "#0072b2", "#e69f00", "#009e73", "#d55e00", "#56b4e9"
WIDTH = 8.0  # inches
SOURCE = "Source: unreplies, coded from A/66/115 (2011), Chinese edition"
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
    """A finished figure: ``svg`` (its text), ``alt`` (what it shows, in words) and ``table`` (the numbers behind it)."""

    def __init__(self, svg: str, alt: str, table: pd.DataFrame):
        self.svg, self.alt, self.table = svg, alt, table

    def _repr_mimebundle_(self, include=None, exclude=None):
        data = {"image/svg+xml": self.svg, "text/plain": self.alt}
        return data, {"image/svg+xml": {"alt": self.alt}}

    def __repr__(self) -> str:
        return self.alt


def canvas(height: float, rows: int = 1, columns: int = 1, **keywords):
    """A figure and its axes in the project's style, ``height`` inches high; finish it with `finish`."""
    import matplotlib

    with matplotlib.rc_context(_RC):
        from matplotlib.backends.backend_svg import FigureCanvasSVG
        from matplotlib.figure import Figure

        figure = Figure(figsize=(WIDTH, height))
        FigureCanvasSVG(figure)
        axes = figure.subplots(rows, columns, **keywords)
    return figure, axes


def finish(figure, title: str, measure: str, alt: str, table: pd.DataFrame) -> Chart:
    """Set the finding as title, the measure with its denominator beneath, the source at the foot; return a `Chart`.

    >>> figure, axes = canvas(2)
    >>> chart = finish(figure, "Two of three replied", "Replies, of 3 States", "Dots.", pd.DataFrame({"n": [2]}))
    >>> chart.svg.startswith('<svg role="img" aria-label="Two of three replied. Dots."')
    True
    """
    import matplotlib

    title = textwrap.fill(" ".join(title.split()), 68)
    height = figure.get_figheight()
    figure.text(0.01, 1 - 0.08 / height, title, fontsize=13, fontweight="bold", va="top")
    lines = title.count("\n") + 1
    figure.text(0.01, 1 - (0.14 + 0.21 * lines) / height, measure, fontsize=10, color=GREY, va="top")
    figure.text(0.01, 0.06 / height, SOURCE, fontsize=8, color=GREY, va="bottom")
    top = 1 - (0.42 + 0.21 * lines + 0.16 * measure.count("\n")) / height
    figure.subplots_adjust(top=min(top, 0.95), bottom=max(figure.subplotpars.bottom, 0.32 / height))
    buffer = io.StringIO()
    with matplotlib.rc_context(_RC), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg ") :]
    svg = re.sub(r"<metadata>.*?</metadata>\s*", "", svg, count=1, flags=re.DOTALL)
    words = f"{' '.join(title.split())}. {alt}"
    return Chart(svg.replace("<svg ", f'<svg role="img" aria-label="{escape(words)}" ', 1), words, table)


def table(rows: pd.DataFrame, caption: str) -> pd.io.formats.style.Styler:
    """A table for readers: the caption, readable headings, numbers to the right, no index.

    Column names become headings (underscores read as spaces); shares between 0 and 1 are to be formatted before.
    """
    shown = rows.rename(
        columns=lambda name: str(name).replace("_", " ").strip().capitalize() if str(name).islower() else name
    )
    numbers = [
        c for c in shown.columns if pd.api.types.is_numeric_dtype(shown[c]) and not pd.api.types.is_bool_dtype(shown[c])
    ]
    others = [c for c in shown.columns if c not in numbers]
    return (
        shown.style.hide(axis="index")
        .set_caption(caption)
        .set_uuid(re.sub(r"\W+", "-", caption.lower())[:40])
        .format(na_rep="", precision=2, escape="html")
        .set_properties(subset=numbers, **{"text-align": "right"})
        .set_properties(subset=others, **{"text-align": "left"})
        .set_table_styles(
            [{"selector": "caption", "props": "text-align: left; font-weight: bold; padding-bottom: 0.4em"}]
            + [
                {"selector": f"th.col{i}", "props": f"text-align: {'right' if c in numbers else 'left'}"}
                for i, c in enumerate(shown.columns)
            ]
        )
    )
