"""Who replied and who did not: coverage of the Member States, for the notebook ``01_who_replied``.

Each measure takes the dataset and gives a table with its denominator, the Member States of the cut-off date.
"""

from __future__ import annotations

from itertools import product
from math import comb, prod

import pandas as pd

from . import style
from .dataset import Dataset
from .descriptor import UnknownName

#: The three ways in which a Member State can stand to the report, in the order of the figures.
COVERAGE = ["replied", "only through an organization", "neither"]
_GROUPINGS = ("regional_group", "m49_region", "m49_subregion")


def coverage(ds: Dataset) -> pd.DataFrame:
    """How each Member State is covered by the replies.

    One row is one of the 192 Member States of 3 June 2011: ``iso3``, ``name_en``, ``regional_group``, ``m49_region``,
    ``m49_subregion``, ``coverage`` (``replied``: it sent a reply of its own; ``only through an organization``: it did
    not, but is a member, and not suspended, of a regional organization that replied; ``neither``), and
    ``organizations`` (how many such organizations), ``through`` (their short names, by place in the report).

    An organization's reply is its own, not that of its members: this measures reach, not what States said.

    >>> from unreplies import load
    >>> coverage(load())["coverage"].value_counts().to_dict()["replied"]
    9
    """
    members = ds.memberships[ds.memberships["standing"] == "member"]
    order = ds.replies.set_index("reply_id")["position"]
    members = members.assign(position=members["actor_id"].map(order)).sort_values("position", kind="stable")
    names = ds.actors.set_index("actor_id")["short_name"]
    through = members.assign(name=members["actor_id"].map(names)).groupby("iso3")["name"].agg(list)
    table = ds.states[["iso3", "name_en", "regional_group", "m49_region", "m49_subregion"]].copy()
    lists = table["iso3"].map(through)
    table["organizations"] = lists.map(lambda x: len(x) if isinstance(x, list) else 0)
    table["through"] = lists.map(lambda x: ", ".join(x) if isinstance(x, list) else "")
    replied = table["iso3"].isin(ds.replies["reply_id"].map(ds.actors.set_index("actor_id")["iso3"]))
    values = [COVERAGE[0] if r else COVERAGE[1] if n else COVERAGE[2] for r, n in zip(replied, table["organizations"])]
    table.insert(5, "coverage", pd.Categorical(values, COVERAGE, ordered=True))
    assert len(table) == len(ds.states), "a Member State was lost or doubled"
    assert replied.sum() == (ds.replies["section"] == "II").sum(), "a reply of section II is of no Member State"
    return table


def by_group(ds: Dataset, by: str = "regional_group") -> pd.DataFrame:
    """Coverage counted by regional group, or by ``m49_region`` or ``m49_subregion``.

    One row is one group: its name, ``member_states`` (the denominator: all Member States of the group on the cut-off
    date), ``replied``, ``only through an organization``, ``neither`` (which add up to it) and ``share_replied``
    (replied / member_states). Groups without a reply are rows too. Raises `UnknownName` for another ``by``.

    >>> from unreplies import load
    >>> by_group(load()).set_index("regional_group").loc["grulac", ["replied", "member_states"]].to_list()
    [3, 33]
    """
    if by not in _GROUPINGS:
        raise UnknownName("grouping", by, _GROUPINGS)
    table = coverage(ds)
    counts = table.groupby([by, "coverage"], observed=False).size().unstack(fill_value=0)
    counts.columns = [str(c) for c in counts.columns]
    counts.insert(0, "member_states", counts.sum(axis=1))
    counts = counts[counts["member_states"] > 0]
    assert counts["member_states"].sum() == len(ds.states)
    counts["share_replied"] = counts["replied"] / counts["member_states"]
    counts = counts.reset_index()
    return counts if by == "regional_group" else counts.astype({by: "str"})


def by_organization(ds: Dataset) -> pd.DataFrame:
    """What each regional organization that replied reaches.

    One row is one organization, in the order of the report: ``actor_id``, ``organization``, ``member_states`` (its
    members that are Member States of the United Nations and not suspended: the denominator), which is the sum of
    ``replied`` (those that replied themselves), ``also_in_another`` (those that did not reply and belong to another of
    these organizations too) and ``in_no_other`` (those that did not and belong to no other); and ``suspended``.
    The United Nations' own bodies and organizations open to all States are not counted: theirs is no regional list.

    >>> from unreplies import load
    >>> by_organization(load()).set_index("actor_id").loc["nato", "member_states"]
    np.int64(28)
    """
    table = coverage(ds).set_index("iso3")
    rows = []
    for reply in ds.replies.sort_values("position", kind="stable")["reply_id"]:
        all_members = ds.memberships[ds.memberships["actor_id"] == reply]
        if all_members.empty:
            continue
        states = table.loc[all_members.loc[all_members["standing"] == "member", "iso3"]]
        rows.append(
            {
                "actor_id": reply,
                "organization": ds.actors.set_index("actor_id").loc[reply, "short_name"],
                "member_states": len(states),
                "replied": int((states["coverage"] == COVERAGE[0]).sum()),
                "also_in_another": int(((states["coverage"] == COVERAGE[1]) & (states["organizations"] > 1)).sum()),
                "in_no_other": int(((states["coverage"] == COVERAGE[1]) & (states["organizations"] == 1)).sum()),
                "suspended": len(all_members) - len(states),
            }
        )
    columns = ["actor_id", "organization", "member_states", "replied", "also_in_another", "in_no_other", "suspended"]
    table = pd.DataFrame(rows, columns=columns)
    assert (table[["replied", "also_in_another", "in_no_other"]].sum(axis=1) == table["member_states"]).all()
    return table


def members_by_group(ds: Dataset) -> pd.DataFrame:
    """Of which regional groups the members of each regional organization that replied are.

    One row is one organization and one regional group with a member in it, in the order of the report: ``actor_id``,
    ``organization``, ``regional_group``, ``members`` (Member States, not suspended). The sum over an organization is
    its ``member_states`` in `by_organization`; an organization without a list of members is open to all States.

    >>> from unreplies import load
    >>> members_by_group(load()).query("actor_id == 'nato'").set_index("regional_group")["members"].to_dict()
    {'eastern_european': 12, 'weog': 16}
    """
    members = ds.joined("memberships").query("standing == 'member'")
    keys = {"actor_id": "actor_id", "actor": "organization", "state_group": "regional_group"}
    counts = members.groupby(list(keys), observed=True).size().rename("members").reset_index().rename(columns=keys)
    order = counts["actor_id"].map(ds.replies.set_index("reply_id")["position"])
    counts = counts.assign(order=order).dropna(subset="order").sort_values(["order", "regional_group"])
    return pd.DataFrame(counts.drop(columns="order")).reset_index(drop=True)


def spread_by_chance(ds: Dataset) -> pd.DataFrame:
    """How the replies would fall on the regional groups if nine respondents were drawn at random from all States.

    The model is a draw without replacement in which every Member State is as likely as any other and none is
    influenced by another (a multivariate hypergeometric distribution); States choose to reply, so it is a yardstick,
    not an explanation. One row is one regional group: ``regional_group``, ``member_states``, ``replied``,
    ``expected`` (mean number of replies under the model), ``p_none`` (probability that the group has no reply),
    ``p_as_few`` and ``p_as_many`` (probability of a number as small, or as large, as the one observed).

    Two attributes of the table answer for all groups at once, by summing over all spreads: ``attrs["p_as_uneven"]``,
    the probability of a spread that is as improbable under the model as the observed one, or more so;
    ``attrs["p_some_empty"]``, the probability that at least one group of several States has no reply.

    >>> from unreplies import load
    >>> table = spread_by_chance(load()).set_index("regional_group")
    >>> round(table.loc["african", "p_none"], 3)
    np.float64(0.051)
    >>> round(table["expected"].sum(), 6)
    np.float64(9.0)
    """
    counts = by_group(ds)
    sizes, seen = counts["member_states"].to_list(), counts["replied"].to_list()
    total, drawn = sum(sizes), sum(seen)
    ways = comb(total, drawn)

    def probability(size, numbers):
        """That a group of that size has one of these numbers of replies: whole numbers, divided once, are exact."""
        return sum(comb(size, k) * comb(total - size, drawn - k) for k in numbers) / ways

    observed, as_uneven, some_empty = prod(map(comb, sizes, seen)), 0, 0
    for head in product(*(range(min(size, drawn) + 1) for size in sizes[:-1])):
        last = drawn - sum(head)
        if 0 <= last <= sizes[-1]:
            weight = prod(map(comb, sizes, (*head, last)))
            as_uneven += weight * (weight <= observed)
            some_empty += weight * any(n == 0 and size > 1 for n, size in zip((*head, last), sizes))
    table = counts[["regional_group", "member_states", "replied"]].copy()
    table["expected"] = [drawn * size / total for size in sizes]
    table["p_none"] = [probability(size, [0]) for size in sizes]
    table["p_as_few"] = [probability(size, range(n + 1)) for size, n in zip(sizes, seen)]
    table["p_as_many"] = [probability(size, range(n, min(size, drawn) + 1)) for size, n in zip(sizes, seen)]
    table.attrs.update(p_as_uneven=as_uneven / ways, p_some_empty=some_empty / ways)
    return table


@style.drawn
def draw_member_states(ds: Dataset) -> style.Chart:
    """Every Member State as one tile, by regional group; fill, border and lettering say how it is covered."""
    from matplotlib.patches import Rectangle

    table = coverage(ds).sort_values(["regional_group", "coverage", "iso3"])
    per_row, y = 20, 0.0
    figure, axes = style.canvas(6.6)
    look = {
        COVERAGE[0]: {"facecolor": style.BLUE, "edgecolor": style.BLUE, "hatch": None},
        COVERAGE[1]: {"facecolor": "#dbeaf5", "edgecolor": "#7a9db8", "hatch": None},
        COVERAGE[2]: {"facecolor": style.WHITE, "edgecolor": style.INK, "hatch": "...."},
    }
    for group in ds.states["regional_group"].cat.categories:
        block = table[table["regional_group"] == group]
        counts = block["coverage"].value_counts()
        words = f"{style.label(group)}: {counts[COVERAGE[0]]} of {len(block)} replied"
        axes.text(0, y + 0.30, words, fontsize=10, fontweight="bold", va="center")
        y += 0.75
        for place, state in enumerate(block.itertuples()):
            row, column = divmod(place, per_row)
            _tile(axes, Rectangle, column, y + row, state.iso3, state.coverage, look)
        y += (len(block) - 1) // per_row + 1 + 0.35
    keys = {
        COVERAGE[0]: "replied",
        COVERAGE[1]: "did not, but belong to a regional organization that replied",
        COVERAGE[2]: "did neither",
    }
    x = 0.0
    for value, words in keys.items():
        _tile(axes, Rectangle, x, y, "ABC", value, look)
        axes.text(x + 1.15, y + 0.42, words, fontsize=10, va="center")
        x += {COVERAGE[0]: 3.0, COVERAGE[1]: 13.0}.get(value, 0)
    axes.set(xlim=(-0.1, per_row + 0.05), ylim=(y + 1.1, -0.1))
    axes.axis("off")
    figure.subplots_adjust(left=0.01, right=0.99, bottom=0.05)
    total = table["coverage"].value_counts()
    title = (
        f"{total[COVERAGE[0]]} of {len(table)} Member States replied; "
        f"{total[COVERAGE[2]]} neither replied nor belong to a regional organization that did"
    )
    alt = (
        f"Tiles with ISO codes, one for each of {len(table)} Member States, by regional group. "
        + "; ".join(f"{total[value]} {words}" for value, words in keys.items())
        + "".join(
            f". {words}: {', '.join(sorted(table.loc[table['coverage'] == value, 'name_en']))}"
            for value, words in ((COVERAGE[0], "The States that replied"), (COVERAGE[2], "Those that did neither"))
        )
        + "."
    )
    measure = "One tile is one Member State of 3 June 2011 (ISO code), in its regional group"
    return style.finish(figure, title, measure, alt, table.reset_index(drop=True))


def _tile(axes, patch, x, y, code, value, look):
    kind = dict(look[value])
    hatch = kind.pop("hatch")
    axes.add_patch(patch((x, y), 0.92, 0.82, linewidth=0.8, **kind))
    if hatch:  # a double border: visible in grey and at half size
        axes.add_patch(patch((x + 0.08, y + 0.08), 0.76, 0.66, linewidth=0.5, facecolor="none", edgecolor=style.GREY))
    replied = value == COVERAGE[0]
    axes.text(
        x + 0.46,
        y + 0.43,
        code,
        ha="center",
        va="center",
        fontsize=8,
        fontweight="bold" if replied else "normal",
        color=style.WHITE if replied else style.INK,
    )


@style.drawn
def draw_groups(ds: Dataset) -> style.Chart:
    """Replies by regional group, beside the number that a random draw would give on average."""
    table = spread_by_chance(ds).sort_values(["replied", "member_states"], ascending=False)
    table = table.sort_values("member_states", key=lambda n: n <= 1, kind="stable").reset_index(drop=True)
    figure, axes = style.canvas(3.6)
    for y, row in enumerate(table.itertuples()):
        axes.plot([row.expected, row.replied], [y, y], color=style.LIGHT, linewidth=2, zorder=1)
    places = range(len(table))
    axes.scatter(table["expected"], places, s=64, facecolor=style.WHITE, edgecolor=style.INK, linewidth=1.4, zorder=2)
    axes.scatter(table["replied"], places, s=70, marker="D", color=style.BLUE, zorder=3)
    for y, row in enumerate(table.itertuples()):
        words = f"{row.replied} of {row.member_states}"
        axes.annotate(words, (3.35, y), va="center")
    axes.set_yticks(list(places), [style.label(g) for g in table["regional_group"]])
    axes.set(ylim=(len(table) - 0.5, -0.6), xlim=(-0.12, 3.8), xticks=range(4))
    axes.tick_params(length=0)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel("Replies (diamond), and the mean of random draws of as many States (circle)", fontsize=9)
    figure.subplots_adjust(left=0.36, right=0.99, bottom=0.25)
    none = table[(table["replied"] == 0) & (table["member_states"] > 1)]
    silent = " and ".join(style.label(g) for g in none["regional_group"])
    size = int(none["member_states"].sum())
    title = f"No reply from the {size} {silent}" if len(none) else "Every regional group replied"
    measure = f"Replies by regional group, of the {table['member_states'].sum()} Member States of 3 June 2011"
    alt = "By group: " + "; ".join(
        f"{style.label(r.regional_group)} {r.replied} of {r.member_states} ({r.expected:.1f} expected of a random draw)"
        for r in table.itertuples()
    )
    return style.finish(figure, title, measure, alt + ".", table)


@style.drawn
def draw_organizations(ds: Dataset) -> style.Chart:
    """Members of each regional organization that replied: those that replied too, and those in no other of them."""
    from matplotlib.patches import Patch

    table = by_organization(ds).sort_values("member_states", ascending=False, kind="stable").reset_index(drop=True)
    figure, axes = style.canvas(3.7)
    parts = [
        ("replied", "replied themselves", style.BLUE, ""),
        ("also_in_another", "did not; also in another of these", "#a9cbe3", ""),
        ("in_no_other", "did not; in no other of these", style.WHITE, "////"),
    ]
    for y, row in enumerate(table.itertuples()):
        left = 0
        for column, _, colour, hatch in parts:
            width = getattr(row, column)
            if not width:
                continue
            axes.barh(y, width, left=left, height=0.62, color=colour, edgecolor=style.INK, linewidth=0.7, hatch=hatch)
            left += width
        words = f"{row.member_states} members, {row.replied} replied"
        axes.annotate(words, (left, y), (6, 0), textcoords="offset points", va="center")
    keys = [
        Patch(facecolor=colour, edgecolor=style.INK, linewidth=0.7, hatch=hatch, label=words)
        for _, words, colour, hatch in parts
    ]
    axes.legend(
        handles=keys,
        loc="lower right",
        frameon=False,
        fontsize=9,
        title="Member States that",
        title_fontsize=9,
        alignment="left",
    )
    axes.set_yticks(range(len(table)), table["organization"])
    axes.set(ylim=(len(table) - 0.4, -0.6), xlim=(0, 76))
    axes.tick_params(length=0)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel("Member States of the United Nations", fontsize=9)
    figure.subplots_adjust(left=0.23, right=0.99, bottom=0.22)
    whole = coverage(ds)
    reached = int((whole["organizations"] > 0).sum())
    title = (
        f"{reached} of {len(whole)} Member States belong to at least one of the {len(table)} "
        "regional organizations that replied"
    )
    measure = "Members (OSCE: participating States) that are Member States and were not suspended on 3 June 2011"
    alt = "Bars: " + "; ".join(
        f"{r.organization} {r.member_states} members, {r.replied} replied, {r.also_in_another} did not and are in "
        f"another too, {r.in_no_other} did not and are in no other"
        for r in table.itertuples()
    )
    return style.finish(figure, title, measure, alt + ".", table)


@style.drawn
def draw_subregions(ds: Dataset) -> style.Chart:
    """Coverage by M49 sub-region as a matrix of counts, shaded by the share of the sub-region's Member States."""
    import seaborn

    table = by_group(ds, "m49_subregion")
    region = ds.states.drop_duplicates("m49_subregion").set_index("m49_subregion")["m49_region"].astype("str")
    table.insert(0, "m49_region", table["m49_subregion"].map(region))
    table = table.sort_values(["m49_region", "m49_subregion"]).reset_index(drop=True)
    counts = table.set_index("m49_subregion")[COVERAGE]
    figure, axes = style.canvas(6.2)
    seaborn.heatmap(
        counts.div(table["member_states"].to_list(), axis=0),
        annot=counts.replace(0, "·").astype("str"),
        fmt="s",
        cmap="Blues",
        vmin=0,
        vmax=1.9,  # the darkest cell still carries dark lettering
        cbar=False,
        linewidths=1,
        annot_kws={"color": style.INK},
        ax=axes,
    )
    labels = [f"{row.m49_region} – {row.m49_subregion} ({row.member_states})" for row in table.itertuples()]
    axes.set_yticklabels(
        [label.replace("Latin America and the Caribbean", "Latin America, Caribbean") for label in labels]
    )
    axes.set_xticklabels(["replied", "only through a\nregional organization", "neither"], rotation=0)
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    axes.set(xlabel="", ylabel="")
    figure.subplots_adjust(left=0.47, right=0.98, top=0.80, bottom=0.06)
    empty = table[table["neither"] == table["member_states"]]
    title = (
        f"In {len(empty)} of {len(table)} sub-regions no State replied or belongs to a regional organization that did"
    )
    if len(empty):
        title += f": {' and '.join(empty['m49_subregion'])}"
    measure = "Member States by M49 sub-region (total in brackets; a dot is none); darker: larger share"
    alt = "Counts replied, only through an organization, neither: " + "; ".join(
        f"{row.m49_subregion} {', '.join(str(n) for n in counts.loc[row.m49_subregion])}" for row in table.itertuples()
    )
    return style.finish(figure, title, measure, alt + ".", table)
