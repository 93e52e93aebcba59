"""Which instruments recur in the replies, and in the replies of which regions: ``03_which_instruments_recur``.

Counted is what respondents with text of their own name: the introduction is nobody's reply, and the passage in place of
a reply that is not reproduced is the Secretary-General's. Not named does not mean not ratified.
"""

from __future__ import annotations

import pandas as pd

from .dataset import KINDS, Dataset
from .errors import UnknownName

#: An instrument counts as a text of its own, or as the head of its family (a treaty with its amendments, ...).
BY = ("instrument_id", "family_id")
#: An organization has no region. Those whose members the table `memberships` lists are told from those without a list.
ORGANIZATIONS = ("regional_bodies", "global_bodies")
_TEXT = ["instrument_id", "instrument", "instrument_type", "scope", "adopted"]


def pairs(ds: Dataset, cites: bool = True, by: str = "instrument_id") -> pd.DataFrame:
    """Who names what: the table from which every count of this module comes.

    One row is one instrument with one respondent that names it, however often: ``instrument_id``, ``instrument`` (short
    name), ``instrument_type``, ``scope``, ``adopted``, ``reply_id``, ``respondent``, ``respondent_kind``, ``region``
    (the regional group of a Member State; ``regional_bodies`` or ``global_bodies`` of an organization, by whether
    ``memberships`` lists its members), ``relation`` (the first in the codebook's order, if several), ``mentions``
    (occurrences), ``passages`` (ids). In the order of the keys, then of the report. ``cites=False`` leaves out mentions
    with the relation ``cites`` (mandate, background, a number in another name, somebody else's relation).
    ``by="family_id"`` counts a text as the head of its family, under the head's name, type, scope and date. Raises
    `UnknownName` for another ``by``.

    >>> from unreplies import load
    >>> table = pairs(load())
    >>> len(table), int(table["mentions"].sum())
    (105, 140)
    """
    if by not in BY:
        raise UnknownName("way to count texts", by, BY)
    own = ds.joined("instrument_mentions").query("own_text")
    if not cites:
        own = own[own["relation"] != "cites"]
    found = own.groupby([by, "reply_id"]).agg(
        relation=("relation", "min"), mentions=("mention_id", "size"), passages=("passage_id", _each_once)
    )
    found = found.reset_index().rename(columns={by: "instrument_id"})
    texts = ds.instruments.rename(columns={"short_name": "instrument"})[_TEXT]
    people = _respondents(ds)[["reply_id", "respondent", "respondent_kind", "region", "position"]]
    table = texts.merge(people.merge(found, on="reply_id"), on="instrument_id", validate="one_to_many")
    return table.sort_values(["instrument_id", "position"], ignore_index=True).drop(columns="position")


def recurrence(ds: Dataset, cites: bool = True, by: str = "instrument_id") -> pd.DataFrame:
    """How often each instrument recurs: by respondents first, by mentions second.

    One row is one instrument that a respondent names: ``instrument_id``, ``instrument``, ``instrument_type``,
    ``scope``, ``adopted``, the ``member_states`` and ``organizations`` that name it, ``respondents`` (their sum),
    ``mentions``, ``rank_by_respondents``, ``rank_by_mentions`` (ties share the best rank), ``named_by``, ``passages``,
    and the denominators ``of_member_states``, ``of_organizations`` and ``of``: all respondents with text. ``cites`` and
    ``by`` as in `pairs`.

    >>> from unreplies import load
    >>> ds = load()
    >>> recurrence(ds)[["instrument", "respondents", "of", "mentions"]].head(1).to_numpy().tolist()
    [['resolution 1540 (2004)', 8, 23, 16]]
    >>> len(recurrence(ds)), len(recurrence(ds, by="family_id"))
    (85, 66)
    """
    table = pairs(ds, cites, by)
    states = (table["respondent_kind"] == KINDS[0]).astype("int64")
    table = table.assign(member_states=states, organizations=1 - states)
    result = table.groupby("instrument_id", as_index=False).agg(
        **{name: (name, "first") for name in _TEXT[1:]},
        member_states=("member_states", "sum"),
        organizations=("organizations", "sum"),
        respondents=("reply_id", "size"),
        mentions=("mentions", "sum"),
        named_by=("respondent", ", ".join),
        passages=("passages", ", ".join),
    )
    for column in ("respondents", "mentions"):
        result[f"rank_by_{column}"] = result[column].rank(method="min", ascending=False).astype("int64")
    order = {"respondents": False, "mentions": False, "instrument": True, "instrument_id": True}
    result = result.sort_values([*order], ascending=[*order.values()], ignore_index=True)
    return result.assign(**ds.denominators)


def by_region(ds: Dataset, cites: bool = True, by: str = "instrument_id") -> pd.DataFrame:
    """Which instruments are named in the replies of which regional groups.

    One row is one instrument that a respondent names, most respondents first: ``instrument_id``, ``instrument``; for
    each regional group (``african``, ``asia_pacific``, ...) its Member States that name it; ``regional_bodies``
    and ``global_bodies``, the organizations that do; ``respondents`` (the sum); ``regional_groups``, in how many
    groups a Member State names it. Of how many, `regions` has. ``cites`` and ``by`` as in `pairs`.

    >>> from unreplies import load
    >>> by_region(load()).query("regional_groups > 1").set_index("instrument_id")["regional_groups"].to_dict()
    {'s-res-1540': 2, 'icsant': 2, 'nss-work-plan': 2}
    """
    texts, table = recurrence(ds, cites, by)[["instrument_id", "instrument", "respondents"]], pairs(ds, cites, by)
    names = list(table["region"].cat.categories)
    counts = pd.crosstab(table["instrument_id"], table["region"].astype("str"))
    counts = counts.reindex(index=texts["instrument_id"], columns=names, fill_value=0).astype("int64")
    groups = counts.drop(columns=["none", *ORGANIZATIONS]).gt(0).sum(axis=1).astype("int64")
    counts = counts.assign(respondents=texts["respondents"].to_numpy(), regional_groups=groups)
    return pd.concat([texts[["instrument_id", "instrument"]], counts.reset_index(drop=True)], axis=1)


def regions(ds: Dataset) -> pd.DataFrame:
    """How much is named in the replies of each regional group, and of how many.

    One row is one regional group, or the organizations with or without a list of members: ``region``,
    ``member_states`` (all of the group; empty for organizations), ``respondents`` (with text), ``naming`` (those that
    name an instrument), ``instruments`` (that they name), ``also_elsewhere`` (of these, those that a respondent of
    another row names too).

    >>> from unreplies import load
    >>> columns = ["member_states", "respondents", "naming", "instruments", "also_elsewhere"]
    >>> regions(load()).set_index("region").loc["eastern_european", columns].to_list()
    [23, 3, 3, 22, 6]
    """
    table, people = pairs(ds), _respondents(ds)
    once = table.drop_duplicates(["instrument_id", "region"])
    columns = {
        "respondents": people["region"],
        "naming": table.drop_duplicates("reply_id")["region"],
        "instruments": once["region"],
        "also_elsewhere": once.loc[once["instrument_id"].duplicated(keep=False), "region"],
    }
    names = people["region"].cat.categories
    counts = pd.DataFrame({name: column.value_counts() for name, column in columns.items()}, index=names)
    states = ds.states["regional_group"].value_counts().astype("Int64").reindex(names)
    counts.insert(0, "member_states", states)
    counts.insert(0, "region", pd.Categorical(names, names))
    return counts.reset_index(drop=True)


def shared(ds: Dataset) -> pd.DataFrame:
    """What an organization names that States of its members' regional groups name too.

    One row is one organization with text and one regional group in which it has members: ``reply_id``, ``respondent``,
    ``regional_group``, ``members`` (Member States of the group that belong to it, those suspended on that day left
    out), ``states`` (of the group, with text), ``states_naming`` (that name an instrument), ``instruments`` (that the
    organization names), ``shared`` (of these, those that a State of the group names too), ``shared_instruments`` and
    ``named_by`` (their names, and those of the States; empty where none). No organization has a region by itself:
    one with members in several groups has several rows.

    >>> from unreplies import load
    >>> shared(load()).query("shared > 0")[["respondent", "regional_group", "named_by"]].to_numpy().tolist()
    [['CARICOM', 'grulac', 'Guyana'], ['CSTO', 'eastern_european', 'Estonia, Russian Federation']]
    """
    table, people, size = pairs(ds), _respondents(ds), regions(ds).set_index("region")
    members = ds.memberships.query("standing == 'member'").merge(ds.states[["iso3", "regional_group"]], on="iso3")
    members = people.merge(members, left_on="reply_id", right_on="actor_id", suffixes=("_of_respondent", ""))
    keys = ["position", "reply_id", "respondent", "regional_group"]
    result = members.groupby(keys, observed=True).agg(members=("iso3", "size")).reset_index()
    groups = result["regional_group"].astype("object")
    result["states"], result["states_naming"] = groups.map(size["respondents"]), groups.map(size["naming"])
    result["instruments"] = result["reply_id"].map(table["reply_id"].value_counts())
    theirs = table[["instrument_id", "instrument", "region", "respondent"]]
    both = table[["reply_id", "instrument_id"]].merge(theirs, on="instrument_id")
    both = both.groupby(["reply_id", "region"], observed=True).agg(
        shared=("instrument_id", "nunique"),
        shared_instruments=("instrument", _each_once),
        named_by=("respondent", _each_once),
    )
    result = result.assign(region=groups).join(both, on=["reply_id", "region"])
    numbers, names = ["states", "states_naming", "instruments", "shared"], ["shared_instruments", "named_by"]
    result[numbers], result[names] = result[numbers].fillna(0).astype("int64"), result[names].fillna("").astype("str")
    return result[[*keys[1:], "members", *numbers, *names]]


def universal(ds: Dataset) -> pd.DataFrame:
    """Which of the universal instruments against terrorism the respondents name.

    One row is one of the conventions, protocols and amendments of the table ``universal_instruments`` (the denominator:
    all of them), in order of adoption: ``universal_id``, ``instrument``, ``adopted``, ``member_states``,
    ``organizations`` and ``respondents`` that name it (0: nobody), ``beyond_cites`` (respondents with another relation
    to it than ``cites``), ``named_by``, ``passages``. Not named does not mean not ratified.

    >>> from unreplies import load
    >>> table = universal(load())
    >>> len(table), int((table["respondents"] == 0).sum())
    (18, 9)
    """
    table = ds.universal_instruments.rename(columns={"short_name": "instrument"})
    counts = ["member_states", "organizations", "respondents"]
    own = recurrence(ds).set_index("instrument_id")[[*counts, "named_by", "passages"]]
    own["beyond_cites"] = recurrence(ds, cites=False).set_index("instrument_id")["respondents"]
    table = table.join(own, on="instrument_id")
    numbers, names = [*counts, "beyond_cites"], ["named_by", "passages"]
    table[numbers] = table[numbers].fillna(0).astype("int64")
    table[names] = table[names].fillna("")
    columns = ["universal_id", "instrument", "adopted", *numbers, *names]
    return table.sort_values(["adopted", "universal_id"], ignore_index=True)[columns]


def _respondents(ds: Dataset) -> pd.DataFrame:
    """The respondents with text of their own, in the order of the report, with their ``region``."""
    people = ds.respondents.query("own_text").reset_index(drop=True)
    listed = people["reply_id"].isin(ds.memberships["actor_id"]).map(dict(zip((True, False), ORGANIZATIONS)))
    groups = people["regional_group"].astype("object")
    names = [*ds.states["regional_group"].cat.categories, *ORGANIZATIONS]
    return people.assign(region=pd.Categorical(groups.where(groups.notna(), listed), names))


def _each_once(names: pd.Series) -> str:
    return ", ".join(dict.fromkeys(names))
