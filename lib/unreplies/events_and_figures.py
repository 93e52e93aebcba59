"""Dated events and printed quantities, for the notebook ``06_events_and_figures``.

A date stands for as much as the report prints of it: a day is a day, a month and a year are spans.
"""

from __future__ import annotations

import textwrap

import pandas as pd

from . import style
from .dataset import Dataset, kept

#: What a quantity counts, for readers, and the units that are of that kind. Values are compared within a unit only.
GROUPS = {
    "States, jurisdictions": ("state", "jurisdiction"),
    "Organizations": ("organization", "regional body"),
    "Persons": ("person",),
    "Activities": ("mission", "training event", "activity", "project"),
    "Equipment, sources, facilities, ships": ("instrument set", "source", "facility", "port facility", "ship"),
    "Documents": ("document",),
    "Shares": ("percent",),
    "Durations": ("year",),
    "Parts of a list": ("level", "area", "step", "unit"),
}
PERIODS = ["before", "since"]


def period_start(ds: Dataset) -> pd.Timestamp:
    """The line between old and recent events: 1 January of the year before the report's cut-off date.

    The report sets no reporting period of its own; this is our convention.

    >>> from unreplies import load
    >>> str(period_start(load()).date())
    '2010-01-01'
    """
    return pd.Timestamp(ds.reports["cutoff"].max().year - 1, 1, 1)


@kept
def events(ds: Dataset) -> pd.DataFrame:
    """Every event with the span of days in which it lies.

    One row is one event of the table ``events``, by date: its columns, ``printed`` (the date as far as it is known, a
    range with its end), ``starts`` and ``ends`` (first and last day that the printed date allows, both inclusive),
    ``period`` (``before`` or ``since`` `period_start`), ``place`` (city and State, as far as printed) and
    ``reported_by`` (the respondent; the Secretary-General for the introduction). Denominator in ``attrs``: all events.

    >>> from unreplies import load
    >>> table = events(load()).set_index("event_id")
    >>> [str(table.loc["acsrt-launch", c].date()) for c in ("starts", "ends")]
    ['2004-01-01', '2004-12-31']
    """
    table = ds.joined("events").sort_values(["date", "event_id"]).reset_index(drop=True)
    table["reported_by"] = table["respondent"].fillna("Secretary-General")
    table["place"] = [", ".join(x for x in p if not pd.isna(x)) for p in zip(table["city"], table["state"])]
    last = table["date_end"].fillna(table["date"])
    precision = table["date_end_precision"].astype("str").where(table["date_end"].notna(), table["date_precision"])
    begin = [_known(day, known) for day, known in zip(table["date"], table["date_precision"])]
    until = [_known(day, known) for day, known in zip(last, precision)]
    table["printed"] = [a if pd.isna(end) else f"{a} to {b}" for a, b, end in zip(begin, until, table["date_end"])]
    table["starts"] = table["date"]
    table["ends"] = [_last_day(day, str(known)) for day, known in zip(last, precision)]
    since = table["starts"] >= period_start(ds)
    table["period"] = pd.Categorical(since.map({True: "since", False: "before"}), PERIODS, ordered=True)
    assert (table["starts"] <= table["ends"]).all(), "an event ends before it begins"
    assert (since | (table["ends"] < period_start(ds))).all(), "a span crosses the line between the periods"
    assert len(table) == len(ds.events), "an event was lost or doubled"
    table.attrs = {"events": len(table)}
    return table


def _last_day(first: pd.Timestamp, precision: str) -> pd.Timestamp:
    """The last day of the day, month or year that begins with ``first``."""
    longer = {"day": pd.DateOffset(days=0), "month": pd.DateOffset(months=1, days=-1)}
    return first + longer.get(precision, pd.DateOffset(years=1, days=-1))


def _known(day: pd.Timestamp, precision: str) -> str:
    """A date as far as it is known: 2010-07 for a month, 2010 for a year."""
    return str(day.date())[: {"day": 10, "month": 7, "year": 4}[precision]]


def by_type(ds: Dataset) -> pd.DataFrame:
    """Events by type and by how much of the date is printed.

    One row is one type, the most frequent first: ``event_type``; ``day``, ``month``, ``year`` (events dated so),
    which add up to ``events``; ``with_place`` of these; ``respondents`` that report one (of all, in ``attrs``).

    >>> from unreplies import load
    >>> int(by_type(load())["events"].sum()) == len(load().events)
    True
    """
    table = events(ds)
    counts = pd.crosstab(table["event_type"].astype("str"), table["date_precision"].astype("str"))
    counts = counts.reindex(columns=["day", "month", "year"], fill_value=0)
    counts["events"] = counts.sum(axis=1)
    counts["with_place"] = table["iso3"].notna().groupby(table["event_type"].astype("str")).sum()
    respondents = ds.count_respondents("events", "event_type")
    counts["respondents"] = respondents.set_index("event_type")["respondents"]
    assert counts["events"].sum() == len(ds.events)
    counts = counts.fillna({"respondents": 0}).astype("int64").rename_axis(columns=None).reset_index()
    counts = counts.sort_values(["events", "event_type"], ascending=[False, True]).reset_index(drop=True)
    counts.attrs = respondents.attrs
    return counts


def by_respondent(ds: Dataset) -> pd.DataFrame:
    """Events by respondent.

    One row is one respondent, in the order of the report, those without an event too: ``respondent``, ``kind``,
    ``before`` and ``since`` `period_start`, which add up to ``events``; ``earliest`` (year, empty without an event).
    The events of the introduction are left out; their number is ``introduction`` in ``attrs``.

    >>> from unreplies import load
    >>> by_respondent(load()).set_index("respondent").loc["UNODC", ["before", "since"]].to_list()
    [0, 12]
    """
    table = events(ds)
    counts = pd.crosstab(table["reply_id"], table["period"].astype("str")).reindex(columns=PERIODS, fill_value=0)
    replies = ds.joined("replies").sort_values("position", kind="stable").set_index("reply_id")
    result = counts.reindex(replies.index, fill_value=0).rename_axis(columns=None)
    result["events"] = result.sum(axis=1)
    result["earliest"] = table.groupby("reply_id")["starts"].min().dt.year.astype("Int64")
    result.insert(0, "respondent", replies["respondent"])
    result.insert(1, "kind", replies["respondent_kind"])
    introduction = int(table["reply_id"].isna().sum())
    assert result["events"].sum() + introduction == len(table)
    result = result.reset_index(drop=True)
    result.attrs = {"introduction": introduction}
    return result


def by_place(ds: Dataset) -> pd.DataFrame:
    """Where events took place, as far as a place is printed.

    One row is one State: ``state``, ``replied`` (yes or no: a reply of its own), ``events`` there, ``cities`` printed,
    ``reported_by``, ``passages``. Denominator: all events and those with a place, in ``attrs``.

    >>> from unreplies import load
    >>> by_place(load()).attrs
    {'events': 75, 'with_place': 20}
    """
    table = events(ds).dropna(subset=["iso3"])
    groups = table.groupby("iso3")
    result = pd.DataFrame(
        {
            "state": groups["state"].first(),
            "events": groups.size(),
            "cities": groups["city"].agg(_names),
            "reported_by": groups["reported_by"].agg(_names),
            "passages": groups["passage_id"].agg(_names),
        }
    )
    result.insert(
        1, "replied", ["yes" if x else "no" for x in result.index.isin(ds.joined("replies")["respondent_iso3"])]
    )
    assert result["events"].sum() == len(table)
    result = result.sort_values(["events", "state"], ascending=[False, True]).reset_index(drop=True)
    result.attrs = {"events": len(ds.events), "with_place": len(table)}
    return result


def _names(values: pd.Series) -> str:
    return ", ".join(sorted(set(values.dropna())))


def quantities(ds: Dataset) -> pd.DataFrame:
    """The printed quantities, like with like; they are never summed, since some are parts of others.

    One row is one quantity, by ``group`` (`GROUPS`), unit and size: ``group``, ``unit``, ``value``, ``qualifier``,
    ``what_en``, ``as_of``, ``reported_by``, ``passage_id``. Raises `ValueError` for a unit that is in no group.

    >>> from unreplies import load
    >>> quantities(load()).loc[0, ["unit", "qualifier", "reported_by"]].to_list()
    ['state', 'exact', 'WCO']
    """
    units = {unit: group for group in GROUPS for unit in GROUPS[group]}
    unknown = sorted(set(ds.quantities["unit"]) - set(units))
    if unknown:
        raise ValueError(f"units in no group: {', '.join(unknown)}")
    order = {unit: place for place, unit in enumerate(units)}
    table = ds.joined("quantities")
    table["group"] = table["unit"].map(units)
    table["reported_by"] = table["respondent"].fillna("Secretary-General")
    table = table.assign(order=table["unit"].map(order), size=-table["value"])
    table = table.sort_values(["order", "size", "quantity_id"]).reset_index(drop=True)
    return table[["group", "unit", "value", "qualifier", "what_en", "as_of", "reported_by", "passage_id"]]


def busiest_months(ds: Dataset) -> pd.DataFrame:
    """The months since `period_start`, by the number of events dated to the day or the month within one of them.

    One row is one month with an event, the busiest first: ``month`` (its first day, with ``month_precision``),
    ``events``, ``reported_by``, ``passages``. Events known only to the year or spread over several months are in no
    row; their number is ``left_out`` in ``attrs``, beside ``events``, the denominator.

    >>> from unreplies import load
    >>> busiest_months(load())["events"].max() > 1
    np.True_
    """
    table = events(ds).query("period == 'since'")
    table = table.assign(month=table["starts"].dt.to_period("M").dt.to_timestamp())
    within = table[table["ends"].dt.to_period("M") == table["starts"].dt.to_period("M")]
    groups = within.groupby("month")
    columns = {"events": groups.size()}
    columns |= {"reported_by": groups["reported_by"].agg(_names), "passages": groups["passage_id"].agg(_names)}
    result = pd.DataFrame(columns).reset_index()
    result.insert(1, "month_precision", "month")
    result = result.sort_values(["events", "month"], ascending=[False, True]).reset_index(drop=True)
    result.attrs = {"events": len(table), "left_out": len(table) - len(within)}
    return result


def _words(table: pd.DataFrame) -> str:
    """A time line in words: how many of each type, how many entered to the day, month and year."""
    types, known = table["event_type"].astype("str"), table["date_precision"].astype("str")
    kinds = ", ".join(f"{style.label(t)} {n}" for t, n in types.value_counts().items())
    exact = ", ".join(f"{n} to the {k}" for k, n in known.value_counts().sort_index().items())
    marks = "Days are points, months and years are bars."
    return f"Time line of {len(table)} events: {kinds}; dated {exact}. {marks}"


@style.drawn
def draw_period(ds: Dataset) -> style.Chart:
    """The events since `period_start` on a scale of months, in lanes by type, each with the respondent that reports it.

    A day is a diamond, a month or a range of months a dark bar, a year a pale bar.
    """
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    table = events(ds).query("period == 'since'").reset_index(drop=True)
    start, cutoff = period_start(ds), ds.reports["cutoff"].item()
    end = table["ends"].max() + pd.DateOffset(days=1)
    width = (end - start).days
    letter, gap = width / 72, width / 90  # room of a letter of 8 points, and between neighbours, in days
    colours = {"month": style.BLUE, "year": "#cfe3f1"}
    lanes, marks, base = [], [], 0
    kinds = table["event_type"].astype("str")
    for kind in kinds.value_counts(sort=False).sort_values(ascending=False, kind="stable").index:
        free: list[float] = []  # for each level of the lane, the day from which it is free
        for row in table[kinds == kind].itertuples():
            left, right = (row.starts - start).days, (row.ends - start).days + 1
            level = next((i for i, day in enumerate(free) if day <= left - gap), len(free))
            free[level : level + 1] = [max(right, left + gap) + gap + letter * len(row.reported_by)]
            marks.append((row, left, right, base + level))
        lanes.append((f"{style.label(kind)} ({(kinds == kind).sum()})", base, len(free)))
        base += len(free) + 0.5
    height = 1.6 + 0.185 * base
    figure, axes = style.canvas(height)
    for row, left, right, y in marks:
        if row.date_precision == "day":
            axes.plot([left + 0.5], [y], marker="D", color=style.INK, markersize=5)
            right = left + gap / 2
        else:
            colour = colours[row.date_precision]
            axes.barh(y, right - left, left=left, height=0.62, color=colour, edgecolor=style.INK, linewidth=0.7)
        axes.text(right + gap * 0.6, y, row.reported_by, va="center", fontsize=8)
    for _, y, _ in lanes[1:]:
        axes.axhline(y - 0.75, color=style.LIGHT, linewidth=0.8, zorder=0)
    axes.axvline((cutoff - start).days, color=style.VERMILION, linestyle="--", linewidth=1)
    axes.set_yticks([y + (levels - 1) / 2 for _, y, levels in lanes], [name for name, _, _ in lanes])
    ticks = pd.date_range(start, end, freq="3MS")
    axes.set_xticks([(tick - start).days for tick in ticks], [f"{tick:%Y-%m}" for tick in ticks])
    axes.set(xlim=(0, width * 1.16), ylim=(base - 0.4, -0.8))
    axes.tick_params(axis="y", length=0)
    bars = {"month(s)": colours["month"], "year": colours["year"]}
    keys = [
        Line2D([], [], marker="D", color=style.INK, linestyle="none", markersize=5, label="day"),
        *(Patch(facecolor=bars[key], edgecolor=style.INK, linewidth=0.7, label=key) for key in bars),
    ]
    foot = (0, -0.34 / (0.185 * base))
    axes.legend(handles=keys, ncol=3, frameon=False, fontsize=9, loc="upper left", bbox_to_anchor=foot)
    figure.subplots_adjust(left=0.17, right=0.99, bottom=0.88 / height)
    months = busiest_months(ds)
    peak = months[months["events"] == months["events"].max()]
    when = " and ".join(f"{d:%B %Y}" for d in peak["month"])
    title = f"Of {len(table)} events since {start:%B %Y}, {peak['events'].iloc[0]} are dated {when}"
    measure = f"Events by type and printed date, with their respondent; dashed: cut-off of {cutoff.day} {cutoff:%B %Y}"
    return style.finish(figure, title, measure, _words(table), table)


@style.drawn
def draw_states(ds: Dataset) -> style.Chart:
    """The quantities counted in States, beside the number of Member States; a triangle is a lower bound."""
    table = quantities(ds).query("unit == 'state'").reset_index(drop=True)
    whole = len(ds.states)
    figure, axes = style.canvas(1.5 + 0.36 * len(table))
    words = []
    for y, row in enumerate(table.itertuples()):
        exact = row.qualifier == "exact"
        axes.plot([0, row.value], [y, y], color=style.LIGHT, linewidth=2, zorder=1)
        axes.scatter(
            [row.value], [y], s=64, marker="o" if exact else ">", zorder=2,
            facecolor=style.BLUE if exact else style.WHITE, edgecolor=style.INK,
        )  # fmt: skip
        dated = "" if pd.isna(row.as_of) else f", as of {row.as_of.date()}"
        words.append(f"{'' if exact else style.label(row.qualifier) + ' '}{row.value:.0f}{dated}")
        left = row.value > 0.8 * whole  # no room between the mark and the dashed line
        axes.annotate(
            words[-1], (row.value, y), (-8 if left else 8, 0), textcoords="offset points", va="center",
            ha="right" if left else "left", fontsize=9, bbox={"facecolor": style.WHITE, "edgecolor": "none", "pad": 1},
        )  # fmt: skip
    axes.axvline(whole, color=style.INK, linestyle="--", linewidth=1, zorder=0)
    labels = [f"{r.reported_by}: {r.what_en}" for r in table.itertuples()]
    axes.set_yticks(range(len(table)), [textwrap.fill(label, 50) for label in labels], fontsize=9)
    axes.set(ylim=(len(table) - 0.4, -0.6), xlim=(0, whole * 1.05), xticks=[0, 50, 100, 150, whole])
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel("States (dot: exact; triangle: the qualifier written beside it)", fontsize=9)
    figure.subplots_adjust(left=0.45, right=0.99, bottom=0.75 / figure.get_figheight())
    low, high = (f"{x:.0f}" for x in (table["value"].min(), table["value"].max()))
    dated = int(table["as_of"].notna().sum())
    title = f"The largest count of States is {high}, the smallest {low}; {dated} of {len(table)} bear an as-of date"
    cutoff = ds.reports["cutoff"].item()
    day = f"{cutoff.day} {cutoff:%B %Y}"
    measure = f"Quantities whose unit is a State, as printed; dashed: the {whole} Member States of {day}"
    alt = "Counts of States: " + "; ".join(f"{label}, {n}" for label, n in zip(labels, words))
    return style.finish(figure, title, measure, alt + ".", table)
