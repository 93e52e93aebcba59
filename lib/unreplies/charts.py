"""Six forms of chart, each drawn from a table; what a chart says is the caller's.

``dots``, ``bars``, ``matrix``, ``timeline``, ``tiles`` and ``scatter`` take a table with one row a mark (or line of
marks), the finding as ``title``, and as ``measure`` what is counted and of how many. ``each`` is a template that says
one row in words, ``"{regional_group}: {replied} of {member_states}"``: it labels the marks, and the alternative text is
made of it. A filled diamond is a Member State and an open circle an organization, here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from .style import (
    BLUE,
    FILLS,
    GREY,
    INK,
    LIGHT,
    MOST_IN_WORDS,
    TILES,
    VERMILION,
    WHITE,
    Chart,
    canvas,
    date_axis,
    finish,
    form,
    legend,
    looks_of,
    looks_of_kinds,
    names,
    say,
    ticks,
    upright_grid,
    word,
    words_of,
)
from .text import visible


@form
def dots(
    rows: pd.DataFrame,
    name: str,
    marks: Mapping[str, str],
    *,
    title: str,
    measure: str,
    each: str,
    low: str = "",
    high: str = "",
) -> Chart:
    """One line a row, with a mark for each column of ``marks`` (its words for the legend); ``name`` is the row's label.

    ``low`` and ``high`` are the columns of an interval around the first mark.

    >>> rows = pd.DataFrame({"group": ["weog", "grulac"], "replied": [1, 3], "size": [29, 33]})
    >>> chart = dots(rows, "group", {"replied": "replies"}, title="Few replied", measure="Replies by group",
    ...              each="{group}: {replied} of {size}")
    >>> print(chart)
    Few replied. Replies by group. Western European and other States: 1 of 29; Latin American and ...: 3 of 33.
    """
    figure, axes = canvas(rows, measure, title, len(rows), bool(len(marks) > 1))
    columns = [*marks, *filter(None, (low, high))]
    for y, row in rows.iterrows():
        values = row[columns].dropna().astype(float)
        axes.hlines(y, values.min(), values.max(), color=GREY if low else LIGHT, linewidth=1.2 if low else 2, zorder=1)
        say(axes, values.max(), y, words_of(row, each, name))
    for look, (column, words) in zip(looks_of(marks), marks.items()):
        axes.scatter(rows[column].astype(float), rows.index, label=words, zorder=3, clip_on=False, **look)
    names(axes, rows[name])
    ticks(axes.xaxis, rows[next(iter(marks))])
    upright_grid(axes)
    if not low:
        axes.set_xlim(left=min(0, axes.get_xlim()[0]))  # a distance from zero is what the place of a mark says
    if len(marks) > 1:
        legend(axes)
    totals = "; ".join(f"{words} {rows[column].sum():g}" for column, words in marks.items())
    return finish(figure, rows, title, measure, each, totals)


@form
def bars(
    rows: pd.DataFrame, name: str, parts: Mapping[str, str], *, title: str, measure: str, each: str, whole: str = ""
) -> Chart:
    """One bar a row, its ``parts`` (columns, with their words for the legend) one after the other.

    ``whole`` is the column of the denominator, drawn as a pale bar behind.

    >>> rows = pd.DataFrame({"name": ["a"], "n": [2], "of": [3]})
    >>> print(bars(rows, "name", {"n": "replied"}, title="T", measure="M", each="{name}: {n} of {of}", whole="of"))
    T. M. a: 2 of 3.
    """
    figure, axes = canvas(rows, measure, title, len(rows), len(parts) > 1)
    if whole:
        axes.barh(rows.index, rows[whole].astype(float), height=0.66, color="#eeeeee", edgecolor=LIGHT, linewidth=0.7)
    left = pd.Series(0.0, rows.index)
    for fill, (column, words) in zip(FILLS, parts.items()):
        values = rows[column].astype(float)
        shown = values.where(values > 0)  # a bar of no length would still draw its edge
        axes.barh(rows.index, shown, left=left, height=0.66, edgecolor=INK, linewidth=0.7, label=words, **fill)
        left = left + values
    for y, row in rows.iterrows():
        say(axes, max(left[y], float(row[whole]) if whole else 0), y, words_of(row, each, name))
    names(axes, rows[name])
    axes.set_xlim(left=0)
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    if len(parts) > 1:
        legend(axes)
    totals = "; ".join(f"{words} {rows[column].sum():g}" for column, words in parts.items())
    return finish(figure, rows, title, measure, each, totals)


@form
def matrix(
    rows: pd.DataFrame,
    name: str,
    columns: Mapping[str, str],
    *,
    title: str,
    measure: str,
    each: str = "",
    group: str = "",
    marked: str = "",
    total: str = "",
    totals: Iterable[str] = (),
    signs: Mapping[str, str] = {},
) -> Chart:
    """One line a row and one column each of ``columns`` (with its heading); a cell shows its number, darker for more.

    An empty cell, or a 0, shows a dot; text shows as it is, or a code by one of ``signs``, the first of which is the
    darkest, and adds one. Where the value of ``group`` changes a line is drawn, and around the column ``marked`` a
    frame; ``total`` is the name of a first line that adds the columns up, and columns in ``totals`` are not shaded.

    >>> rows = pd.DataFrame({"name": ["a", "b"], "x": [1, 0], "y": [2, 3]})
    >>> print(matrix(rows, "name", {"x": "X", "y": "Y"}, title="T", measure="M", each="{name}: {x}, {y}"))
    T. M. a: 1, 2; b: 0, 3.
    """
    import seaborn

    numbers = rows[list(columns)].apply(pd.to_numeric, errors="coerce").astype(float)
    numbers = numbers.where(numbers.notna(), rows[list(columns)].map(_sign, signs=signs).ne("·").astype(float))
    summed = {column: " ".join(words.split()) for column, words in columns.items() if column not in set(totals)}
    sums = "; ".join(f"{words} {numbers[column].sum():g}" for column, words in summed.items())
    drawn = rows  # the table of the chart and its words are without the first line that adds up
    if total:
        first = pd.DataFrame([{name: total} | numbers.sum().astype(int).to_dict()])
        drawn = pd.concat([first, rows], ignore_index=True)
        numbers = drawn[list(columns)].astype(float)
    headings = ["\n".join(map(visible, words.split("\n"))) for words in columns.values()]
    longest = max((len(line) for words in headings for line in words.split("\n")), default=0)
    turned = longest * len(headings) > 70
    above = longest * 0.26 if turned else max((0.65 * words.count("\n") for words in headings), default=0)
    figure, axes = canvas(rows, measure, title, len(drawn) * 0.82 + 1.2 + above)
    if rows.empty:
        return finish(figure, rows, title, measure, each, "")
    shown = drawn[list(columns)].map(_sign, signs=signs)
    shade = numbers.assign(**dict.fromkeys(totals, 0.0))
    for depth, sign in enumerate(reversed(signs.values()), 1):
        shade = shade.mask(shown == sign, float(depth))
    look = {"cmap": seaborn.light_palette(BLUE, as_cmap=True), "linewidths": 1, "linecolor": WHITE}
    seaborn.heatmap(shade, annot=shown, fmt="", vmin=0, cbar=False, annot_kws={"fontsize": 10}, ax=axes, **look)
    _headings(axes, headings, turned, [word(cell) for cell in drawn[name]])
    _lines(axes, drawn, list(columns), group, marked, totals)
    return finish(figure, rows, title, measure, each, sums)


def _sign(cell: object, signs: Mapping[str, str]) -> str:
    return "·" if pd.isna(cell) or cell in (0, "") else visible(f"{signs.get(cell, cell)}")


def _headings(axes, headings: list[str], turned: bool, words: list[str]) -> None:
    axes.xaxis.tick_top()
    side = {"rotation": 50, "ha": "left", "rotation_mode": "anchor"} if turned else {"rotation": 0, "ha": "center"}
    axes.set_xticks([place + 0.5 for place in range(len(headings))], headings, fontsize=10, **side)
    axes.set_yticks([place + 0.5 for place in range(len(words))], words, rotation=0)
    axes.set(xlabel="", ylabel="")


def _lines(axes, rows: pd.DataFrame, columns: list[str], group: str, marked: str, totals: Iterable[str]) -> None:
    """The lines of a matrix: between groups of rows, at the sides of totals, around the marked column."""
    from matplotlib.patches import Rectangle

    for place in rows.index[rows[group].ne(rows[group].shift())][1:] if group else []:
        axes.axhline(place, color=INK, linewidth=1.4)
    for place in {columns.index(column) + side for column in totals for side in (0, 1)} - {0, len(columns)}:
        axes.axvline(place, color=INK, linewidth=1.4)
    if marked:
        frame = {"fill": False, "edgecolor": VERMILION, "linewidth": 1.8, "clip_on": False, "zorder": 4}
        axes.add_patch(Rectangle((columns.index(marked), 0), 1, len(rows), **frame))


@form
def timeline(
    rows: pd.DataFrame,
    name: str,
    date: str,
    *,
    title: str,
    measure: str,
    each: str,
    kind: str = "",
    start: str = "",
    lines: Mapping[str, pd.Timestamp] = {},
    remark: str = "",
) -> Chart:
    """One line a row, with its mark at ``date``, from ``start`` on where that column is given.

    ``kind`` is the column that says whether a row is of a ``Member State`` or an ``organization``; ``lines`` are dates
    of the whole chart, by their words; ``remark`` is a template for the words at the right of a row, instead of
    ``each``.

    >>> rows = pd.DataFrame({"who": ["a"], "dated": pd.to_datetime(["2011-05-01"])})
    >>> print(timeline(rows, "who", "dated", title="T", measure="M", each="{who} {dated}"))
    T. M. a 2011-05-01.
    """
    from matplotlib import dates

    tall = min(len(rows), 0.7 * len(rows) + 3)  # many rows are closer together
    figure, axes = canvas(rows, measure, title, tall + 1.5 * bool(lines), bool(kind))
    looks = looks_of_kinds(rows, kind)
    days, last = rows[date].map(dates.date2num), max([*rows[date], *lines.values()], default=None)
    for y, row in rows.iterrows():
        if start and pd.notna(row[start]):
            axes.hlines(y, dates.date2num(row[start]), days[y], color=LIGHT, linewidth=2, zorder=1)
        say(axes, dates.date2num(last), y, words_of(row, remark or each, name))
    for value, look in looks.items():
        own = rows.index[rows[kind] == value] if kind else rows.index
        axes.scatter(days[own], own, label=value or None, zorder=3, clip_on=False, **look)
    for place, (words, day) in enumerate(lines.items()):
        above = {"xytext": (0, 3 + 13 * (place % 2)), "textcoords": "offset points", "ha": "center", "fontsize": 10}
        axes.axvline(dates.date2num(day), color=GREY, linewidth=1.2, linestyle="--", zorder=1)
        axes.annotate(visible(words), (dates.date2num(day), 1), xycoords=axes.get_xaxis_transform(), **above)
    names(axes, rows[name])
    date_axis(axes)
    if kind:
        legend(axes, below=0.06)
    span = f"from {rows[date].min():%Y-%m-%d} to {rows[date].max():%Y-%m-%d}" if len(rows) else ""
    return finish(figure, rows, title, measure, each, span)


@form
def tiles(
    rows: pd.DataFrame,
    row: str,
    column: str,
    code: str,
    state: str,
    *,
    states: Mapping[str, str],
    title: str,
    measure: str,
    each: str,
) -> Chart:
    """One tile of one size a row, at its ``row`` and ``column``, with its ``code``; how it looks says its ``state``.

    ``states`` has the words for each state, the most important one first: filled, pale, hatched, white.

    >>> rows = pd.DataFrame({"y": [0, 0], "x": [0, 1], "iso3": ["AUS", "CHL"], "did": ["yes", "no"]})
    >>> print(tiles(rows, "y", "x", "iso3", "did", states={"yes": "replied", "no": "did not"}, title="T", measure="M",
    ...             each="{iso3}"))
    T. M. 1 replied; 1 did not. replied: AUS; did not: CHL.
    """
    from matplotlib.patches import Patch, Rectangle

    height = rows[row].max() - rows[row].min() + 1 if len(rows) else 1
    wide = rows[column].max() - rows[column].min() + 1 if len(rows) else 1
    figure, axes = canvas(rows, measure, title, height * 22 / wide, True)
    handles, counts, named = [], [], []
    for look, (value, words) in zip(TILES, states.items()):
        own = rows[rows[state] == value]
        lettering = {"color": WHITE, "fontweight": "bold"} if look["facecolor"] == BLUE else {"color": INK}
        for tile in own.itertuples():
            x, y = float(getattr(tile, column)), float(getattr(tile, row))
            axes.add_patch(Rectangle((x + 0.03, y + 0.05), 0.94, 0.86, **look))
            code_there = visible(str(getattr(tile, code)))
            axes.text(x + 0.5, y + 0.48, code_there, ha="center", va="center", fontsize=9, **lettering)
        handles.append(Patch(label=f"{words}: {len(own)}", **look))
        counts.append(f"{len(own)} {words}")
        if len(own) <= 3 * MOST_IN_WORDS:
            named.append(f"{words}: {', '.join(words_of(tile, each) for _, tile in own.iterrows())}")
    axes.legend(handles=handles, loc="lower left", bbox_to_anchor=(0, 1), ncols=4, fontsize=10, columnspacing=1.2)
    if len(rows):
        axes.set(xlim=(rows[column].min(), rows[column].max() + 1), ylim=(rows[row].max() + 1, rows[row].min()))
    axes.axis("off")
    return finish(figure, rows, title, measure, "", f"{'; '.join(counts)}. {'; '.join(named)}")


@form
def scatter(
    rows: pd.DataFrame,
    x: str,
    y: str,
    name: str,
    *,
    title: str,
    measure: str,
    each: str,
    labels: tuple[str, str],
    kind: str = "",
    named: Iterable[str] | Mapping[str, Iterable[str]] = (),
    panel: str = "",
) -> Chart:
    """One mark a row, at ``x`` and ``y``, whose axes are called by ``labels``; those in ``named`` bear their name.

    ``kind`` is the column that says whether a row is of a ``Member State`` or an ``organization``; ``panel`` is a
    column by which the rows fall into charts side by side, and then ``named`` may be a mapping with the names of each.

    >>> rows = pd.DataFrame({"who": ["a"], "long": [100], "rows": [3]})
    >>> print(scatter(rows, "long", "rows", "who", title="T", measure="M", each="{who} {rows}", labels=("L", "R")))
    T. M. a 3.
    """
    panels = list(dict.fromkeys(rows[panel])) if panel else [""]
    figure, several = canvas(rows, measure, title, 9, bool(kind), max(len(panels), 1))
    looks = looks_of_kinds(rows, kind)
    for axes, part in zip(several if len(panels) > 1 else [several], panels):
        own = rows[rows[panel] == part] if panel else rows
        for value, look in looks.items():
            its = own[own[kind] == value] if kind else own
            axes.scatter(
                its[x].astype(float), its[y].astype(float), label=value or None, clip_on=False, zorder=3, **look
            )
        chosen = named.get(part, ()) if isinstance(named, Mapping) else named
        for point in own[own[name].isin(list(chosen))].itertuples():
            at = (float(getattr(point, x)), float(getattr(point, y)))
            axes.annotate(word(getattr(point, name)), at, (6, 3), textcoords="offset points", fontsize=10)
        axes.set_title(visible(str(part)), loc="left", fontsize=10)
        axes.set_xlabel(labels[0])
        ticks(axes.xaxis, rows[x])
        ticks(axes.yaxis, rows[y])
        axes.set_xlim(left=min(0, axes.get_xlim()[0]))
    figure.axes[0].set_ylabel(labels[1])
    figure.axes[0].set_ylim(bottom=0)  # after all panels, which share it
    if kind:
        legend(figure.axes[0], below=0.24)
    return finish(figure, rows, title, measure, each, "")
