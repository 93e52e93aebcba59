"""What was coded from each reply, where it stands among the others, and any two of them side by side.

A reply that is not reproduced has no text of its own: what the report prints in its place shows in its portrait and
counts nowhere. Actors of editorial notes are named by the editors and count nowhere either.
"""

from __future__ import annotations

from itertools import combinations
from math import comb, fsum

import pandas as pd

from . import who_works_with_whom
from .dataset import DOMAINS, Dataset
from .errors import UnknownName
from .text import label

#: What is coded from a reply, and where: its column in `overview`, its table, the column that tells one item from
#: another, and the column with its words.
_CODED = {
    "passage": ("passages", "passages", "passage_id", "gist_en"),
    "measure": ("categories", "measures", "category", "category_label"),
    "instrument": ("instruments", "instrument_mentions", "instrument_id", "instrument"),
    "actor": ("actors", "actor_mentions", "actor_id", "actor"),
    "event": ("events", "events", "event_id", "title_en"),
    "quantity": ("quantities", "quantities", "quantity_id", "what_en"),
    "anomaly": ("anomalies", "anomalies", "anomaly_id", "note_en"),
}
_COMPARED = ("measure", "instrument", "actor", "event")
_SHARED = _COMPARED[:3]  # an event is coded from one passage alone


def items(ds: Dataset) -> pd.DataFrame:
    """Everything that counts for a respondent, in one table.

    One row is one item in one passage of a reply: ``reply_id``, ``respondent``, ``kind`` (``passage``, ``measure``,
    ``instrument``, ``actor``, ``event``, ``quantity`` or ``anomaly``), ``item_id`` (its key; of a measure, its
    category), ``item`` (its name, title or gist) and ``passage_id``. Passages are paragraphs and list items. Left out
    is what belongs to no respondent: the introduction, what is printed in place of a reply that is not reproduced, and
    actors of editorial notes; instruments in notes are the respondents' own.

    >>> from unreplies import load
    >>> items(load()).query("reply_id == 'osce'")["kind"].value_counts(sort=False).to_list()
    [1, 3, 0, 0, 0, 1, 1]
    """
    parts = []
    for kind, (_, table, key, words) in _CODED.items():
        rows = ds.joined(table).query("own_text")
        if table == "passages":
            rows = rows[rows["kind"].isin(["paragraph", "list_item"])]
        if table == "actor_mentions":
            rows = rows[rows["kind"] != "footnote"]
        columns = {name: rows[name].astype("str") for name in ("reply_id", "respondent", "passage_id")}
        parts.append(pd.DataFrame(columns | {"item_id": rows[key].astype("str"), "item": rows[words], "kind": kind}))
    result = pd.concat(parts, ignore_index=True).drop_duplicates(["kind", "item_id", "passage_id"], ignore_index=True)
    result["kind"] = pd.Categorical(result["kind"], list(_CODED))
    return result[["reply_id", "respondent", "kind", "item_id", "item", "passage_id"]]


def overview(ds: Dataset) -> pd.DataFrame:
    """How much was coded from each reply.

    One row is one reply, in the order of the report: ``reply_id``, ``respondent``, ``respondent_kind``, ``form``, and
    how many ``passages`` (paragraphs and list items), ``categories`` of measures, different ``instruments`` and
    ``actors``, ``events``, ``quantities`` and ``anomalies`` it has, by the rules of `items`; empty for a reply that is
    not reproduced. Passages, events, quantities and anomalies add up to those of all replies; of the other three,
    which several replies can have, ``of_categories``, ``of_instruments`` and ``of_actors`` are the different ones of
    the codebook and of all replies.

    >>> from unreplies import load
    >>> overview(load()).query("reply_id == 'iaea'")[["quantities", "categories", "of_categories"]].to_numpy().tolist()
    [[16, 7, 15]]
    """
    result = ds.respondents[["reply_id", "respondent", "respondent_kind", "form", "own_text"]]
    coded = items(ds)
    for kind, (column, *_) in _CODED.items():
        own = coded[coded["kind"] == kind]
        numbers = result["reply_id"].map(own.groupby("reply_id")["item_id"].nunique()).fillna(0)
        result[column] = numbers.astype("Int64").where(result["own_text"])
    different = coded.groupby("kind", observed=False)["item_id"].nunique()
    return result.drop(columns="own_text").assign(
        of_categories=len(ds.measure_categories), of_instruments=different["instrument"], of_actors=different["actor"]
    )


def standing(ds: Dataset) -> pd.DataFrame:
    """Where each reply stands among the others.

    One row is one reply, in the order of the report: ``reply_id``, ``respondent``, ``days_before_cutoff`` (from its
    date to the cut-off date), ``length_rank`` (1 is the longest text), ``instruments_only_here`` and
    ``actors_only_here`` (how many it mentions that no other reply does), ``mentions`` and ``mentioned_by`` (the
    respondents that it mentions, and those that mention it: by name and not through an organ, and not as the place of
    an event alone), and ``of`` (replies with text). Empty, but for the date, where the reply is not reproduced.

    >>> from unreplies import load
    >>> standing(load()).set_index("reply_id").loc["unodc", ["mentions", "mentioned_by"]].to_list()
    ['IAEA, OPCW, OSCE', 'Russian Federation, WCO']
    """
    respondents, coded = ds.respondents, items(ds)
    text = respondents["own_text"]
    result = respondents[["reply_id", "respondent"]]
    result["days_before_cutoff"] = (ds.reports["cutoff"].item() - respondents["dated"]).dt.days
    result["length_rank"] = respondents["n_chars"].where(text).rank(ascending=False, method="min").astype("Int64")
    for kind in ("instrument", "actor"):
        once = coded[coded["kind"] == kind].drop_duplicates(["reply_id", "item_id"])
        alone = once[~once.duplicated("item_id", keep=False)].groupby("reply_id").size()
        result[f"{kind}s_only_here"] = result["reply_id"].map(alone).fillna(0).astype("Int64").where(text)
    links = who_works_with_whom.links(ds, with_organs=False)
    links = links[links["replied"] & links["manner"].isin(who_works_with_whom.SPOKEN)]
    for column, key, names in (("mentions", "reply_id", "named"), ("mentioned_by", "named_id", "respondent")):
        others = result["reply_id"].map(links.groupby(key)[names].agg(", ".join))
        result[column] = others.astype("str").fillna("").where(text)
    return result.assign(of=ds.denominators["of"])


def pairs(ds: Dataset) -> pd.DataFrame:
    """What each two replies have in common.

    One row is one pair of replies with text of their own, in the order of the report: ``one`` and ``other`` (their
    reply_ids), ``respondents`` (their names), and how many ``categories`` of measures, ``instruments`` and ``actors``
    both have, with ``categories_of_either``, ``instruments_of_either`` and ``actors_of_either``, the different ones of
    the two together.

    >>> from unreplies import load
    >>> pairs(load()).set_index("respondents").loc["ICAO and IMO", ["categories", "categories_of_either"]].to_list()
    [4, 6]
    """
    own = ds.respondents.query("own_text")
    has = items(ds).groupby(["reply_id", "kind"], observed=True)["item_id"].agg(set).to_dict()
    counts = [f"{_CODED[kind][0]}{end}" for kind in _SHARED for end in ("", "_of_either")]
    rows = []
    for (one, name), (other, its) in combinations(zip(own["reply_id"], own["respondent"]), 2):
        sides = [[has.get((reply, kind), set()) for reply in (one, other)] for kind in _SHARED]
        numbers = [len(some) for left, right in sides for some in (left & right, left | right)]
        rows.append([one, other, f"{name} and {its}", *numbers])
    names = ["one", "other", "respondents"]
    return pd.DataFrame(rows, columns=[*names, *counts]).astype(
        dict.fromkeys(names, "str") | dict.fromkeys(counts, int)
    )


def sharing(ds: Dataset) -> pd.DataFrame:
    """In how many pairs of replies both have something in common, and in how many of chance alone.

    One row is one kind of what two replies can share: ``kind`` (``measure``, ``instrument`` or ``actor``), the pairs
    that share ``none``, ``one``, and ``more``, ``none_by_chance`` (the mean number of pairs without a common item if
    each respondent had drawn as many as it has, at random, from those of the codebook or of all replies), and the
    denominator ``of`` (all pairs).

    >>> from unreplies import load
    >>> sharing(load())[["kind", "none", "of"]].to_numpy().tolist()
    [['measure', 1, 253], ['instrument', 210, 253], ['actor', 203, 253]]
    """
    table, counts, rows = pairs(ds), overview(ds).set_index("reply_id"), []
    for kind in _SHARED:
        column = _CODED[kind][0]
        has, whole = counts[column].dropna().astype(int), int(counts[f"of_{column}"].max()) if len(counts) else 0
        both, sizes = table[column], zip(table["one"].map(has), table["other"].map(has))
        chance = fsum(comb(whole - one, other) / comb(whole, other) for one, other in sizes)
        rows.append([kind, int((both == 0).sum()), int((both == 1).sum()), int((both > 1).sum()), chance, len(table)])
    return pd.DataFrame(rows, columns=["kind", "none", "one", "more", "none_by_chance", "of"])


def compare(ds: Dataset, one: str, other: str) -> pd.DataFrame:
    """Any two replies side by side.

    One row is one kind and item: ``kind`` (``measure``, ``instrument``, ``actor`` or ``event``), ``item``, ``who`` has
    it (``both``, or the name of the one or of the other), and the passages of each, ``passages_of_one`` and
    ``passages_of_other``, empty where it has none. What both have comes first within its kind. ``one`` and ``other``
    are keys of ``replies``; raises `UnknownName` for any other word.

    >>> from unreplies import load
    >>> compare(load(), "oco", "wco").query("kind == 'instrument' and who == 'both'")["item"].to_list()
    ['Harmonized System', 'SAFE Framework']
    """
    names, coded, key = ds.respondents.set_index("reply_id")["respondent"], items(ds), ["kind", "item_id", "item"]
    sides = []
    for reply, column in ((one, "passages_of_one"), (other, "passages_of_other")):
        if reply not in names.index:
            raise UnknownName("respondent", reply, names.index)
        own = coded[(coded["reply_id"] == reply) & coded["kind"].isin(_COMPARED)]
        sides.append(_with_passages(own, key, column))
    result = sides[0].merge(sides[1], how="outer", on=key)
    in_one, in_other = result["passages_of_one"].notna(), result["passages_of_other"].notna()
    who = in_one.map({True: names[one], False: names[other]}).mask(in_one & in_other, "both")
    result["who"] = pd.Categorical(who, list(dict.fromkeys(["both", names[one], names[other]])), ordered=True)
    columns = {"passages_of_one": "", "passages_of_other": ""}
    result = result.fillna(columns).sort_values(["kind", "who", "item", "item_id"], ignore_index=True)
    return result[["kind", "item", "who", *columns]]


def portrait(ds: Dataset, reply_id: str) -> dict[str, pd.DataFrame]:
    """Everything that was coded from one reply, as tables.

    ``respondent`` has one row with what `Dataset.respondents`, `overview` and `standing` say of the reply, and how many
    Member States belong to it, ``members`` and ``members_suspended`` (of a regional organization; else empty). One row
    of ``passages`` is one passage with its gist and ``domains`` (what it has words for); of ``measures``,
    ``instruments`` and ``actors`` one item with its codes and passages; of ``events``, ``quantities`` and
    ``anomalies`` one of these. All that is printed shows here, of a reply that is not reproduced too; an actor that
    only editors mention has ``editorial_note``. ``reply_id`` is the key in ``replies``; raises `UnknownName` for
    another.

    >>> from unreplies import load
    >>> {name: len(table) for name, table in portrait(load(), "osce").items()}
    {'respondent': 1, 'passages': 2, ...}
    """
    if reply_id not in set(ds.replies["reply_id"]):
        raise UnknownName("respondent", reply_id, ds.respondents["reply_id"])
    own = {table: _of_reply(ds.joined(table), reply_id) for _, table, *_ in _CODED.values()}
    actors = own["actor_mentions"].assign(editorial_note=lambda rows: rows["kind"].eq("footnote"))
    return {
        "respondent": _facts(ds, reply_id),
        "passages": _gists(own["passages"]),
        "measures": _with_passages(own["measures"], ["category_label", "resolution_1540", "status"]),
        "instruments": _with_passages(own["instrument_mentions"], ["instrument", "relation"]),
        "actors": _with_passages(actors, ["actor", "actor_type", "editorial_note"]),
        "events": _events(ds, own["events"]),
        "quantities": _some(own["quantities"], ["qualifier", "value", "unit", "what_en", "as_of", "passage_id"]),
        "anomalies": _some(own["anomalies"], ["anomaly_type", "against", "note_en", "treatment", "passage_id"]),
    }


def _of_reply(rows: pd.DataFrame, reply_id: str) -> pd.DataFrame:
    return rows[rows["reply_id"] == reply_id].reset_index(drop=True)


def _facts(ds: Dataset, reply_id: str) -> pd.DataFrame:
    row = _of_reply(ds.respondents, reply_id)
    for table in (overview(ds), standing(ds)):
        row = row.assign(**_of_reply(table, reply_id))
    standings = ds.memberships.loc[ds.memberships["actor_id"] == reply_id, "standing"]
    for column, code in (("members", "member"), ("members_suspended", "suspended")):
        row[column] = pd.array([int((standings == code).sum()) if len(standings) else None], "Int64")
    return row


def _some(rows: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    return rows[columns].reset_index(drop=True)


def _with_passages(rows: pd.DataFrame, columns: list[str], name: str = "passages") -> pd.DataFrame:
    """The different values of some columns, each with the passages that have them, in one cell."""
    groups = rows.groupby(columns, observed=True, dropna=False, sort=False)["passage_id"]
    result = groups.agg(lambda passages: ", ".join(dict.fromkeys(passages))).rename(name)
    return result.astype("str").reset_index()


def _gists(passages: pd.DataFrame) -> pd.DataFrame:
    rows = passages.dropna(subset=["gist_en"])
    flags = rows[list(DOMAINS)].fillna(False).to_dict("records")
    words = [", ".join(label(name) for name in DOMAINS if row[name]) for row in flags]
    return _some(rows.assign(domains=pd.Series(words, rows.index, "str")), ["passage_id", "gist_en", "domains"])


def _events(ds: Dataset, rows: pd.DataFrame) -> pd.DataFrame:
    """Events by date, with their place and the actors that have a part in them."""
    parts = ds.joined("event_actors")
    parts["words"] = parts["actor"] + " (" + parts["role"].astype("str").map(label) + ")"
    words = parts.groupby("event_id")["words"].agg(", ".join)
    place = rows["city"].str.cat(rows["state"], ", ").fillna(rows["state"])
    rows = rows.assign(place=place, actors=rows["event_id"].map(words)).sort_values(["date", "event_id"])
    dates = ["date", "date_precision", "date_end", "date_end_precision"]
    return _some(rows, [*dates, "title_en", "event_type", "place", "actors", "passage_id"])
