"""Portraits of the respondents, one a reply, for the notebook ``08_respondents``.

A portrait sets beside each other what was coded from one reply; the tables say where each reply stands among the
others. What the Secretary-General writes in place of a reply that he does not reproduce is shown in its portrait, as
his; it and the actors of editorial notes are left out wherever replies are compared by what they name.
"""

from __future__ import annotations

import re

import pandas as pd

from . import style, who_works_with_whom
from .dataset import Dataset
from .descriptor import UnknownName
from .text import day, escape, visible

_SECTIONS = {
    "II": "Member State",
    "III.A": "body of the United Nations system",
    "III.B": "other international organization",
}
_FORMS = {
    "as_printed": "printed without a note of abridgement",
    "executive_summary": "printed as an executive summary, by its own note",
    "not_reproduced": "not reproduced",
}
_TYPES = {
    "state": "States",
    "un_body": "United Nations bodies",
    "global_org": "Global organizations and their organs",
    "regional_org": "Regional organizations and their organs",
    "arrangement": "Arrangements",
    "programme": "Programmes",
    "national_body": "National bodies",
}
_DOMAINS = ["nuclear", "radiological", "chemical", "biological", "delivery", "explosive", "wmd_general"]
_QUALIFIERS = {"exact": "", "at_least": "at least ", "about": "about ", "average": "on average "}


class Portrait:
    """The portrait of one respondent: ``head`` (who, when, how), ``gists`` and ``parts`` (what was coded, in lines).

    ``gists`` has one row per passage with a gist and the ``caption`` over it, ``parts`` maps each heading to its lines.
    In a notebook each passage with a gist is an anchor (``id="iaea.08"``), and a link to it wherever it is named.
    """

    def __init__(self, head: str, caption: str, gists: pd.DataFrame, parts: dict[str, list[str]], anchors: list[str]):
        self.head, self.caption, self.gists, self.parts, self.anchors = head, caption, gists, parts, anchors

    def __repr__(self) -> str:
        rows = [f"{passage}  {gist}" for passage, gist in zip(self.gists["passage_id"], self.gists["gist_en"])]
        parts = [line for name, lines in self.parts.items() for line in ("", name, *(f"- {line}" for line in lines))]
        return "\n".join(map(visible, [self.head, "", self.caption, *rows, *parts]))

    def _repr_html_(self) -> str:
        known = re.compile(r"\b(" + "|".join(map(re.escape, self.anchors)) + r")\b(?!\.\w)")
        cell = 'style="text-align:left;vertical-align:top"'
        gists = "".join(
            f'<tr id="{escape(row.passage_id)}"><th scope="row" {cell}>{escape(row.passage_id)}</th>'
            f"<td {cell}>{escape(row.gist_en)}</td></tr>"
            for row in self.gists.itertuples()
        )
        parts = "".join(
            f'<tr><th scope="row" {cell}>{escape(name)}</th><td {cell}>'
            + "<br>".join(known.sub(r'<a href="#\1">\1</a>', escape(line)) for line in lines)
            + "</td></tr>"
            for name, lines in self.parts.items()
        )
        caption = 'style="text-align:left;font-weight:bold;padding-bottom:0.4em"'
        return (
            f"<p>{escape(self.head)}</p>\n"
            f"<table><caption {caption}>{escape(self.caption)}</caption><tbody>{gists}</tbody></table>\n"
            f"<table><caption {caption}>What was coded from it</caption><tbody>{parts}</tbody></table>"
        )


def overview(ds: Dataset) -> pd.DataFrame:
    """What the data holds of each respondent.

    One row is one respondent, in the order of the report: ``reply_id``, ``respondent``, ``form``, and how many
    ``passages`` (paragraphs and list items), ``categories`` of measures, different ``instruments`` and ``actors``,
    ``events``, ``quantities`` and ``anomalies`` it has, notes included but for the passages. The denominators, what the
    whole dataset has of each, are in ``attrs``; the introduction is in them and in no row.

    >>> from unreplies import load
    >>> table = overview(load()).set_index("reply_id")
    >>> int(table.loc["iaea", "quantities"]), table.attrs["quantities"]
    (16, 44)
    """
    replies = ds.joined("replies").sort_values("position", kind="stable")
    table = replies[["reply_id", "respondent", "form"]].reset_index(drop=True)
    counted = {
        "passages": (ds.passages[ds.passages["kind"].isin(["paragraph", "list_item"])], "passage_id"),
        "categories": (ds.measures, "category"),
        "instruments": (ds.instrument_mentions, "instrument_id"),
        "actors": (ds.actor_mentions, "actor_id"),
        "events": (ds.events, "event_id"),
        "quantities": (ds.quantities, "quantity_id"),
        "anomalies": (ds.anomalies, "anomaly_id"),
    }
    reply_of, attrs = ds.passages.set_index("passage_id")["reply_id"], {}
    for name, (rows, key) in counted.items():
        found = rows.groupby(rows["passage_id"].map(reply_of))[key].nunique()
        table[name] = table["reply_id"].map(found).fillna(0).astype("int64")
        attrs[name] = len(ds.measure_categories) if name == "categories" else int(rows[key].nunique())
    assert table["passages"].to_list() == replies["n_passages"].to_list(), "passages do not add up to their reply"
    table.attrs = attrs
    return table


def standing(ds: Dataset) -> pd.DataFrame:
    """Where each respondent stands among the others.

    One row is one respondent, in the order of the report: ``reply_id``, ``respondent``, ``days_before_cutoff`` (from
    its date to the cut-off date), ``length_rank`` (1 is the longest text printed; empty where the reply is not
    reproduced), ``instruments`` and ``only_here`` (different instruments that it mentions, and those of them that no
    other reply mentions), ``actors`` and ``actors_only_here`` (likewise), ``names`` and ``named_by`` (lists of the
    respondents that it names by their own names, and of those that so name it, "(as a place)" where no more than that).
    Actors of editorial notes are left out; instruments of notes are the respondents' own. The denominators are in
    ``attrs``: ``replies with text``, and the different ``instruments`` and ``actors`` that these name.

    >>> from unreplies import load
    >>> standing(load()).set_index("reply_id").loc["tha", ["names", "named_by"]].to_list()
    [[], []]
    """
    replies = ds.joined("replies").sort_values("position", kind="stable").reset_index(drop=True)
    printed = replies["form"] != "not_reproduced"
    table = replies[["reply_id", "respondent"]].copy()
    table.attrs = {"replies with text": int(printed.sum())}
    table["days_before_cutoff"] = (ds.reports["cutoff"].item() - replies["dated"]).dt.days
    table["length_rank"] = replies["n_chars"].where(printed).rank(ascending=False, method="min").astype("Int64")
    mentions = ds.joined("instrument_mentions")
    namings = who_works_with_whom.namings(ds)
    for rows, key, every, alone in (
        (mentions[mentions["reply_form"] != "not_reproduced"], "instrument_id", "instruments", "only_here"),
        (namings[namings["manner"] != "editorial note"], "actor_id", "actors", "actors_only_here"),
    ):
        named = rows.dropna(subset=["reply_id"]).drop_duplicates(["reply_id", key])
        table.attrs[every] = int(named[key].nunique())
        for column, some in ((every, named), (alone, named[~named.duplicated(key, keep=False)])):
            table[column] = table["reply_id"].map(some.groupby("reply_id").size()).fillna(0).astype("int64")
    links = who_works_with_whom.links(ds, with_organs=False).query("replied and manner != 'editorial note'")
    links["end"] = links["manner"].map(lambda manner: " (as a place)" if manner == "place of an event" else "")
    ends = {(row.reply_id, row.named_id): row.end for row in links.itertuples()}
    order = list(zip(table["reply_id"], table["respondent"]))
    table["names"] = [[name + ends[one, two] for two, name in order if (one, two) in ends] for one, _ in order]
    table["named_by"] = [[name + ends[two, one] for two, name in order if (two, one) in ends] for one, _ in order]
    assert table["names"].map(len).sum() == table["named_by"].map(len).sum() == len(ends), "a naming was lost"
    return table


def portrait(ds: Dataset, reply_id: str) -> Portrait:
    """What was coded from one reply, for reading.

    Who replied, when, in which language and form; each gist with its passage; measures by category, with status;
    instruments with the relation; actors by type; events with their dates as far as they are known; quantities;
    anomalies; and where the reply stands in the notebooks. ``reply_id`` is the key in ``replies``; raises `UnknownName`
    for another.

    >>> from unreplies import load
    >>> portrait(load(), "tkm").parts["Measures"]
    ['none coded']
    >>> portrait(load(), "iaa")
    Traceback (most recent call last):
    ...
    unreplies.descriptor.UnknownName: there is no respondent 'iaa'; did you mean 'iaea'? There are: aus, ...
    """
    replies = ds.joined("replies").sort_values("position", kind="stable")
    if reply_id not in set(replies["reply_id"]):
        raise UnknownName("respondent", reply_id, replies["reply_id"])
    reply = replies[replies["reply_id"] == reply_id].iloc[0]
    with_gist = ds.passages.dropna(subset=["gist_en", "reply_id"])
    gists = with_gist[with_gist["reply_id"] == reply_id].sort_values("ordinal", kind="stable")
    parts = {"Domains": [_domains(gists)]}
    for name, (heading, lines) in _LINES.items():
        rows = ds.joined(name)
        rows = rows[rows["reply_id"] == reply_id].sort_values("passage_id", kind="stable")
        parts[heading] = (lines(rows, ds) if name == "events" else lines(rows)) or ["none coded"]
    parts["In the analysis"] = _analysis(ds, reply)
    caption = "What the report prints in its place" if reply["form"] == "not_reproduced" else "What it says"
    columns = gists[["passage_id", "gist_en"]].reset_index(drop=True)
    return Portrait(_head(reply, len(replies)), caption, columns, parts, with_gist["passage_id"].to_list())


def _count(number: int, noun: str, plural: str = "") -> str:
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def _plural(unit: str, value: float) -> str:
    unit = "State" if unit == "state" else unit
    if value == 1 or unit == "percent":
        return unit
    return f"{unit[:-1]}ies" if unit.endswith("y") else f"{unit}s"


def _head(reply: pd.Series, replies: int) -> str:
    name = reply["respondent_name"]
    short = "" if reply["respondent"] == name else f" ({reply['respondent']})"
    text = f"{name}{short}, {_SECTIONS[reply['section']]}: reply {reply['position']} of {replies} in the report, dated "
    text += f"{reply['dated'].day} {reply['dated']:%B %Y}, written in {style.label(reply['original_language'])}, "
    text += f"{_FORMS[reply['form']]}; {_count(reply['n_passages'], 'passage')} without notes and headings, "
    text += f"{_count(reply['n_chars'], 'character')} of the Chinese edition."
    if reply["form"] == "not_reproduced":
        text += " That passage is the Secretary-General's, and so is all that is coded below; of the reply nothing is."
    return text


def _domains(gists: pd.DataFrame) -> str:
    flags = gists.dropna(subset=["wmd_general"])
    named = {name: int(flags[name].sum()) for name in _DOMAINS}
    words = ", ".join(f"{'no material named' if k == 'wmd_general' else k} {n}" for k, n in named.items() if n)
    return f"{words}; of {_count(len(flags), 'passage')}, each of which can have several"


def _grouped(rows: pd.DataFrame, inner: str) -> str:
    """``party rus.04; cites rus.08, rus.10``: passages by a column, in the column's order."""
    groups = rows.drop_duplicates([inner, "passage_id"]).groupby(inner, observed=True, sort=True)["passage_id"]
    return "; ".join(f"{style.label(str(value))} {', '.join(passages)}" for value, passages in groups)


def _measures(rows: pd.DataFrame) -> list[str]:
    lines = []
    for (label, provision), group in rows.groupby(["category_label", "resolution_1540"], sort=False, dropna=False):
        provision = "no provision of resolution 1540 (2004)" if pd.isna(provision) else provision
        lines.append(f"{label} ({provision}): {_grouped(group, 'status')}")
    return lines


def _instruments(rows: pd.DataFrame) -> list[str]:
    return [f"{name}: {_grouped(group, 'relation')}" for name, group in rows.groupby("instrument", sort=False)]


def _actors(rows: pd.DataFrame) -> list[str]:
    note = rows["kind"].eq("footnote").map({True: " in an editorial note", False: ""})
    rows, lines = rows.assign(place=rows["passage_id"] + note), []
    for code, group in rows.groupby("actor_type", observed=True):
        names = [f"{name} ({', '.join(its['place'])})" for name, its in group.groupby("actor", sort=False)]
        lines.append(f"{_TYPES[str(code)]}: {'; '.join(names)}")
    return lines


def _events(rows: pd.DataFrame, ds: Dataset) -> list[str]:
    actors, lines = ds.joined("event_actors"), []
    for event in rows.sort_values(["date", "event_id"]).itertuples():
        when = day(event.date, event.date_precision)
        if pd.notna(event.date_end):
            when += f" to {day(event.date_end, event.date_end_precision)}"
        place = ", ".join(str(part) for part in (event.city, event.state) if pd.notna(part))
        parts = actors[actors["event_id"] == event.event_id]
        roles = [f"{actor} ({style.label(role)})" for actor, role in zip(parts["actor"], parts["role"])]
        about = "; ".join([style.label(event.event_type), *([place] if place else []), *roles])
        lines.append(f"{when}: {event.title_en} – {about}; {event.passage_id}")
    return lines


def _quantities(rows: pd.DataFrame) -> list[str]:
    lines = []
    for row in rows.itertuples():
        date = "" if pd.isna(row.as_of) else f", as of {day(row.as_of)}"
        number = f"{_QUALIFIERS[row.qualifier]}{row.value:,g} {_plural(row.unit, row.value)}"
        lines.append(f"{number}: {row.what_en}{date}; {row.passage_id}")
    return lines


def _anomalies(rows: pd.DataFrame) -> list[str]:
    against = {"itself": "the report against itself", "public_record": "the report against the public record"}
    return [
        f"{row.passage_id}, {style.label(row.anomaly_type)}, {against[row.against]}: {row.note_en}"
        for row in rows.itertuples()
    ]


#: The coded tables of a portrait, in its order: heading, and what makes lines of the rows of one reply.
_LINES = {
    "measures": ("Measures", _measures),
    "instrument_mentions": ("Instruments", _instruments),
    "actor_mentions": ("Actors", _actors),
    "events": ("Events", _events),
    "quantities": ("Quantities", _quantities),
    "anomalies": ("Anomalies", _anomalies),
}


def _analysis(ds: Dataset, reply: pd.Series) -> list[str]:
    """One line per notebook: where the reply stands in what it counts."""
    table, counts = standing(ds), overview(ds)
    row = table[table["reply_id"] == reply["reply_id"]].iloc[0]
    count = counts[counts["reply_id"] == reply["reply_id"]].iloc[0]
    of, texts, days = counts.attrs, table.attrs["replies with text"], row["days_before_cutoff"]
    standings = ds.memberships.loc[ds.memberships["actor_id"] == reply["reply_id"], "standing"].value_counts()
    members, suspended = int(standings.get("member", 0)), int(standings.get("suspended", 0))
    if pd.notna(reply["regional_group"]):
        size = int((ds.states["regional_group"] == reply["regional_group"]).sum())
        first = f"{style.label(reply['regional_group'])}, a group of {_count(size, 'Member State')}"
    elif members:
        more = f", and {suspended} suspended" if suspended else ""
        first = f"{_count(members, 'Member State')} of the United Nations belong to it{more}"
    else:
        first = "no list of members in the data, which has those of regional organizations only"
    when = "on the cut-off date" if days == 0 else f"{_count(days, 'day')} before the cut-off date"
    if reply["form"] == "not_reproduced":
        own = ["02 When and how: dated " + when + "; not ranked by length", "03 to 06: nothing of its own to count"]
    else:
        named = f": {', '.join(row['named_by'])}" if row["named_by"] else ""
        names = f": {', '.join(row['names'])}" if row["names"] else ""
        number = row["instruments"]
        only = f"{_count(number, 'instrument')}, {row['only_here']} of them in no other reply"
        own = [
            f"02 When and how: dated {when}; by length of the printed text, place {row['length_rank']} of {texts}",
            f"03 Which instruments recur: {only if number else 'no instrument'}",
            f"04 What was done: {count['categories']} of {of['categories']} categories of measures",
            f"05 Who works with whom, each by its own name: names {_count(len(row['names']), 'other respondent')}"
            f"{names}; named in {len(row['named_by'])} of the {texts - 1} other replies with text{named}",
            f"06 Events and figures: {count['events']} of {_count(of['events'], 'event')}, "
            f"{count['quantities']} of {of['quantities']} quantities",
        ]
    last = f"07 How far to trust it: {count['anomalies']} of {_count(of['anomalies'], 'anomaly', 'anomalies')}"
    return [f"01 Who replied: {first}", *own, last]
