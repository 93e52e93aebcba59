"""When the replies are dated, how they are printed, how long they are, and what length does to every count.

Length is the number of characters of the printed text without spaces, in paragraphs and list items. Where rows are set
against it, only rows of paragraphs and list items of replies with text count, so that both speak of the same text.
"""

from __future__ import annotations

import pandas as pd

from .dataset import KINDS, Dataset
from .text import label

#: The official languages of the United Nations.
LANGUAGES = ("ar", "zh", "en", "fr", "ru", "es")
#: The coded tables set against length: what their rows are called, and the column of the item that they name.
TABLES = {
    "measures": ("measures", "category"),
    "actor_mentions": ("mentions of actors", "actor_id"),
    "instrument_mentions": ("mentions of instruments", "instrument_id"),
}
_TEXT = ("paragraph", "list_item")


def timetable(ds: Dataset) -> pd.DataFrame:
    """The date of each reply against the request that it answers and against the cut-off.

    One row is one reply, by date and then by place in the report, the reply that is not reproduced too, since it has a
    date: ``reply_id``, ``respondent``, ``respondent_kind``, ``asked_by`` (the request that went to that kind of
    respondent: the letters to organizations, the note verbale to Member States), ``asked`` (its date), ``dated`` (the
    date that the reply bears, not that of receipt), ``days_since_asked`` and ``days_to_cutoff`` (whole days),
    ``original_language``, ``form`` and ``remark`` (language and form in words, where the reply is not in English or
    not as printed; else empty).

    >>> from unreplies import load
    >>> timetable(load())[["respondent", "asked_by", "days_since_asked"]].head(1).to_numpy().tolist()
    [['FATF', 'letters', 14]]
    """
    report = ds.reports.iloc[0]
    table = ds.respondents.sort_values(["dated", "position"], ignore_index=True)
    states = table["respondent_kind"] == KINDS[0]
    table["asked_by"] = states.map({True: "note verbale", False: "letters"})
    table["asked"] = pd.Series(report["letters_sent"], table.index).mask(states, report["note_verbale"])
    table["days_since_asked"] = (table["dated"] - table["asked"]).dt.days
    table["days_to_cutoff"] = (report["cutoff"] - table["dated"]).dt.days
    table["remark"] = _remarks(table)
    columns = ["reply_id", "respondent", "respondent_kind", "asked_by", "asked", "dated", "days_since_asked"]
    return table[[*columns, "days_to_cutoff", "original_language", "form", "remark"]]


def replies_by(ds: Dataset, column: str) -> pd.DataFrame:
    """How many replies there are of each language (``original_language``) or form (``form``).

    One row is one value, the most frequent first: ``column``, ``member_states``, ``organizations`` and ``replies``
    (their sum) of ``of_member_states``, ``of_organizations`` and ``of``, which are all replies, the one that is not
    reproduced too; ``median_characters`` of those with text.

    >>> from unreplies import load
    >>> replies_by(load(), "form").set_index("form")["replies"].to_dict()
    {'as_printed': 17, 'executive_summary': 6, 'not_reproduced': 1}
    """
    replies, characters = ds.respondents, lengths(ds).set_index("reply_id")["characters"]
    kinds = dict(zip(("member_states", "organizations"), KINDS))
    flags = {name: (replies["respondent_kind"] == kind).astype("int64") for name, kind in kinds.items()}
    groups = replies.assign(**flags, n=replies["reply_id"].map(characters)).groupby(column, observed=True)
    counts = groups[[*flags]].sum()
    counts["replies"] = counts.sum(axis=1)
    counts["median_characters"] = groups["n"].median()
    counts = counts.sort_values("replies", ascending=False, kind="stable").reset_index()
    return counts.assign(**{f"of_{name}": int(flag.sum()) for name, flag in flags.items()}, of=len(replies))


def lengths(ds: Dataset) -> pd.DataFrame:
    """How long each reply is as printed.

    One row is one respondent with text of its own, the longest first: ``reply_id``, ``respondent``,
    ``respondent_kind``, ``form``, ``remark`` (as in `timetable`), ``passages`` and ``characters`` (of its paragraphs
    and list items, counted from the passages).

    >>> from unreplies import load
    >>> lengths(load()).iloc[[0, -1]].set_index("respondent")["characters"].to_dict()
    {'Estonia': 1237, 'Guyana': 154}
    """
    text = ds.passages[ds.passages["kind"].isin(_TEXT)].groupby("reply_id")["n_chars"]
    table = ds.respondents.query("own_text").reset_index(drop=True)
    table["remark"] = _remarks(table)
    for column, counts in (("passages", text.size()), ("characters", text.sum())):
        table[column] = table["reply_id"].map(counts).fillna(0).astype("int64")
    table = table.sort_values(["characters", "position"], ascending=[False, True], ignore_index=True)
    return table[["reply_id", "respondent", "respondent_kind", "form", "remark", "passages", "characters"]]


def rows_and_length(ds: Dataset) -> pd.DataFrame:
    """The coded rows of each reply beside its length.

    One row is one respondent with text of its own and one coded table: ``reply_id``, ``respondent``,
    ``respondent_kind``, ``characters``, ``table`` (its name for readers), ``rows`` (in paragraphs and list items) and
    ``different`` (different items in these rows: what is left of the reply when each item counts once).

    >>> from unreplies import load
    >>> table = rows_and_length(load()).query("table == 'mentions of instruments'").set_index("reply_id")
    >>> table.loc["au", ["rows", "different"]].to_list()
    [18, 9]
    """
    replies, parts = lengths(ds)[["reply_id", "respondent", "respondent_kind", "characters"]], []
    for name, (words, item) in TABLES.items():
        of_reply = _counted(ds, name).groupby("reply_id")[item]
        part = replies.assign(table=words)
        for column, counts in (("rows", of_reply.size()), ("different", of_reply.nunique())):
            part[column] = part["reply_id"].map(counts).fillna(0).astype("int64")
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def length_effect(ds: Dataset) -> pd.DataFrame:
    """How far the rows follow the length of a reply, and whether counting each item once changes that.

    One row is one coded table: ``table``, ``rows`` (counted), ``left_out`` (rows of the introduction, of footnotes and
    subheadings, and in place of a reply that is not reproduced), ``rows_with_length`` and ``once_with_length``
    (Spearman's rank correlation of the characters with the rows, and with the different items, over the respondents
    with text, which are ``of``; ties at their mean rank). It describes these replies and tests nothing.

    >>> from unreplies import load
    >>> table = length_effect(load()).set_index("table")
    >>> round(float(table.loc["measures", "rows_with_length"]), 2)
    0.85
    """
    result, totals = [], {words: len(ds[name]) for name, (words, _) in TABLES.items()}
    for words, part in rows_and_length(ds).groupby("table", sort=False):
        ranks = part[["characters", "rows", "different"]].rank().corr()["characters"]
        rows = int(part["rows"].sum())
        result.append([words, rows, totals[words] - rows, ranks["rows"], ranks["different"], len(part)])
    return pd.DataFrame(result, columns=["table", "rows", "left_out", "rows_with_length", "once_with_length", "of"])


def _counted(ds: Dataset, table: str) -> pd.DataFrame:
    """The rows of a coded table in paragraphs and list items of respondents with text of their own."""
    rows = ds.joined(table)
    return rows[rows["kind"].isin(_TEXT) & rows["own_text"]]


def _remarks(replies: pd.DataFrame) -> list[str]:
    """What sets each reply apart from those in English and as printed."""
    codes = zip(replies["original_language"], replies["form"])
    return [", ".join(label(code) for code in pair if code not in ("en", "as_printed")) for pair in codes]
