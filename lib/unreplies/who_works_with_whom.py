"""Who names whom in the replies: the network of actors, for the notebook ``05_who_works_with_whom``.

A naming is not cooperation. Every measure therefore says in which manner an actor is named, leaves out what a
respondent says of its own organs and programmes, and has the respondents as its denominator.
"""

from __future__ import annotations

import itertools

import pandas as pd

from . import style
from .dataset import Dataset, kept
from .descriptor import UnknownName

#: How an actor is named, that which goes farthest first: a link of several namings takes the first.
MANNERS = ["part in an event", "in the text", "place of an event", "editorial note"]
#: Kinds of actors; the first four are also the kinds of respondents.
KINDS = ["Member States", "United Nations system", "other global organizations", "regional organizations"]
KINDS += ["arrangements"]
#: The manners in which the author of a reply speaks of an actor, beyond the place of an event.
SPOKEN = MANNERS[:2]


def _printed(ds: Dataset) -> list[str]:
    """The ids of the replies with text, in the order of the report."""
    replies = ds.replies.sort_values("position", kind="stable")
    return replies.loc[replies["form"] != "not_reproduced", "reply_id"].to_list()


@kept
def actors(ds: Dataset) -> pd.DataFrame:
    """For whom each actor counts, and of which kind it is.

    One row is one actor: ``actor_id``, ``actor`` (short name), ``actor_type``, ``counts_for`` (the id of the nearest
    respondent among itself and the bodies that it is an organ of; without one, the topmost of these bodies),
    ``kind`` (one of `KINDS`) and ``replied`` (it sent a reply itself). The United Nations system is the United Nations,
    its organs, and what the report prints in section III.A; an organ, a programme and a body of one State have the kind
    of the topmost body that they belong to.

    >>> from unreplies import load
    >>> actors(load()).set_index("actor_id").loc["unodc-tpb", ["counts_for", "kind"]].to_list()
    ['unodc', 'United Nations system']
    """
    parents = ds.actors.set_index("actor_id")["parent_id"].dropna().to_dict()
    types = ds.actors.set_index("actor_id")["actor_type"].astype("str").to_dict()
    replies = ds.replies.set_index("reply_id")["section"].astype("str").to_dict()
    system = {"un", *(reply for reply, section in replies.items() if section == "III.A")}
    kinds = {"state": KINDS[0], "un_body": KINDS[1], "global_org": KINDS[2], "regional_org": KINDS[3]}

    def line(actor):  # the actor, its parent, its parent's parent, ...
        return [actor, *line(parents[actor])] if actor in parents else [actor]

    lines = [line(actor) for actor in ds.actors["actor_id"]]
    table = ds.actors[["actor_id", "short_name", "actor_type"]].rename(columns={"short_name": "actor"})
    table["counts_for"] = [next((a for a in one if a in replies), one[-1]) for one in lines]
    table["kind"] = [KINDS[1] if system & set(one) else kinds.get(types[one[-1]], KINDS[4]) for one in lines]
    table["kind"] = pd.Categorical(table["kind"], KINDS, ordered=True)
    table["replied"] = table["actor_id"].isin(list(replies))
    return table


@kept
def namings(ds: Dataset) -> pd.DataFrame:
    """Every naming of an actor in a reply, with its manner.

    One row is one actor in one passage of a reply (the introduction is nobody's): ``reply_id``, ``respondent``,
    ``actor_id``, ``actor``, ``counts_for``, ``passage_id``, ``own`` (it is the respondent's organ, programme or body)
    and ``manner``, one of `MANNERS`, the first that applies: ``editorial note`` (a footnote, or the Secretary-General's
    sentence in place of a reply that is not reproduced), ``part in an event`` (it organized, took part in or hosted a
    dated event of the same passage), ``place of an event`` (a State in which an event of the passage took place, and
    nothing else) and ``in the text``.

    >>> from unreplies import load
    >>> table = namings(load()).set_index(["passage_id", "actor_id"])["manner"]
    >>> table["unodc.05", "per"], table["unodc.05", "brb"], table["tha.09", "unoda"]
    ('part in an event', 'place of an event', 'editorial note')
    """
    table = ds.joined("actor_mentions").dropna(subset=["reply_id"])
    table = table.merge(actors(ds)[["actor_id", "counts_for"]], on="actor_id", validate="many_to_one")
    part = ds.event_actors.merge(ds.events[["event_id", "passage_id"]], on="event_id", validate="many_to_one")
    parts = set(zip(part["passage_id"], part["actor_id"]))
    keys_of = ds.actors.dropna(subset="iso3").set_index("iso3")["actor_id"]
    places = set(zip(ds.events["passage_id"], ds.events["iso3"].map(keys_of)))
    notes = table["kind"].eq("footnote") | table["reply_form"].eq("not_reproduced")
    keys = zip(notes, zip(table["passage_id"], table["actor_id"]))
    manners = [MANNERS[3 if note else 0 if key in parts else 2 if key in places else 1] for note, key in keys]
    table["manner"] = pd.Categorical(manners, MANNERS, ordered=True)
    table["own"] = table["counts_for"] == table["reply_id"]
    columns = ["reply_id", "respondent", "actor_id", "actor", "counts_for", "passage_id", "own", "manner"]
    return table[columns].reset_index(drop=True)


@kept
def links(ds: Dataset, with_organs: bool = True) -> pd.DataFrame:
    """Who names whom: the namings of others, drawn together by respondent and actor.

    One row is one respondent and one actor that it names: ``reply_id``, ``respondent``, ``respondent_kind``,
    ``named_id``, ``named``, ``named_kind``, ``replied`` (the named actor sent a reply too), ``manner`` (the first of
    `MANNERS` that one of its passages has) and ``passages`` (their ids). With ``with_organs`` an organ or programme
    counts for its parent as in `actors`; without it, every actor counts by its own name. A respondent's own organs
    and programmes are left out either way.

    >>> from unreplies import load
    >>> table = links(load()).set_index(["reply_id", "named_id"])
    >>> table.loc[("au", "opcw"), ["manner", "passages"]].to_list()
    ['part in an event', 'au.07']
    """
    who = actors(ds).set_index("actor_id")
    table = namings(ds).query("not own").assign(named_id=lambda t: t["counts_for" if with_organs else "actor_id"])
    grouped = table.groupby(["reply_id", "respondent", "named_id"])
    result = grouped.agg(manner=("manner", "min"), passages=("passage_id", lambda ids: ", ".join(sorted(set(ids)))))
    result = result.reset_index().join(who["kind"].rename("respondent_kind"), on="reply_id")
    theirs = who[["actor", "kind", "replied"]].set_axis(["named", "named_kind", "replied"], axis="columns")
    columns = ["reply_id", "respondent", "respondent_kind", "named_id", "named", "named_kind"]
    return result.join(theirs, on="named_id")[[*columns, "replied", "manner", "passages"]]


def most_named(ds: Dataset, with_organs: bool = True) -> pd.DataFrame:
    """How many respondents name each actor.

    One row is one actor that a respondent other than itself names, the most named first: ``named_id``, ``named``,
    ``kind``, ``replied``, ``respondents`` (those that give it a part in an event or name it in the text), ``as_place``
    and ``in_a_note`` (those that name it only so), ``all`` (the sum of the three) and ``named_by`` (all of them). The
    denominator, the replies with text, is in ``attrs["with_text"]``. For ``with_organs`` see `links`.

    >>> from unreplies import load
    >>> most_named(load(), with_organs=False).set_index("named_id").loc["unoda", ["respondents", "all"]].to_list()
    [1, 7]
    """
    table = links(ds, with_organs)
    ways = {"respondents": SPOKEN, "as_place": MANNERS[2:3], "in_a_note": MANNERS[3:], "all": MANNERS}
    table = table.assign(**{way: table["manner"].isin(manners) for way, manners in ways.items()})
    grouped = table.groupby(["named_id", "named", "named_kind", "replied"], observed=True)
    result = grouped.agg({**dict.fromkeys(ways, "sum"), "respondent": lambda names: ", ".join(sorted(names))})
    result = result.reset_index().rename(columns={"named_kind": "kind", "respondent": "named_by"})
    assert result["all"].sum() == len(table), "an actor has two names or kinds"
    result = result.sort_values(["respondents", "all", "named"], ascending=[False, False, True], ignore_index=True)
    result.attrs["with_text"] = len(_printed(ds))
    return result


def among_respondents(ds: Dataset) -> pd.DataFrame:
    """Which respondents name which other respondents, and where it is mutual.

    One row is one respondent and another that it names, in the order of the report: ``reply_id``, ``respondent``,
    ``named_id``, ``named``, ``by_its_name`` (named itself, not only through an organ or programme), ``manner``,
    ``mutual`` (the other names it too) and ``passages``; organs count for their parents. ``attrs["pairs"]``: the pairs
    of respondents that both have text, the denominator of mutual naming.

    >>> from unreplies import load
    >>> table = among_respondents(load())
    >>> sorted(table.loc[table["mutual"], "respondent"]), table.attrs["pairs"]
    (['IAEA', 'Russian Federation'], 253)
    """
    order = ds.replies.set_index("reply_id")["position"]
    table = links(ds).query("replied")
    bare = links(ds, with_organs=False)
    names, keys = (dict.fromkeys(zip(t["reply_id"], t["named_id"])) for t in (bare, table))
    table["by_its_name"] = [key in names for key in keys]
    table["mutual"] = [key[::-1] in keys for key in keys]
    table = table.sort_values(["reply_id", "named_id"], key=lambda ids: ids.map(order), ignore_index=True)
    result = table[["reply_id", "respondent", "named_id", "named", "by_its_name", "manner", "mutual", "passages"]]
    n = len(_printed(ds))
    result.attrs["pairs"] = n * (n - 1) // 2
    return result


def bridges(ds: Dataset) -> pd.DataFrame:
    """Naming across kinds: how many respondents of one kind name at least one actor of another.

    One row is one kind of respondent and one kind of actor, all combinations: ``respondent_kind``, ``named_kind``,
    ``of`` (respondents of the kind whose reply has text: the denominator), ``respondents`` (those that give such an
    actor a part in an event or name it in the text), ``all`` (places and editorial notes included), and the names of
    the first, ``who``, with their number of actors so named, ``actors``.

    >>> from unreplies import load
    >>> table = bridges(load()).set_index(["respondent_kind", "named_kind"])
    >>> table.loc[("Member States", "regional organizations"), ["respondents", "of"]].to_list()
    [5, 8]
    """
    printed, kind = _printed(ds), actors(ds).set_index("actor_id")["kind"]
    table = links(ds).query("reply_id in @printed")
    of = pd.Series(printed).map(kind).value_counts()
    rows = []
    for here, there in itertools.product(KINDS[:4], KINDS):
        block = table[(table["respondent_kind"] == here) & (table["named_kind"] == there)]
        spoken = block[block["manner"].isin(SPOKEN)]
        names, n = sorted(set(spoken["respondent"])), spoken["named_id"].nunique()
        rows.append([here, there, int(of[here]), len(names), block["reply_id"].nunique(), ", ".join(names), n])
    columns = ["respondent_kind", "named_kind", "of", "respondents", "all", "who", "actors"]
    return pd.DataFrame(rows, columns=columns)


def shared_events(ds: Dataset) -> pd.DataFrame:
    """Dated events in which a reply gives a part to two actors or more, organs counted for their parents.

    One row is one event: ``event_id``, ``event`` (its title), ``date``, ``date_precision``,
    ``told_by`` (the respondent), ``actors`` (each with its role), ``other_respondents`` (those among them, beside the
    teller, that replied), ``naming_the_teller`` (those of these whose reply names the teller anywhere) and
    ``passage_id``. ``attrs["events"]``: all events of the replies, the denominator.

    >>> from unreplies import load
    >>> shared_events(load()).set_index("event_id").loc["au-opcw-mou-2006", "actors"]
    'African Union (participant), OPCW (participant)'
    """
    who, table = actors(ds).set_index("actor_id"), links(ds)
    naming = set(zip(table["reply_id"], table["named_id"]))
    events = ds.joined("events").dropna(subset=["reply_id"])
    names, replied, roles, rows = who["actor"].to_dict(), set(who.index[who["replied"]]), {}, []
    for part in ds.event_actors.join(who["counts_for"], on="actor_id").itertuples():
        roles.setdefault(part.event_id, {}).setdefault(part.counts_for, part.role)  # the first, of several
    for event in events.itertuples():
        parts = roles.get(event.event_id, {})
        others = [a for a in parts if a in replied and a != event.reply_id]
        back = [a for a in others if (a, event.reply_id) in naming]
        words = ", ".join(f"{names[a]} ({style.label(role)})" for a, role in parts.items())
        rows.append([len(parts), words, *(", ".join(names[a] for a in ids) for ids in (others, back))])
    columns = ["parts", "actors", "other_respondents", "naming_the_teller"]
    result = events.join(pd.DataFrame(rows, columns=columns, index=events.index)).query("parts > 1")
    result = result.rename(columns={"title_en": "event", "respondent": "told_by"})
    first = ["event_id", "event", "date", "date_precision", "told_by"]
    result = result[[*first, *columns[1:], "passage_id"]].reset_index(drop=True)
    result.attrs["events"] = len(events)
    return result


def gists(ds: Dataset, passages: pd.Series) -> pd.DataFrame:
    """The gists of passages given as in the column ``passages`` of `links`, ids joined by commas.

    One row is one passage, in the order of the report: ``passage_id``, ``respondent``, ``gist_en``. Raises
    `UnknownName` for a passage that does not exist.

    >>> from unreplies import load
    >>> gists(load(), pd.Series(["iaea.08, rus.07", "rus.07"]))["passage_id"].to_list()
    ['rus.07', 'iaea.08']
    """
    wanted = {one for ids in passages for one in ids.split(", ")}
    table = ds.joined("passages")
    for one in sorted(wanted - set(table["passage_id"])):
        raise UnknownName("passage", one, table["passage_id"])
    return table.loc[table["passage_id"].isin(wanted), ["passage_id", "respondent", "gist_en"]].reset_index(drop=True)


def through_texts(ds: Dataset) -> pd.DataFrame:
    """Respondents that refer to a text of another actor: treaties, resolutions, standards that it adopted or issued.

    The issuer in the title or number of a text is not coded as a naming, so these references stand beside `links`.
    One row is one respondent whose reply has text and one issuer, organs counted for their parents and the
    respondent's own texts left out: ``reply_id``, ``respondent``, ``issuer_id``, ``issuer``, ``replied`` (the issuer
    sent a reply too), ``also_named`` (the respondent names it as an actor too, editorial notes aside),
    ``instruments`` and ``passages``. Texts without an issuer among the actors are left out; ``attrs["without_issuer"]``
    says how many mentions of texts that are, ``attrs["mentions"]`` of how many.

    >>> from unreplies import load
    >>> through_texts(load()).set_index(["reply_id", "issuer_id"]).loc[("wco", "fatf"), "instruments"]
    'SR IX'
    """
    who = actors(ds).set_index("actor_id")
    named = links(ds).query("manner != 'editorial note'").set_index(["reply_id", "named_id"]).index
    mentions = ds.joined("instrument_mentions").query("reply_id.notna() and reply_form != 'not_reproduced'")
    issuers = ds.instruments.set_index("instrument_id")["issuer_id"].map(who["counts_for"])
    table = mentions.join(issuers, on="instrument_id")
    others = table[table["issuer_id"].notna() & (table["issuer_id"] != table["reply_id"])]
    grouped = others.groupby(["reply_id", "respondent", "issuer_id"])[["instrument", "passage_id"]]
    result = grouped.agg(lambda values: ", ".join(sorted(set(values)))).reset_index()
    result = result.join(who[["actor", "replied"]], on="issuer_id")
    names = {"actor": "issuer", "instrument": "instruments", "passage_id": "passages"}
    result["also_named"] = [key in named for key in zip(result["reply_id"], result["issuer_id"])]
    columns = ["reply_id", "respondent", "issuer_id", "issuer", "replied", "also_named", "instruments", "passages"]
    result = result.rename(columns=names)[columns]
    result.attrs = {"without_issuer": int(table["issuer_id"].isna().sum()), "mentions": len(table)}
    return result


@style.drawn
def draw_network(ds: Dataset) -> style.Chart:
    """The actors named by two respondents or more, in the middle; left the States, right the organizations naming them.

    Places follow from the data alone: the middle by number of respondents, the sides by the mean place of what they
    name. A namer's number says how many actors it names that no other respondent does.
    """
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    def spread(keys):  # each key and its height, from 0 at the top to 1
        return {key: place / max(len(keys) - 1, 1) for place, key in enumerate(keys)}

    named = most_named(ds)
    middle = named.query("respondents > 1").set_index("named_id")
    heights, who = spread(middle.index), actors(ds).set_index("actor_id")
    table = links(ds).query("manner in @SPOKEN").reset_index(drop=True)
    lines = table[table["named_id"].isin(middle.index)].assign(to=lambda t: t["named_id"].map(heights))
    mean, own = lines.groupby("reply_id")["to"].mean(), table["reply_id"].value_counts()
    more = own.sub(lines["reply_id"].value_counts(), fill_value=0).astype(int)
    namers = sorted(_printed(ds), key=lambda reply: (mean.get(reply, 2.0), -own.get(reply, 0), reply))
    states = [reply for reply in namers if who.loc[reply, "kind"] == KINDS[0]]
    left, right = spread(states), spread([reply for reply in namers if reply not in states])
    figure, axes = style.canvas(6.4)
    for x, align, side in ((1.64, "right", left), (6.1, "left", right)):
        for reply, y in side.items():
            words = who.loc[reply, "actor"] + (f" (+{more[reply]})" if more.get(reply) else "")
            axes.text(x, y, words, ha=align, va="center", fontsize=9.5)
    looks = {MANNERS[0]: {"color": style.BLUE, "linewidth": 2.8}, MANNERS[1]: {"color": style.GREY, "linewidth": 0.9}}
    lines["left"], lines["from"] = lines["reply_id"].isin(left), lines["reply_id"].map({**left, **right})
    for end, other, keys in (("from", "to", ["reply_id"]), ("to", "from", ["named_id", "left"])):
        groups = lines.groupby(keys)[other]  # lines that meet in one name arrive one below the other
        lines[f"{end}_at"] = lines[end] + 0.008 * (groups.rank("first") - (groups.transform("size") + 1) / 2)
    for row in lines.itertuples():
        x, end = (1.72, 2.92) if row.left else (6.02, 4.88)
        bend, y, goal = (x + end) / 2, row.from_at, row.to_at
        path = Path([(x, y), (bend, y), (bend, goal), (end, goal)], [1, 4, 4, 4])
        axes.add_patch(PathPatch(path, fill=False, **looks[row.manner]))
    box = {"boxstyle": "square,pad=0.2", "facecolor": style.WHITE, "edgecolor": "none"}
    for row in middle.itertuples():
        look = {"ha": "center", "va": "center", "fontsize": 9.5, "fontweight": "bold" if row.replied else "normal"}
        axes.text(3.9, heights[row.Index], f"{row.named}: {row.respondents}", bbox=box, **look)
    heads = {"right": (1.64, "Member States"), "center": (3.9, "named (bold: replied)"), "left": (6.1, "organizations")}
    for align, (x, words) in heads.items():
        axes.text(x, -0.07, words, ha=align, va="center", fontsize=9, color=style.GREY)
    key = "Thick: with a part in a dated event. Thin: in the text. (+n): names n more, which no other respondent names"
    axes.text(0.0, 1.075, key, fontsize=8.5, color=style.GREY, va="center")
    axes.set(xlim=(0, 8), ylim=(1.1, -0.1))
    axes.axis("off")
    figure.subplots_adjust(left=0.01, right=0.99, bottom=0.05)
    top, total = named.iloc[0], named.attrs["with_text"]
    title = (
        f"Of {table['named_id'].nunique()} actors {len(middle)} are named by several respondents; "
        f"most named: {top['named']}, by {top['respondents']} of {total}"
    )
    measure = f"Respondents naming an actor (no places, no notes), of {total} with text; organs count for parents"
    alt = "Actors and the respondents that name them: " + "; ".join(
        f"{row.named} by {', '.join(sorted(table.loc[table['named_id'] == row.Index, 'respondent']))}"
        for row in middle.itertuples()
    )
    return style.finish(figure, title, measure, alt + ".", table)


@style.drawn
def draw_among_respondents(ds: Dataset) -> style.Chart:
    """Respondents that name another, against those named, in the order of the report; mutual naming ringed."""
    table = among_respondents(ds)
    order = ds.joined("replies").sort_values("position", kind="stable").set_index("reply_id")["respondent"]
    down, across = (order[order.index.isin(table[side])] for side in ("reply_id", "named_id"))
    table["x"], table["y"] = across.index.get_indexer(table["named_id"]), down.index.get_indexer(table["reply_id"])
    rings = table[table["mutual"]]
    figure, axes = style.canvas(5.2)
    looks = {
        MANNERS[0]: {"marker": "D", "s": 90, "color": style.BLUE},
        MANNERS[1]: {"marker": "o", "s": 90, "color": style.GREY},
        MANNERS[2]: {"marker": "s", "s": 80, "facecolor": style.WHITE, "edgecolor": style.INK},
    }
    for manner, look in looks.items():
        axes.scatter("x", "y", data=table[table["manner"] == manner], zorder=3, label=manner, **look)
    ring = {"marker": "o", "s": 320, "facecolor": "none", "edgecolor": style.VERMILION, "linewidth": 1.8}
    axes.scatter("x", "y", data=rings, zorder=4, label="mutual", **ring)
    for row in table[~table["by_its_name"]].itertuples():
        below = {"xytext": (0, -14), "textcoords": "offset points", "ha": "center", "fontsize": 8}
        axes.annotate("through an organ", (row.x, row.y), **below)
    axes.set_xticks(range(len(across)), across.str.replace(" ", "\n"))
    axes.set_yticks(range(len(down)), down)
    axes.xaxis.tick_top()
    axes.tick_params(length=0, labelsize=9)
    axes.grid(color=style.LIGHT, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.set(xlim=(-0.6, len(across) - 0.4), ylim=(len(down) - 0.4, -0.6))
    axes.legend(loc="upper center", bbox_to_anchor=(0.4, -0.01), ncols=4, frameon=False, fontsize=9, labelspacing=1.2)
    figure.subplots_adjust(left=0.23, right=0.98, top=0.77, bottom=0.13)
    linked, both = (len({frozenset(p) for p in zip(t["reply_id"], t["named_id"])}) for t in (table, rings))
    title = f"{len(table)} times a respondent names another; in {both} of {linked} pairs each names the other"
    if both:
        title += ": " + "; ".join(sorted({" and ".join(sorted(p)) for p in zip(rings["respondent"], rings["named"])}))
    measure = f"Rows name columns, at least once; of {table.attrs['pairs']} pairs of replies with text"
    alt = "Who names whom: " + "; ".join(
        f"{name} names {', '.join(table.loc[table['reply_id'] == reply, 'named'])}" for reply, name in down.items()
    )
    return style.finish(figure, title, measure, alt + ".", table.drop(columns=["x", "y"]))


@style.drawn
def draw_bridges(ds: Dataset) -> style.Chart:
    """Naming across kinds as a matrix of counts, shaded by the share of the respondents of the row."""
    from textwrap import fill

    import seaborn

    table = bridges(ds)
    whole = table.drop_duplicates("respondent_kind").set_index("respondent_kind")["of"]
    more = table["all"].map("\n({} in all)".format).where(table["all"] != table["respondents"], "")
    table["share"], table["words"] = table["respondents"] / table["of"], table["respondents"].astype("str") + more
    shares, words = (
        table.pivot(index="respondent_kind", columns="named_kind", values=values).loc[KINDS[:4], KINDS]
        for values in ("share", "words")
    )
    figure, axes = style.canvas(3.9)
    look = {"cmap": "Blues", "vmin": 0, "vmax": 1.6, "cbar": False, "linewidths": 1.5}
    annotations = {"annot": words, "fmt": "s", "annot_kws": {"color": style.INK, "fontsize": 9.5}}
    seaborn.heatmap(shares, ax=axes, **look, **annotations)
    axes.set_xticklabels([fill(kind, 15) for kind in KINDS], rotation=0)
    axes.set_yticklabels([f"{kind} ({whole[kind]})" for kind in KINDS[:4]], rotation=0)
    axes.xaxis.tick_top()
    axes.tick_params(length=0, labelsize=9.5)
    axes.set(xlabel="", ylabel="")
    figure.subplots_adjust(left=0.34, right=0.99, top=0.63, bottom=0.09)
    spoken = links(ds).query("manner in @SPOKEN")
    states = spoken["respondent_kind"] == KINDS[0]
    up = spoken.loc[states & (spoken["named_kind"] != KINDS[0]), "reply_id"].nunique()
    down = spoken.loc[~states & (spoken["named_kind"] == KINDS[0]), "reply_id"].nunique()
    title = (
        f"{up} of {whole[KINDS[0]]} Member States name an organization or arrangement; "
        f"{down} of {whole[KINDS[1:4]].sum()} organizations name a Member State"
    )
    measure = (
        "Respondents of a kind (how many in brackets) that name an actor of the column;\n"
        "'in all' adds editorial notes and places. Shade: share of the row"
    )
    alt = "Respondents naming: " + "; ".join(
        f"{row.respondents} of {row.of} ({row.respondent_kind}) name {row.named_kind}" for row in table.itertuples()
    )
    return style.finish(figure, title, measure, alt + ".", table.drop(columns=["share", "words"]))
