"""Which instruments recur in the replies, for the notebook ``03_which_instruments_recur``.

Counted is what respondents name in their own text: the introduction is nobody's reply, and the passage that stands for
a reply not reproduced is the Secretary-General's. The denominator is the respondents with text.
"""

from __future__ import annotations

from textwrap import fill

import pandas as pd

from . import style
from .dataset import Dataset, kept
from .descriptor import UnknownName

#: The classes of instruments, by what each ``instrument_type`` is; plans of one State go with its laws.
CLASSES = {
    "treaties and agreements": ["treaty", "draft_treaty", "agreement"],
    "resolutions and decisions": ["security_council_resolution", "general_assembly_resolution", "decision"],
    "strategies and guidance": ["strategy_or_plan", "guidance_or_standard"],
    "reports and other documents": ["document"],
    "national laws and plans": ["national_law"],
}
_MARKS = {"party": "P", "signed": "S", "adopted": "A", "drafting": "D"}
_MARKS |= {"implements": "I", "promotes": "R", "supports": "U", "cites": "c"}


def _respondents(ds: Dataset) -> pd.DataFrame:
    """The respondents whose text is printed, in the order of the report."""
    return (
        ds.joined("replies")
        .query("form != 'not_reproduced'")
        .sort_values("position", kind="stable")
        .reset_index(drop=True)
    )


@kept
def pairs(ds: Dataset, cites: bool = True, by: str = "instrument_id") -> pd.DataFrame:
    """Who names what: the table from which every count of this module comes.

    One row is one instrument with one respondent that names it, however often: ``instrument_id``, ``instrument``
    (short name), ``text_class`` (one of `CLASSES`), ``scope``, ``decade`` (of adoption; "no date" where it is not
    known, or after the cut-off date, or none yet), ``reply_id``, ``respondent``, ``respondent_kind``, ``relation`` (the
    first in the codebook's order, if several), ``mentions`` (occurrences), ``passages`` (ids). ``cites=False`` leaves
    out mentions with the relation ``cites`` (mandate, background, a number in another name, somebody else's relation).
    ``by="family_id"`` counts a text as the head of its family (a treaty with its amendments and protocols, ...), so
    that one row is one family with one respondent, under the head's id, name, class, scope and decade. Raises
    `UnknownName` for another ``by``.

    >>> from unreplies import load
    >>> table = pairs(load())
    >>> len(table), int(table["mentions"].sum())
    (105, 140)
    """
    if by not in ("instrument_id", "family_id"):
        raise UnknownName("way to count texts", by, ("instrument_id", "family_id"))
    people = _respondents(ds)[["reply_id", "respondent", "respondent_kind", "position"]]
    own = ds.instrument_mentions.merge(ds.passages[["passage_id", "reply_id"]], on="passage_id", validate="many_to_one")
    own = own[own["reply_id"].isin(people["reply_id"]) & (cites | (own["relation"] != "cites"))]
    own = own.assign(instrument_id=own["instrument_id"].map(ds.instruments.set_index("instrument_id", drop=False)[by]))
    table = own.groupby(["instrument_id", "reply_id"], as_index=False).agg(
        relation=("relation", "min"),
        mentions=("mention_id", "size"),
    )
    passages: dict[tuple, dict] = {}
    for *key, passage in zip(own["instrument_id"], own["reply_id"], own["passage_id"]):
        passages.setdefault(tuple(key), {})[passage] = None
    table["passages"] = [", ".join(passages[key]) for key in zip(table["instrument_id"], table["reply_id"])]
    texts = ds.instruments.rename(columns={"short_name": "instrument"})
    names = {kind: name for name, kinds in CLASSES.items() for kind in kinds}
    texts["text_class"] = texts["instrument_type"].astype("str").map(names)
    plan = (texts["scope"] == "national") & (texts["instrument_type"] == "strategy_or_plan")
    texts["text_class"] = pd.Categorical(texts["text_class"].mask(plan, "national laws and plans"), list(CLASSES))
    assert texts["text_class"].notna().all(), "an instrument_type belongs to no class"
    decade = (texts["adopted"].dt.year // 10 * 10).astype("Int64").astype("str") + "s"
    texts["decade"] = decade.where(texts["adopted"] <= ds.reports["cutoff"].max(), "no date")
    texts = texts[["instrument_id", "instrument", "text_class", "scope", "decade"]]
    table = texts.merge(table, on="instrument_id", validate="one_to_many")
    table = table.merge(people, on="reply_id", validate="many_to_one").sort_values(["instrument_id", "position"])
    assert table["mentions"].sum() == len(own), "a mention was lost or doubled"
    return table.reset_index(drop=True)


def _kinds(table: pd.DataFrame, by: str) -> pd.DataFrame:
    """How many respondents of each kind stand behind each value of ``by``, and their sum."""
    once = table.drop_duplicates([by, "reply_id"])
    counts = pd.crosstab(once[by], once["respondent_kind"])
    counts = counts.reindex(columns=["Member State", "organization"], fill_value=0)
    counts = counts.set_axis(["Member States", "organizations"], axis=1)
    return counts.assign(respondents=counts.sum(axis=1))


@kept
def recurrence(ds: Dataset, cites: bool = True, by: str = "instrument_id") -> pd.DataFrame:
    """How often each instrument recurs: by respondents first, by mentions second.

    One row is one instrument that a respondent names: ``instrument_id``, ``instrument``, ``text_class``, ``scope``,
    ``decade``, ``Member States`` and ``organizations`` that name it, ``respondents`` (their sum), ``mentions``,
    ``rank_by_respondents``, ``rank_by_mentions`` (ties share the best rank), ``named_by``, ``passages``. The
    denominators, respondents with text, are in ``attrs``. ``by="family_id"`` counts families of texts, as in `pairs`.

    >>> from unreplies import load
    >>> table = recurrence(load())
    >>> table.loc[0, "instrument"], int(table.loc[0, "respondents"]), int(table.loc[0, "mentions"])
    ('resolution 1540 (2004)', 8, 16)
    >>> table.attrs
    {'respondents': 23, 'Member States': 8, 'organizations': 15}
    >>> len(table), len(recurrence(load(), by="family_id"))
    (85, 66)
    """
    table = pairs(ds, cites, by)
    found = table.groupby("instrument_id")
    counts = _kinds(table, "instrument_id").assign(mentions=found["mentions"].sum())
    for column in ("respondents", "mentions"):
        counts[f"rank_by_{column}"] = counts[column].rank(method="min", ascending=False).astype(int)
    counts["named_by"], counts["passages"] = found["respondent"].agg(", ".join), found["passages"].agg(", ".join)
    texts = table.drop_duplicates("instrument_id")[["instrument_id", "instrument", "text_class", "scope", "decade"]]
    result = texts.merge(counts.reset_index(), on="instrument_id", validate="one_to_one")
    result = result.sort_values(["respondents", "mentions", "instrument"], ascending=[False, False, True])
    result = result.reset_index(drop=True)
    kinds = _respondents(ds)["respondent_kind"]
    states = int((kinds == "Member State").sum())
    result.attrs = {"respondents": len(kinds), "Member States": states, "organizations": len(kinds) - states}
    return result


def groups(ds: Dataset, by: str = "text_class") -> pd.DataFrame:
    """Instruments counted by what they are.

    One row is one value of ``by`` (``text_class``, ``scope`` or ``decade``): ``instruments`` that a respondent names,
    ``named_by_one_only`` of these, ``mentions``, and the ``Member States``, ``organizations`` and ``respondents`` that
    name at least one of them (of those in ``attrs``, as in `recurrence`). Raises `UnknownName` for another ``by``.

    >>> from unreplies import load
    >>> groups(load(), "scope").set_index("scope").loc["regional", ["instruments", "respondents"]].to_list()
    [20, 7]
    """
    if by not in ("text_class", "scope", "decade"):
        raise UnknownName("grouping", by, ("text_class", "scope", "decade"))
    texts = recurrence(ds)
    found = texts.assign(alone=texts["respondents"] == 1).groupby(by, observed=True)
    counts = found.agg(instruments=("alone", "size"), named_by_one_only=("alone", "sum"), mentions=("mentions", "sum"))
    counts = counts.join(_kinds(pairs(ds), by), validate="one_to_one").reset_index()
    assert counts["instruments"].sum() == len(texts)
    counts.attrs = texts.attrs
    return counts


def universal(ds: Dataset) -> pd.DataFrame:
    """Which of the universal instruments against terrorism the respondents name.

    One row is one of the conventions, protocols and amendments of the table ``universal_instruments`` (the denominator:
    all of them), in order of adoption: ``universal_id``, ``instrument``, ``adopted``, ``respondents`` that name it (0:
    nobody), ``beyond_cites`` (respondents with another relation to it than ``cites``), ``named_by``, ``passages``.

    >>> from unreplies import load
    >>> table = universal(load())
    >>> len(table), int((table["respondents"] == 0).sum())
    (18, 9)
    """
    table = ds.universal_instruments.rename(columns={"short_name": "instrument"})
    assert table["instrument_id"].dropna().is_unique, "two universal instruments are one instrument of the report"
    own, beyond = (recurrence(ds, cites).set_index("instrument_id") for cites in (True, False))
    for column in ("respondents", "named_by", "passages"):
        table[column] = table["instrument_id"].map(own[column]).fillna(0 if column == "respondents" else "")
    table["beyond_cites"] = table["instrument_id"].map(beyond["respondents"]).fillna(0)
    table = table.astype({"respondents": int, "beyond_cites": int}).sort_values(["adopted", "universal_id"])
    columns = ["universal_id", "instrument", "adopted", "respondents", "beyond_cites", "named_by", "passages"]
    return table[columns].reset_index(drop=True)


def together(ds: Dataset) -> pd.DataFrame:
    """Which recurrent instruments are named by the same respondents, beside what independence would give.

    One row is one pair of instruments that two or more respondents name: ``first``, ``second`` (short names; the more
    recurrent first), ``name_the_first``, ``name_the_second``, ``name_both`` (respondents), ``expected`` (the product of
    the two numbers by N: the mean if naming one had nothing to do with naming the other, and all respondents were
    alike), ``in_one_passage`` (respondents with a passage that names both), ``named_by``. ``attrs["respondents"]`` is
    N, the respondents with text.

    >>> from unreplies import load
    >>> table = together(load())
    >>> table.loc[0, "second"], int(table.loc[0, "name_both"]), round(float(table.loc[0, "expected"]), 2)
    ('Nuclear Terrorism Convention', 2, 1.39)
    """
    texts, named = recurrence(ds), pairs(ds)
    where = {key: rows.set_index("respondent")["passages"].str.split(", ") for key, rows in named.groupby("instrument")}
    names, rows = texts.loc[texts["respondents"] > 1, "instrument"].to_list(), []
    for a, b in ((a, b) for place, a in enumerate(names) for b in names[place + 1 :]):
        both = [who for who in where[a].index if who in where[b].index]
        one = sum(bool(set(where[a][who]) & set(where[b][who])) for who in both)
        expected = len(where[a]) * len(where[b]) / texts.attrs["respondents"]
        rows.append((a, b, len(where[a]), len(where[b]), len(both), expected, one, ", ".join(both)))
    numbers = ["name_both", "name_the_first", "name_the_second"]
    columns = ["first", "second", *numbers[1:], numbers[0], "expected", "in_one_passage", "named_by"]
    table = pd.DataFrame(rows, columns=columns).sort_values(numbers, ascending=False, kind="stable", ignore_index=True)
    table.attrs = {"respondents": texts.attrs["respondents"]}
    return table


def by_respondent(ds: Dataset) -> pd.DataFrame:
    """What each respondent names, and how much of it nobody else does.

    One row is one respondent with text, in the order of the report: ``respondent``, ``respondent_kind``, one column for
    each of the `CLASSES`, ``instruments`` (their sum), ``only_here`` (those that no other respondent names).

    >>> from unreplies import load
    >>> by_respondent(load()).set_index("respondent").loc["IMO", ["instruments", "only_here"]].to_list()
    [7, 7]
    """
    table, people = pairs(ds), _respondents(ds).set_index("reply_id")
    counts = pd.crosstab(table["reply_id"], table["text_class"].astype("str")).reindex(columns=[*CLASSES], fill_value=0)
    alone = ~table["instrument_id"].duplicated(keep=False)
    counts = counts.assign(instruments=counts.sum(axis=1), only_here=alone.groupby(table["reply_id"]).sum())
    assert counts["instruments"].sum() == len(table)
    counts = counts.reindex(people.index, fill_value=0)
    return people[["respondent", "respondent_kind"]].join(counts).reset_index(drop=True)


@style.drawn
def draw_recurrence(ds: Dataset) -> style.Chart:
    """Respondents and mentions of each instrument that two respondents name, or that is mentioned three times."""
    whole = recurrence(ds)
    table = whole[(whole["respondents"] > 1) | (whole["mentions"] > 2)].reset_index(drop=True)
    figure, axes = style.canvas(0.31 * len(table) + 1.9)
    places, most = range(len(table)), table["mentions"].max()
    axes.hlines(places, table["respondents"], table["mentions"], color=style.LIGHT, linewidth=3, zorder=1)
    look = {"s": 60, "edgecolor": style.INK, "linewidth": 1.3}
    axes.scatter(table["mentions"], places, facecolor=style.WHITE, zorder=2, label="mentions", **look)
    axes.scatter(table["respondents"], places, facecolor=style.BLUE, marker="D", zorder=3, label="respondents", **look)
    for y, row in enumerate(table.itertuples()):
        axes.annotate(f"{row.respondents} / {row.mentions}", (most + 1, y), va="center")
    axes.set_yticks(places, [fill(name, 36) for name in table["instrument"]])
    axes.set(xlim=(0, most + 3), xticks=range(0, most + 1, 2), ylim=(len(table) - 0.4, -0.6))
    axes.set_xlabel("Number; at the right: respondents / mentions", fontsize=9)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, borderaxespad=0, frameon=False, fontsize=9)
    axes.tick_params(length=0)
    height = figure.get_figheight()
    figure.subplots_adjust(left=0.36, right=0.99, top=1 - 1.25 / height, bottom=0.6 / height)
    first, alone = whole.iloc[0], (whole["respondents"] == 1).sum()
    title = f"{first['instrument']} is named by {first['respondents']} of {whole.attrs['respondents']} respondents; "
    title = f"{title[0].upper()}{title[1:]}{alone} of {len(whole)} instruments by one only"
    measure = "Instruments that two or more respondents name, or that are mentioned three times or\n"
    measure += "more; diamond alone: both numbers equal"
    rows = [f"{r.instrument} {r.respondents} and {r.mentions}" for r in table.itertuples()]
    return style.finish(figure, title, measure, f"Respondents and mentions: {'; '.join(rows)}.", table)


@style.drawn
def draw_matrix(ds: Dataset) -> style.Chart:
    """The instruments that recur by the respondents that name them; the letter says in which relation.

    In the chart's ``table`` one row is one instrument that two or more respondents name, one column one respondent with
    text; a cell is the relation, as in `pairs`, or empty.
    """
    from matplotlib.patches import Rectangle

    texts, people = recurrence(ds).query("respondents > 1"), _respondents(ds)
    cells = {(row.instrument, row.respondent): str(row.relation) for row in pairs(ds).itertuples()}
    rows = [[cells.get((name, who), "") for who in people["respondent"]] for name in texts["instrument"]]
    table = pd.DataFrame(rows, index=texts["instrument"], columns=people["respondent"].to_list())
    figure, axes = style.canvas(5.8)
    fills = {**dict.fromkeys("PSAD", style.BLUE), "c": style.WHITE}
    for y, x in ((y, x) for y in range(len(table)) for x in range(len(people))):
        mark = _MARKS.get(table.iat[y, x], "")
        fill_with = fills.get(mark, "#b7d7ee") if mark else "#f4f4f4"
        look = {"facecolor": fill_with, "edgecolor": style.INK if mark else style.WHITE}
        axes.add_patch(Rectangle((x - 0.46, y - 0.46), 0.92, 0.92, **look))
        axes.text(x, y, mark, ha="center", va="center", color=style.WHITE if fill_with == style.BLUE else style.INK)
    states = int((people["respondent_kind"] == "Member State").sum())
    axes.axvline(states - 0.5, color=style.INK, linewidth=1.2)
    for x, half in ((states / 2, "Member States"), ((len(people) + states) / 2, "organizations")):
        axes.text(x - 0.5, len(table) - 0.4, half, ha="center", va="top", fontsize=9)
    axes.set_xticks(range(len(people)), people["respondent"], rotation=90, fontsize=9)
    axes.set_yticks(range(len(table)), [f"{r.instrument} ({r.respondents})" for r in texts.itertuples()])
    axes.set(xlim=(-0.5, len(people) - 0.5), ylim=(len(table) - 0.5, -0.5))
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    used = [word for word in _MARKS if (table == word).any(axis=None)]
    axes.set_xlabel(", ".join(f"{_MARKS[word]}: {word}" for word in used), fontsize=9, labelpad=16)
    figure.subplots_adjust(left=0.32, right=0.995, top=0.59, bottom=0.125)
    shared, top = int(((texts["Member States"] > 0) & (texts["organizations"] > 0)).sum()), texts.iloc[0]
    title = f"{shared} of {len(texts)} instruments that recur are named by both States and organizations, "
    title += f"{top['instrument']} by {top['Member States']} and {top['organizations']}"
    measure = f"{states} Member States, {len(people) - states} organizations with text; in brackets: how many name it"
    named = [name + "".join(f", {who} {cell}" for who, cell in row.items() if cell) for name, row in table.iterrows()]
    return style.finish(figure, title, measure, f"{'; '.join(named)}.", table.reset_index())


@style.drawn
def draw_universal(ds: Dataset) -> style.Chart:
    """The universal instruments against terrorism by year of adoption, and which respondents name them."""
    table = universal(ds)
    years, places = table["adopted"].dt.year, range(len(table))
    figure, axes = style.canvas(0.28 * len(table) + 1.4)
    axes.hlines(places, 1960, years, color=style.LIGHT, linewidth=1, zorder=1)
    nobody, cited = table["respondents"] == 0, (table["respondents"] > 0) & (table["beyond_cites"] == 0)
    looks = [("o", style.WHITE, nobody), ("s", style.SKY, cited), ("D", style.BLUE, ~nobody & ~cited)]
    for marker, colour, rows in looks:
        axes.scatter(years[rows], table.index[rows], s=52, marker=marker, facecolor=colour, edgecolor=style.INK)
    for y, row in enumerate(table.itertuples()):
        axes.annotate(fill(row.named_by, 30) or "–", (2014, y), va="center", fontsize=9, linespacing=0.95)
    axes.set_yticks(places, table["instrument"], fontsize=9)
    axes.set(xlim=(1960, 2039), xticks=range(1960, 2011, 10), ylim=(len(table) - 0.5, -0.7))
    axes.tick_params(length=0)
    marks = "diamond: named other than by citation; square: cited only; circle: not named"
    axes.set_xlabel(f"Year of adoption; {marks}", fontsize=9, x=0.3)
    figure.subplots_adjust(left=0.30, right=0.995, bottom=0.6 / figure.get_figheight())
    half = len(table) // 2
    title = (
        f"{(~nobody).sum()} of {len(table)} universal instruments against terrorism are named: "
        f"{(~nobody)[:half].sum()} of the {half} oldest, {(~nobody)[half:].sum()} of the {len(table) - half} latest"
    )
    measure = f"Named in a reply by at least one of {len(_respondents(ds))} respondents with text"
    rows = (f"{r.instrument} ({r.adopted.year}) {r.named_by or 'nobody'}" for r in table.itertuples())
    return style.finish(figure, title, measure, f"Named by: {'; '.join(rows)}.", table)
