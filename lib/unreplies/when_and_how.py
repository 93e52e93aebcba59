"""When the replies are dated and how long they are, for the notebook ``02_when_and_how``.

Length is the number of characters of the Chinese text without spaces, in paragraphs and list items. Where rows are set
against it, only rows of paragraphs and list items of replies with text count, so that both speak of the same text.
"""

from __future__ import annotations

import pandas as pd

from . import style
from .dataset import Dataset, kept

#: The official languages of the United Nations, in their English alphabetical order.
LANGUAGES = {"ar": "Arabic", "zh": "Chinese", "en": "English", "fr": "French", "ru": "Russian", "es": "Spanish"}
#: The coded tables set against length: what their rows are called, and the column of the item that they name.
TABLES = {
    "measures": ("measures", "category"),
    "actor_mentions": ("actor mentions", "actor_id"),
    "instrument_mentions": ("instrument mentions", "instrument_id"),
}
_KINDS = ["Member State", "organization"]


def timetable(ds: Dataset) -> pd.DataFrame:
    """The date of each reply against the request that it answers and against the cut-off.

    One row is one of the 24 replies, by date and then by place in the report: ``reply_id``, ``respondent``,
    ``respondent_kind``, ``asked_by`` (the request that went to that kind of respondent: the letters to organizations,
    the note verbale to Member States), ``asked`` (its date), ``dated`` (the date that the reply bears, not that of
    receipt), ``days_since_asked`` and ``days_to_cutoff`` (whole days), ``before_note_verbale``,
    ``original_language`` and ``form``. Raises `ValueError` if a reply is dated before
    the request that went to its kind of respondent, or after the cut-off.

    >>> from unreplies import load
    >>> table = timetable(load())
    >>> table.loc[table["before_note_verbale"], "respondent"].to_list()
    ['FATF']
    """
    assert len(ds.reports) == 1, "the timetable is that of one report"
    report = ds.reports.iloc[0]
    table = ds.joined("replies").sort_values(["dated", "position"]).reset_index(drop=True)
    states = table["respondent_kind"] == "Member State"
    table["asked_by"] = states.map({True: "note verbale", False: "letter"})
    table["asked"] = pd.Series(report["letters_sent"], table.index).mask(states, report["note_verbale"])
    table["days_since_asked"] = (table["dated"] - table["asked"]).dt.days
    table["days_to_cutoff"] = (report["cutoff"] - table["dated"]).dt.days
    table["before_note_verbale"] = table["dated"] < report["note_verbale"]
    odd = table[(table["days_since_asked"] < 0) | (table["days_to_cutoff"] < 0)]
    if len(odd):
        raise ValueError(f"dated before the request or after the cut-off: {', '.join(odd['reply_id'])}")
    columns = ["reply_id", "respondent", "respondent_kind", "asked_by", "asked", "dated", "days_since_asked"]
    return table[[*columns, "days_to_cutoff", "before_note_verbale", "original_language", "form"]]


@kept
def lengths(ds: Dataset) -> pd.DataFrame:
    """How long each reply is as printed.

    One row is one of the 24 replies, the longest first: ``reply_id``, ``respondent``, ``respondent_kind``, ``form``,
    ``passages`` and ``characters`` (of its paragraphs and list items, counted from the passages and held against the
    replies; both empty where the reply is not reproduced, since the text in its place is the Secretary-General's).
    ``attrs``: ``characters`` (all text of replies) and ``respondents`` (with text).

    >>> from unreplies import load
    >>> lengths(load()).iloc[[0, 22]].set_index("respondent")["characters"].to_dict()
    {'Estonia': 1237, 'Guyana': 154}
    """
    text = ds.passages[ds.passages["kind"].isin(["paragraph", "list_item"])].groupby("reply_id")["n_chars"]
    table = ds.joined("replies")
    table["passages"] = table["reply_id"].map(text.size()).astype("Int64")
    table["characters"] = table["reply_id"].map(text.sum()).astype("Int64")
    assert (table["characters"] == table["n_chars"]).all(), "passages and replies disagree on the characters"
    assert (table["passages"] == table["n_passages"]).all(), "passages and replies disagree on the passages"
    table.loc[table["form"] == "not_reproduced", ["passages", "characters"]] = pd.NA
    table = table.sort_values(["characters", "position"], ascending=[False, True]).reset_index(drop=True)
    table = table[["reply_id", "respondent", "respondent_kind", "form", "passages", "characters"]]
    table.attrs = {"characters": table["characters"].sum(), "respondents": table["characters"].count()}
    return table


def rows_and_length(ds: Dataset) -> pd.DataFrame:
    """The coded rows of each reply beside its length.

    One row is one reply with text and one coded table: ``reply_id``, ``respondent``, ``respondent_kind``,
    ``characters``, ``table`` (its name for readers), ``rows`` (in paragraphs and list items) and ``different``
    (different items in these rows: what is left of the reply when each item counts once). ``attrs`` has by table the
    rows left out, of the introduction, of footnotes and subheadings, and of the reply that is not reproduced.

    >>> from unreplies import load
    >>> table = rows_and_length(load())
    >>> table.query("reply_id == 'au' and table == 'instrument mentions'")[["rows", "different"]].values.tolist()
    [[18, 9]]
    """
    replies, parts, left_out = lengths(ds).dropna(subset=["characters"]).drop(columns=["form", "passages"]), [], {}
    for name, (words, item) in TABLES.items():
        rows = _counted(ds, name, item)
        by = rows.groupby("reply_id")[item]
        part = replies.assign(table=words, rows=replies["reply_id"].map(by.size()))
        part["different"] = part["reply_id"].map(by.nunique())
        parts.append(part.fillna({"rows": 0, "different": 0}).astype({"rows": int, "different": int}))
        assert parts[-1]["rows"].sum() == len(rows), f"rows of {name} were lost"
        left_out[words] = len(ds[name]) - len(rows)
    table = pd.concat(parts, ignore_index=True)
    table.attrs = left_out
    return table


def length_effect(ds: Dataset) -> pd.DataFrame:
    """How far the rows follow the length of a reply, and whether counting each item once changes that.

    One row is one coded table: ``table``, ``rows``, ``rows_with_length`` and ``once_with_length`` (Spearman's rank
    correlation of the characters with the rows, and with the different items, over the replies with text, which are
    ``attrs["respondents"]``; ties at their mean rank). It describes these replies and tests nothing.

    >>> from unreplies import load
    >>> table = length_effect(load()).set_index("table")
    >>> round(float(table.loc["measures", "rows_with_length"]), 2)
    0.85
    """
    data, result = rows_and_length(ds), []
    for words, part in data.groupby("table", sort=False):
        ranks = part[["characters", "rows", "different"]].astype(float).rank().corr()["characters"]
        result.append([words, part["rows"].sum(), ranks["rows"], ranks["different"]])
    table = pd.DataFrame(result, columns=["table", "rows", "rows_with_length", "once_with_length"])
    table.attrs = {"respondents": data["reply_id"].nunique()}
    return table


def _counted(ds: Dataset, table: str, item: str) -> pd.DataFrame:
    """What the rows of a coded table name in paragraphs and list items of replies that are reproduced, and whose."""
    rows = ds.joined(table)
    text = rows["kind"].isin(["paragraph", "list_item"]) & rows["reply_id"].notna()
    return rows.loc[text & (rows["reply_form"] != "not_reproduced"), ["reply_id", item]]


def _remark(row) -> str:
    """What sets a reply apart from those in English and as printed; empty for these."""
    language = [] if row.original_language == "en" else [LANGUAGES[row.original_language]]
    return ", ".join(language + ([] if row.form == "as_printed" else [style.label(row.form)]))


def _mark(kind: str) -> dict:
    """A filled diamond for a Member State, an open circle for an organization."""
    if kind == "Member State":
        return {"marker": "D", "s": 46, "facecolor": style.BLUE, "edgecolor": style.BLUE, "zorder": 3}
    return {"marker": "o", "s": 52, "facecolor": style.WHITE, "edgecolor": style.INK, "linewidth": 1.3, "zorder": 3}


def _key(axes, place: str, **where):
    handles = [axes.scatter([], [], label=kind, **_mark(kind)) for kind in _KINDS]
    axes.legend(handles=handles, loc=place, frameon=False, fontsize=9, **where)


@style.drawn
def draw_timetable(ds: Dataset) -> style.Chart:
    """Each reply at its date, after the request that it answers; at the right what is not English or as printed."""
    table, report = timetable(ds), ds.reports.iloc[0]
    start = report["letters_sent"]
    figure, axes = style.canvas(6.9)
    end = (report["cutoff"] - start).days
    lines = [
        ("letters_sent", "letters to\norganizations", "right"),
        ("note_verbale", "note verbale to\nMember States", "left"),
        ("cutoff", "cut-off", "center"),
    ]
    for column, words, side in lines:
        day, x = report[column], (report[column] - start).days
        axes.axvline(x, color=style.GREY, linewidth=1.2, linestyle="-" if column == "cutoff" else "--", zorder=1)
        x += {"left": -2, "right": 2}.get(side, 0)
        axes.text(x, -0.8, f"{day.day} {day:%B}\n{words}", fontsize=9, ha=side, va="bottom", linespacing=1.1)
    for y, row in enumerate(table.itertuples()):
        x = (row.dated - start).days
        axes.plot([(row.asked - start).days, x], [y, y], color=style.LIGHT, linewidth=1.5, zorder=2)
        axes.scatter([x], [y], clip_on=False, **_mark(row.respondent_kind))
        axes.text(end + 14, y, f"{row.dated.day} {row.dated:%b}", fontsize=9, va="center", ha="right")
        axes.text(end + 16, y, _remark(row), fontsize=9, va="center")
    ticks = pd.date_range(start, report["cutoff"], freq="MS")
    axes.set_xticks([(tick - start).days for tick in ticks], [f"1 {tick:%B}" for tick in ticks])
    axes.set_yticks(range(len(table)), table["respondent"], fontsize=9)
    axes.set(xlim=(-3, end + 57), ylim=(len(table) - 0.4, -0.7))
    axes.tick_params(length=0)
    axes.spines[["left", "bottom"]].set_visible(False)
    _key(axes, "upper left", bbox_to_anchor=(0.42, 1.0), borderpad=0)
    figure.subplots_adjust(left=0.22, right=0.99, top=0.81, bottom=0.08)
    late, early = int((table["days_to_cutoff"] <= 14).sum()), table[table["before_note_verbale"]]
    title = f"{late} of {len(table)} replies are dated within 14 days of the cut-off; before the note verbale: "
    title += ", ".join(early["respondent"]) or "none"
    measure = f"Date of each of the {len(table)} replies; the line begins at the request to its kind. At the right\n"
    measure += "its day and the exceptions only: not in English, executive summary, not reproduced"
    alt = "By date: "
    for row in table.itertuples():
        remark = _remark(row) and f", {_remark(row)}"
        alt += f"{row.respondent} ({row.respondent_kind}) {row.dated.day} {row.dated:%B}{remark}; "
    alt = alt[:-2]
    return style.finish(figure, title, measure, alt + ".", table)


@style.drawn
def draw_lengths(ds: Dataset) -> style.Chart:
    """The length of each reply, in order; a reply marked as an executive summary has a dotted line."""
    table = lengths(ds)
    figure, axes = style.canvas(6.4)
    for y, row in enumerate(table.itertuples()):
        if pd.isna(row.characters):
            axes.text(8, y, "not reproduced", fontsize=9, va="center")
            continue
        summary = row.form == "executive_summary"
        axes.hlines(y, 0, row.characters, color=style.GREY, linewidth=1.2, linestyle=":" if summary else "-")
        axes.scatter([row.characters], [y], **_mark(row.respondent_kind))
        words = f"{row.characters:,}" + (" (summary)" if summary else "")
        axes.annotate(words, (row.characters, y), (8, 0), textcoords="offset points", fontsize=9, va="center")
    axes.set_yticks(range(len(table)), table["respondent"], fontsize=9)
    axes.set(xlim=(0, table["characters"].max() * 1.12), ylim=(len(table) - 0.4, -0.6))
    axes.tick_params(length=0)
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.set_xticks([])
    _key(axes, "lower right")
    figure.subplots_adjust(left=0.22, right=0.99, bottom=0.05)
    first, last = table.iloc[0], table.dropna(subset=["characters"]).iloc[-1]
    times = first["characters"] / last["characters"]
    title = f"The longest reply printed ({first['respondent']}) is {times:.0f} times as long as the shortest "
    title += f"({last['respondent']})"
    printed = table.attrs["respondents"]
    measure = "Characters of the Chinese text, without spaces, in paragraphs and list items\n"
    measure += f"{printed} replies with text; {len(table) - printed} not reproduced; dotted: marked as a summary"
    alt = "Characters: " + "; ".join(
        f"{row.respondent} {'not reproduced' if pd.isna(row.characters) else row.characters}"
        f"{' (executive summary)' if row.form == 'executive_summary' else ''}"
        for row in table.itertuples()
    )
    return style.finish(figure, title, measure, alt + ".", table)


@style.drawn
def draw_rows(ds: Dataset) -> style.Chart:
    """Rows against length for three coded tables: above all rows, below each item once.

    Named are, for each table, the reply with most rows, and the longest without any if it is longer than the median.
    """
    data, effect = rows_and_length(ds), length_effect(ds).set_index("table")
    figure, axes = style.canvas(6.2, 2, len(effect), sharex=True, sharey="col")
    views = [("rows", "rows_with_length", "all rows"), ("different", "once_with_length", "each item once")]
    for across, words in enumerate(effect.index):
        part = data[data["table"] == words].sort_values(["characters", "reply_id"], ascending=[False, True])
        bare = part[(part["rows"] == 0) & (part["characters"] > part["characters"].median())].head(1)
        for down, (column, rho, how) in enumerate(views):
            panel = axes[down, across]
            for kind in _KINDS:
                own = part[part["respondent_kind"] == kind]
                panel.scatter(own["characters"].astype(float), own[column], clip_on=False, **_mark(kind) | {"s": 26})
            for row, side, shift in [(part.nlargest(1, "rows"), "center", (0, 6)), (bare, "left", (6, 2))]:
                for name, x, y in row[["respondent", "characters", column]].values:
                    panel.annotate(name, (float(x), y), shift, textcoords="offset points", ha=side, fontsize=9)
            panel.set_title(f"{words},\n{how} ({effect.loc[words, rho]:.2f})", fontsize=10, loc="left")
            panel.tick_params(labelsize=9, length=3)
            panel.set_ylim(0, part["rows"].max() * 1.15)
    axes[0, 0].set_xlim(0, 1450)
    axes[1, 1].set_xlabel("Characters of the reply as printed", fontsize=9)
    _key(axes[1, 0], "upper left", borderpad=0, handletextpad=0.2)
    figure.subplots_adjust(left=0.05, right=0.98, top=0.77, bottom=0.13, hspace=0.36, wspace=0.17)
    change = effect[(effect["once_with_length"] - effect["rows_with_length"]).abs() >= 0.1]
    words = [f"{row.Index} ({row.rows_with_length:.2f} to {row.once_with_length:.2f})" for row in change.itertuples()]
    up = (effect["rows_with_length"] > 0).all()
    title = "Longer replies tend to have more rows" if up else "Rows and length of replies"
    title += f"; counting each item once changes this {'for ' + ' and '.join(words) if words else 'little'}"
    replies = f"{effect.attrs['respondents']} replies"
    measure = f"Above: coded rows. Below: different items. One point a reply, {replies} with text\n"
    measure += "(in brackets: rank correlation with length)"
    alt = f"Scatter plots of {replies}, characters against rows. " + "; ".join(
        f"{row.Index}: rank correlation {row.rows_with_length:.2f} for all rows, {row.once_with_length:.2f} with each "
        f"item once a reply"
        for row in effect.itertuples()
    )
    return style.finish(figure, title, measure, alt + ".", data)
