"""Who replied and who did not: how the replies reach the Member States, for the notebook ``01_who_replied``.

Here every reply counts, also one that is not reproduced: that a State replied is known without its text. The
denominator is the Member States of the cut-off date.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from math import comb, prod

import pandas as pd

from .dataset import Dataset
from .errors import UnknownName

#: The three ways in which a report can cover a Member State.
COVERAGE = ["replied", "only through an organization", "neither"]
_COUNTS = {value.replace(" ", "_"): value for value in COVERAGE}
_GROUPINGS = {
    "regional_group": ["regional_group"],
    "m49_region": ["m49_region"],
    "m49_subregion": ["m49_region", "m49_subregion"],
}


def coverage(ds: Dataset) -> pd.DataFrame:
    """How the replies reach each Member State.

    One row is one Member State of the cut-off date: ``iso3``, ``name_en``, ``regional_group``, ``m49_region``,
    ``m49_subregion``, ``tile_row`` and ``tile_column`` (as in ``states``), ``coverage`` (``replied``: it sent a reply
    of its own, reproduced or not; ``only through an organization``: it did not, but is a member, and not suspended, of
    a regional organization that replied; ``neither``), ``organizations`` (how many such organizations) and ``through``
    (their short names, in the order of the report).

    An organization's reply is its own, not that of its members: this measures reach, not what States said.

    >>> from unreplies import load
    >>> coverage(load())["coverage"].value_counts().to_dict()
    {'only through an organization': 141, 'neither': 42, 'replied': 9}
    """
    columns = ["iso3", "name_en", *_GROUPINGS, "tile_row", "tile_column"]
    members = _memberships(ds).query("standing == 'member'").groupby("iso3")["organization"]
    result = ds.states[columns].reset_index(drop=True)
    organizations = result["iso3"].map(members.size()).fillna(0).astype("int64")
    values = organizations.gt(0).map({True: COVERAGE[1], False: COVERAGE[2]})
    values = values.mask(result["iso3"].isin(ds.respondents["respondent_iso3"].dropna()), COVERAGE[0])
    result["coverage"] = pd.Categorical(values, COVERAGE, ordered=True)
    result["organizations"] = organizations
    result["through"] = result["iso3"].map(members.agg(", ".join)).astype("str").fillna("")
    return result


def _memberships(ds: Dataset) -> pd.DataFrame:
    """The memberships of the organizations that replied, in the order of the report."""
    replies = ds.respondents[["reply_id", "respondent"]].set_axis(["actor_id", "organization"], axis="columns")
    return replies.merge(ds.memberships, on="actor_id", validate="one_to_many")


def by_group(ds: Dataset, by: str = "regional_group") -> pd.DataFrame:
    """How many Member States of each group replied.

    One row is one ``regional_group``, or one ``m49_region``, or one ``m49_subregion`` (with its region): its name,
    ``member_states`` (the denominator: all Member States of the group on the cut-off date), ``replied``,
    ``only_through_an_organization`` and ``neither``, which add up to it (see `coverage`), and ``share_replied``
    (replied / member_states). Groups without a reply are rows too. Raises `UnknownName` for another ``by``.

    >>> from unreplies import load
    >>> by_group(load()).set_index("regional_group").loc["grulac", ["replied", "member_states"]].to_list()
    [3, 33]
    """
    if by not in _GROUPINGS:
        raise UnknownName("grouping", by, _GROUPINGS)
    states = coverage(ds)
    flags = {"member_states": True} | {name: states["coverage"] == value for name, value in _COUNTS.items()}
    counts = states.assign(**flags).groupby(_GROUPINGS[by], observed=True)[[*flags]].sum().reset_index()
    return counts.assign(share_replied=counts["replied"] / counts["member_states"])


def by_organization(ds: Dataset) -> pd.DataFrame:
    """How many Member States each regional organization that replied reaches.

    One row is one organization, in the order of the report: ``actor_id``, ``organization``, ``member_states`` (its
    members that are Member States of the United Nations and not suspended: the denominator), which is the sum of
    ``replied`` (those that replied themselves), ``also_in_another`` (those that did not reply and belong to another of
    these organizations too) and ``in_no_other`` (those that did not and belong to no other); and ``suspended``.
    Bodies of the United Nations and organizations open to all States have no list of members, and so no row.

    >>> from unreplies import load
    >>> by_organization(load()).set_index("actor_id").loc["nato", "member_states"]
    np.int64(28)
    """
    members = _memberships(ds).merge(coverage(ds)[["iso3", "coverage", "organizations"]], on="iso3")
    active, replied = members["standing"] == "member", members["coverage"] == COVERAGE[0]
    flags = {
        "member_states": active,
        "replied": active & replied,
        "also_in_another": active & ~replied & (members["organizations"] > 1),
        "in_no_other": active & ~replied & (members["organizations"] == 1),
        "suspended": ~active,
    }
    keys = ["actor_id", "organization"]
    return members.assign(**flags).groupby(keys, sort=False)[[*flags]].sum().reset_index()


def members_by_group(ds: Dataset) -> pd.DataFrame:
    """Of which regional groups the members of each regional organization that replied are.

    One row is one organization and one regional group with a member in it, in the order of the report: ``actor_id``,
    ``organization``, ``regional_group``, ``members`` (Member States, not suspended) and ``member_states`` (of the
    organization: the denominator, which the members of its groups add up to).

    >>> from unreplies import load
    >>> members_by_group(load()).query("actor_id == 'nato'")[["regional_group", "members"]].to_numpy().tolist()
    [['eastern_european', 12], ['weog', 16]]
    """
    members = _memberships(ds).query("standing == 'member'").merge(ds.states[["iso3", "regional_group"]], on="iso3")
    keys = ["actor_id", "organization", "regional_group"]
    order = {actor: place for place, actor in enumerate(ds.respondents["reply_id"])}
    counts = members.groupby(keys, observed=True).size().rename("members").reset_index()
    counts["member_states"] = counts.groupby("actor_id")["members"].transform("sum")
    return counts.sort_values("actor_id", key=lambda actor: actor.map(order), kind="stable", ignore_index=True)


def spread_by_chance(ds: Dataset) -> pd.DataFrame:
    """How the replies would fall on the regional groups if the States that replied had been drawn by lot.

    The model is a draw without replacement in which every Member State is as likely as any other and none is
    influenced by another (a multivariate hypergeometric distribution). States choose to reply, so it is a yardstick,
    not an explanation. One row is one regional group: ``regional_group``, ``member_states``, ``replied``,
    ``expected`` (mean number of replies under the model), and three probabilities under the model, exact but for one
    rounding: ``p_none`` (the group has no reply), ``p_as_few`` and ``p_as_many`` (it has a number as small, or as
    large, as the one observed).

    >>> from unreplies import load
    >>> table = spread_by_chance(load()).set_index("regional_group")
    >>> round(table.loc["african", "p_none"], 3)
    np.float64(0.051)
    """
    counts = by_group(ds)[["regional_group", "member_states", "replied"]]
    total, drawn = int(counts["member_states"].sum()), int(counts["replied"].sum())

    def chance(size: int, numbers: Iterable[int]) -> float:
        """That a group of that size has one of these numbers of replies: whole numbers, divided once."""
        return sum(comb(size, n) * comb(total - size, drawn - n) for n in numbers) / comb(total, drawn)

    groups = list(zip(counts["member_states"].to_list(), counts["replied"].to_list()))
    return counts.assign(
        expected=[drawn * size / total for size, _ in groups],
        p_none=[chance(size, [0]) for size, _ in groups],
        p_as_few=[chance(size, range(n + 1)) for size, n in groups],
        p_as_many=[chance(size, range(n, min(size, drawn) + 1)) for size, n in groups],
    )


def uneven_by_chance(ds: Dataset) -> pd.DataFrame:
    """How often a draw by lot (see `spread_by_chance`) is as uneven as the replies, by four ways to say *uneven*.

    One row is one way: ``uneven`` (its words), ``probability`` of all spreads over the regional groups that are as
    uneven as the observed one, or more so: as *improbable* under the model; as far from the mean by *Pearson's*
    statistic (squared differences from the means, divided by them); by *G* (logarithms of the ratios to the means); or
    with *some group empty* at all that has several States. Every spread is weighed and compared in whole numbers and
    fractions; the probability is rounded once.

    >>> from unreplies import load
    >>> uneven_by_chance(load()).round(2).to_numpy().tolist()
    [['improbable', 0.09], ["Pearson's statistic", 0.13], ['G', 0.11], ['some group empty', 0.65]]
    """
    counts = by_group(ds)
    sizes, seen = counts["member_states"].to_list(), counts["replied"].to_list()
    ways = {
        "improbable": lambda spread: -prod(map(comb, sizes, spread)),
        "Pearson's statistic": lambda spread: sum(Fraction(n * n, size) for n, size in zip(spread, sizes)),
        "G": lambda spread: prod(Fraction(n, size) ** n for n, size in zip(spread, sizes)),
        "some group empty": lambda spread: any(n == 0 and size > 1 for n, size in zip(spread, sizes)),
    }
    spreads = {spread: prod(map(comb, sizes, spread)) for spread in _spreads(sizes, sum(seen))}
    draws, rows = sum(spreads.values()), []
    for words, unevenness in ways.items():
        least = True if words == "some group empty" else unevenness(seen)
        as_uneven = sum(weight for spread, weight in spreads.items() if unevenness(spread) >= least)
        rows.append({"uneven": words, "probability": as_uneven / draws})
    return pd.DataFrame(rows)


def _spreads(sizes: list[int], drawn: int) -> Iterator[tuple[int, ...]]:
    """Every way in which so many replies can fall on groups of these sizes."""
    if not sizes:
        yield from [()] if drawn == 0 else []
        return
    for n in range(max(drawn - sum(sizes[1:]), 0), min(sizes[0], drawn) + 1):
        for rest in _spreads(sizes[1:], drawn - n):
            yield (n, *rest)
