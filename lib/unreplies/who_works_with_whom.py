"""Who mentions whom in the replies: the network of actors, for the notebook ``05_who_works_with_whom``.

A mention is not cooperation. Every measure therefore says in which manner an actor is mentioned, and leaves out what a
respondent says of its own organs and programmes.
"""

from __future__ import annotations

import pandas as pd

from .dataset import KINDS, Dataset
from .text import label

#: How an actor is mentioned, that which goes farthest first: a link of several mentions takes the first.
MANNERS = ["part in an event", "in the text", "place of an event", "editorial note"]
#: The manners in which the author of a reply speaks of an actor, beyond the place of an event.
SPOKEN = MANNERS[:2]
#: Kinds of actors: those of the respondents, and what States join without a treaty.
ACTOR_KINDS = [*KINDS, "arrangement"]


def _lines(ds: Dataset) -> dict[str, list[str]]:
    """Each actor with the bodies that it belongs to: itself, what it is an organ of, and so on to the topmost."""
    parents = ds.actors.set_index("actor_id")["parent_id"].dropna().to_dict()

    def line(actor: str) -> list[str]:
        return [actor, *line(parents[actor])] if actor in parents else [actor]

    return {actor: line(actor) for actor in ds.actors["actor_id"]}


def actors(ds: Dataset) -> pd.DataFrame:
    """For whom each actor counts, and of which kind it is.

    One row is one actor: ``actor_id``, ``actor`` (short name), ``actor_type``, ``counts_for`` (the id of the topmost
    body that it belongs to: itself, or what it is an organ, a programme or a national body of), ``kind`` (of that body,
    one of `ACTOR_KINDS`) and ``reply_id`` (the respondent that it is or belongs to; empty where there is none).

    >>> from unreplies import load
    >>> actors(load()).set_index("actor_id").loc["unodc-tpb", ["counts_for", "kind", "reply_id"]].to_list()
    ['un', 'organization', 'unodc']
    """
    lines, replies = _lines(ds), set(ds.replies["reply_id"])
    kinds = {"state": ACTOR_KINDS[0], "arrangement": ACTOR_KINDS[2], "programme": ACTOR_KINDS[2]}
    table = ds.actors[["actor_id", "short_name", "actor_type"]].rename(columns={"short_name": "actor"})
    table["counts_for"] = [lines[actor][-1] for actor in table["actor_id"]]
    types = table.set_index("actor_id")["actor_type"].astype("str")
    topmost = table["counts_for"].map(types).map(lambda its: kinds.get(its, ACTOR_KINDS[1]))
    table["kind"] = pd.Categorical(topmost, ACTOR_KINDS, ordered=True)
    nearest = [next((body for body in lines[actor] if body in replies), None) for actor in table["actor_id"]]
    return table.assign(reply_id=pd.array(nearest, "str"))


def mentions(ds: Dataset) -> pd.DataFrame:
    """Every mention of an actor by a respondent with text of its own, with its manner.

    One row is one actor in one passage: ``reply_id``, ``respondent``, ``respondent_kind``, ``actor_id``, ``actor``,
    ``counts_for`` (see `actors`), ``passage_id``, ``own`` (the actor is an organ, a programme or a national body of the
    respondent) and ``manner``, one of `MANNERS`, the first that applies: ``editorial note`` (a footnote), ``part in an
    event`` (it organized, took part in or hosted a dated event of the same passage), ``place of an event`` (a State in
    which an event of the passage took place, and nothing else) and ``in the text``.

    >>> from unreplies import load
    >>> table = mentions(load()).set_index(["passage_id", "actor_id"])["manner"]
    >>> table["unodc.05", "per"], table["unodc.05", "brb"], table["tha.09", "unoda"]
    ('part in an event', 'place of an event', 'editorial note')
    """
    lines, parts = _lines(ds), ds.joined("event_actors")
    table = ds.joined("actor_mentions").query("own_text").reset_index(drop=True)
    table = table.merge(actors(ds)[["actor_id", "counts_for"]], on="actor_id", validate="many_to_one")
    has_part = set(zip(parts["passage_id"], parts["actor_id"]))
    state = ds.actors.dropna(subset="iso3").set_index("iso3")["actor_id"]
    is_place = set(zip(ds.events["passage_id"], ds.events["iso3"].map(state)))
    keys = zip(table["kind"] == "footnote", zip(table["passage_id"], table["actor_id"]))
    manners = [MANNERS[3 if note else 0 if key in has_part else 2 if key in is_place else 1] for note, key in keys]
    table["manner"] = pd.Categorical(manners, MANNERS, ordered=True)
    own = [reply in lines[actor] for reply, actor in zip(table["reply_id"], table["actor_id"])]
    table["own"] = pd.Series(own, table.index, dtype="bool")
    columns = ["reply_id", "respondent", "respondent_kind", "actor_id", "actor", "counts_for", "passage_id"]
    return table[[*columns, "own", "manner"]]


def _drawn_together(ds: Dataset, table: pd.DataFrame) -> pd.DataFrame:
    """Mentions, each with its ``named_id``, as one row a respondent and an actor, in the order of the report."""
    who, replies = actors(ds).set_index("actor_id"), ds.respondents.set_index("reply_id")
    grouped = table.groupby(["reply_id", "named_id"], observed=True)
    passages = grouped["passage_id"].agg(lambda ids: ", ".join(sorted(set(ids)))).astype("str")
    result = pd.DataFrame(
        {"manner": grouped["manner"].min(), "n_passages": grouped["passage_id"].nunique(), "passages": passages}
    ).reset_index()
    result["replied"] = result["named_id"].isin(replies.index)
    result = result.join(replies[["respondent", "respondent_kind", "position"]], on="reply_id")
    result = result.join(who[["actor", "kind"]].set_axis(["named", "named_kind"], axis="columns"), on="named_id")
    columns = ["reply_id", "respondent", "respondent_kind", "named_id", "named", "named_kind", "replied"]
    result = result.sort_values(["position", "named_kind", "named"], ignore_index=True)
    return result[[*columns, "manner", "n_passages", "passages"]]


def links(ds: Dataset, with_organs: bool = True) -> pd.DataFrame:
    """Who mentions whom: the mentions of others, put together by respondent and actor.

    One row is one respondent and one actor that it mentions: ``reply_id``, ``respondent``, ``respondent_kind``,
    ``named_id``, ``named``, ``named_kind`` (see `actors`), ``replied`` (the actor sent a reply too), ``manner`` (the
    first of `MANNERS` that one of its passages has), ``n_passages`` and ``passages`` (their ids). With ``with_organs``
    an organ or programme counts for the topmost body that it belongs to; without it, every actor counts by its own
    name. A respondent's own organs and programmes are left out either way.

    >>> from unreplies import load
    >>> table = links(load()).set_index(["reply_id", "named_id"])
    >>> table.loc[("au", "opcw"), ["manner", "passages"]].to_list()
    ['part in an event', 'au.07']
    """
    table = mentions(ds).query("not own")
    return _drawn_together(ds, table.assign(named_id=table["counts_for" if with_organs else "actor_id"]))


def most_named(ds: Dataset, with_organs: bool = True) -> pd.DataFrame:
    """How many respondents mention each actor.

    One row is one actor that a respondent mentions beyond its own organs, the most mentioned first: ``named_id``,
    ``named``, ``named_kind``, ``replied``, ``member_states``, ``organizations`` and ``respondents`` (their sum: those
    that give it a part in an event or mention it in the text), ``as_place`` and ``in_a_note`` (those that mention it
    only so), ``named_by`` (the names of ``respondents``), and the denominators ``of_member_states``,
    ``of_organizations`` and ``of``. For ``with_organs`` see `links`.

    >>> from unreplies import load
    >>> most_named(load(), with_organs=False).set_index("named_id").loc["unoda", ["respondents", "in_a_note"]].to_list()
    [1, 5]
    """
    table = links(ds, with_organs)
    spoken = table["manner"].isin(SPOKEN)
    ways = {
        "member_states": spoken & (table["respondent_kind"] == KINDS[0]),
        "organizations": spoken & (table["respondent_kind"] == KINDS[1]),
        "respondents": spoken,
        "as_place": table["manner"] == MANNERS[2],
        "in_a_note": table["manner"] == MANNERS[3],
    }
    keys = ["named_id", "named", "named_kind", "replied"]
    table = table.assign(**ways, named_by=table["respondent"].where(spoken))
    grouped = table.groupby(keys, observed=True)
    result = grouped[[*ways]].sum().astype("int64")
    result["named_by"] = grouped["named_by"].agg(lambda names: ", ".join(names.dropna())).astype("str")
    order = ["respondents", "as_place", "in_a_note", "named"]
    result = result.reset_index().sort_values([*order], ascending=[False] * 3 + [True], ignore_index=True)
    return result.assign(**ds.denominators)


def matrix(ds: Dataset, with_organs: bool = True) -> pd.DataFrame:
    """Actors by respondents: who mentions whom in how many passages.

    One row is one actor of `most_named`, with the columns of that table and one more for each respondent with text of
    its own, called by its ``reply_id``, in the order of the report: in how many passages it gives the actor a part in
    an event or mentions it in the text; 0 for none.

    >>> from unreplies import load
    >>> matrix(load()).set_index("named_id").loc["gicnt", ["aus", "unodc", "wco"]].to_list()
    [1, 1, 0]
    """
    spoken = mentions(ds).query("not own and manner in @SPOKEN")
    spoken = spoken.assign(named_id=spoken["counts_for" if with_organs else "actor_id"])
    counts = spoken.groupby(["named_id", "reply_id"])["passage_id"].nunique().unstack()
    counts = counts.reindex(columns=ds.respondents.query("own_text")["reply_id"].to_list())
    result = most_named(ds, with_organs).join(counts, on="named_id")
    return result.assign(**{reply: result[reply].fillna(0).astype("int64") for reply in counts})


def among_respondents(ds: Dataset) -> pd.DataFrame:
    """Which respondents mention which other respondents, and where it is mutual.

    One row is one respondent and another that it mentions, in the order of the report: ``reply_id``, ``respondent``,
    ``respondent_kind``, ``named_id``, ``named``, ``named_kind``, ``by_its_name`` (mentioned itself, not only through an
    organ or programme), ``manner``, ``mutual`` (the other mentions it too), ``n_passages``, ``passages`` and
    ``of_pairs`` (the pairs of respondents that both have text of their own: the denominator of what is mutual).

    >>> from unreplies import load
    >>> table = among_respondents(load())
    >>> sorted(table.loc[table["mutual"], "respondent"]), set(table["of_pairs"])
    (['IAEA', 'Russian Federation'], {253})
    """
    table = mentions(ds).query("not own and manner != 'editorial note'")
    named = table["actor_id"].map(actors(ds).set_index("actor_id")["reply_id"])
    table = table.assign(named_id=named).dropna(subset="named_id")
    by_name = set(zip(table["reply_id"], table["actor_id"]))
    result = _drawn_together(ds, table)
    pairs = list(zip(result["reply_id"], result["named_id"]))
    of, both = ds.denominators["of"], set(pairs)
    result["by_its_name"] = pd.Series([pair in by_name for pair in pairs], result.index, dtype="bool")
    result["mutual"] = pd.Series([pair[::-1] in both for pair in pairs], result.index, dtype="bool")
    columns = ["reply_id", "respondent", "respondent_kind", "named_id", "named", "named_kind"]
    result = result[[*columns, "by_its_name", "manner", "mutual", "n_passages", "passages"]]
    return result.assign(of_pairs=of * (of - 1) // 2)


def bridges(ds: Dataset) -> pd.DataFrame:
    """Mentions across kinds: how many respondents of one kind mention at least one actor of another.

    One row is one kind of respondent and one kind of actor, all combinations: ``respondent_kind``, ``named_kind``,
    ``respondents`` (those that give such an actor a part in an event or mention it in the text), ``actors`` (how many
    they so mention) and ``of`` (respondents of the kind with text of their own). Organs count as in `links`.

    >>> from unreplies import load
    >>> table = bridges(load()).set_index(["respondent_kind", "named_kind"])
    >>> table.loc[("organization", "Member State"), ["respondents", "of"]].to_list()
    [3, 15]
    """
    table = links(ds)
    spoken = table[table["manner"].isin(SPOKEN)]
    grouped = spoken.groupby(["respondent_kind", "named_kind"], observed=True)[["reply_id", "named_id"]].nunique()
    every = pd.DataFrame([(of, to) for of in KINDS for to in ACTOR_KINDS], columns=["respondent_kind", "named_kind"])
    result = every.join(grouped, on=[*every]).rename(columns={"reply_id": "respondents", "named_id": "actors"})
    result = result.fillna({"respondents": 0, "actors": 0}).astype({"respondents": "int64", "actors": "int64"})
    result["of"] = result["respondent_kind"].map(dict(zip(KINDS, ds.denominators.values()))).astype("int64")
    kinds = {"respondent_kind": KINDS, "named_kind": ACTOR_KINDS}
    return result.assign(**{column: pd.Categorical(result[column], values) for column, values in kinds.items()})


def shared_events(ds: Dataset) -> pd.DataFrame:
    """Dated events in which a reply gives a part to two actors or more, of different bodies.

    One row is one event: ``event_id``, ``event`` (its title), ``date``, ``date_precision``, ``reply_id`` and
    ``reported_by`` (the respondent), ``actors`` (each with its role), ``other_respondents`` (those among them, or whose
    organ is, beside the one that reports it), ``names_reporter`` (those of these whose reply mentions the one that
    reports it, anywhere), ``passage_id`` and ``of`` (all events that the respondents report).

    >>> from unreplies import load
    >>> shared_events(load()).set_index("event_id").loc["au-opcw-mou-2006", "other_respondents"]
    'OPCW'
    """
    who, table = actors(ds).set_index("actor_id"), among_respondents(ds)
    mentioned = set(zip(table["reply_id"], table["named_id"]))
    events = ds.joined("events").query("own_text").rename(columns={"title_en": "event", "respondent": "reported_by"})
    parts = ds.joined("event_actors").join(who[["counts_for"]], on="actor_id")
    bodies = parts.groupby("event_id")["counts_for"].nunique()
    shared, names = events[events["event_id"].map(bodies).fillna(0) > 1].reset_index(drop=True), who["actor"]
    rows = []
    for event in shared.itertuples():
        its = parts[parts["event_id"] == event.event_id]
        others = list(dict.fromkeys(who.loc[its["actor_id"], "reply_id"].dropna()))
        others = [other for other in others if other != event.reply_id]
        back = [other for other in others if (other, event.reply_id) in mentioned]
        words = [f"{actor} ({label(role)})" for actor, role in zip(its["actor"], its["role"])]
        rows.append([", ".join(words), *(", ".join(names[ids]) for ids in (others, back))])
    columns = ["actors", "other_respondents", "names_reporter"]
    shared[columns] = pd.DataFrame(rows, shared.index, columns, dtype="str")
    first = ["event_id", "event", "date", "date_precision", "reply_id", "reported_by"]
    return shared[[*first, *columns, "passage_id"]].assign(of=len(events))


def through_texts(ds: Dataset) -> pd.DataFrame:
    """Respondents that refer to a text of another actor: treaties, resolutions, standards that it adopted or issued.

    The issuer in the title or number of a text is not coded as a mention, so these references are next to `links`. One
    row is one respondent and one issuer, organs counted as in `links` and the respondent's own texts left out:
    ``reply_id``, ``respondent``, ``issuer_id``, ``issuer``, ``also_named`` (the respondent mentions it as an actor too,
    editorial notes aside), ``instruments`` and ``passages``. Texts without an issuer among the actors are left out.

    >>> from unreplies import load
    >>> through_texts(load()).set_index(["reply_id", "issuer_id"]).loc[("wco", "fatf"), "instruments"]
    'SR IX'
    """
    who, lines = actors(ds).set_index("actor_id"), _lines(ds)
    table = links(ds).query("manner != 'editorial note'")
    named = set(zip(table["reply_id"], table["named_id"]))
    table = ds.joined("instrument_mentions").query("own_text")
    table = table.join(ds.instruments.set_index("instrument_id")["issuer_id"], on="instrument_id")
    table = table.dropna(subset="issuer_id")
    own = [reply in lines[issuer] for reply, issuer in zip(table["reply_id"], table["issuer_id"])]
    table = table[~pd.Series(own, table.index, dtype="bool")]
    table = table.assign(issuer_id=table["issuer_id"].map(who["counts_for"]))
    grouped = table.groupby(["reply_id", "respondent", "issuer_id"], observed=True)
    words = {"instruments": ("instrument", _words), "passages": ("passage_id", _words)}
    result = grouped.agg(**words).reset_index().join(who["actor"].rename("issuer"), on="issuer_id")
    also = [key in named for key in zip(result["reply_id"], result["issuer_id"])]
    result["also_named"] = pd.Series(also, result.index, dtype="bool")
    return result[["reply_id", "respondent", "issuer_id", "issuer", "also_named", "instruments", "passages"]]


def _words(names: pd.Series) -> str:
    return ", ".join(sorted(set(names)))
