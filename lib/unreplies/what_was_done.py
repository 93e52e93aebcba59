"""What was done: measures by category, provision, domain, status and respondent, for ``04_what_was_done``.

Respondents are counted first, each once for a value however many of its passages report it; passages second. The
denominator is the respondents whose reply the report prints, in full or as a summary.
"""

from __future__ import annotations

import re

import pandas as pd

from . import style
from .dataset import Dataset, kept
from .descriptor import UnknownName

#: The domains whose words are flagged passage by passage. `GENERAL` is set where no nuclear, radiological, chemical,
#: biological or explosive term stands; one for a means of delivery may stand beside it.
DOMAINS, GENERAL = ["nuclear", "radiological", "chemical", "biological", "delivery"], "wmd_general"
#: What resolution 1540 (2004) says paragraph by paragraph: operative paragraph, subject, and how it speaks.
OPERATIVE = [
    ("OP 1", "no support to non-State actors", "decision: States shall"),
    ("OP 2", "laws prohibiting non-State actors' activities", "decision: States shall"),
    ("OP 3 (a)", "account for and secure items", "decision: States shall"),
    ("OP 3 (b)", "physical protection", "decision: States shall"),
    ("OP 3 (c)", "border controls, law enforcement", "decision: States shall"),
    ("OP 3 (d)", "export, trans-shipment; their financing", "decision: States shall"),
    ("OP 4", "committee; reports of States", "the Council's own; call to report"),
    ("OP 5", "other treaties remain unaffected", "decision: how to interpret"),
    ("OP 6", "control lists", "call or invitation"),
    ("OP 7", "assistance", "call or invitation"),
    ("OP 8 (a)", "multilateral treaties", "call or invitation"),
    ("OP 8 (b)", "national rules to comply with treaties", "call or invitation"),
    ("OP 8 (c)", "multilateral cooperation", "call or invitation"),
    ("OP 8 (d)", "informing industry and the public", "call or invitation"),
    ("OP 9", "dialogue and cooperation", "call or invitation"),
    ("OP 10", "cooperative action against trafficking", "call or invitation"),
    ("OP 11", "monitoring by the Council", "the Council's own"),
    ("OP 12", "the Council remains seized", "the Council's own"),
]
_KINDS = {"Member States": "Member State", "organizations": "organization"}
_COUNTED = ["reply_id", "respondent_kind", "passage_id"]
#: The one label that is too long for a figure.
_SHORT = ("Border controls and law enforcement", "Borders, law enforcement")
#: Status by status, the most advanced first: how the profiles draw it (marker, face, ink, size).
_LOOKS = {
    "in_place": ("s", style.BLUE, style.WHITE, 260),
    "in_progress": ("D", style.LIGHT, style.INK, 190),
    "urged": ("o", style.WHITE, style.INK, 250),
}
_STATUSES = list(_LOOKS)


def denominators(ds: Dataset) -> dict[str, int]:
    """The respondents whose reply is printed: of each kind, and together (a reply not reproduced has no text to code).

    >>> from unreplies import load
    >>> denominators(load())
    {'Member States': 8, 'organizations': 15, 'respondents': 23}
    """
    printed = ds.replies[ds.replies["form"] != "not_reproduced"]
    states = int((printed["section"] == "II").sum())
    return {"Member States": states, "organizations": len(printed) - states, "respondents": len(printed)}


def _measures(ds: Dataset) -> pd.DataFrame:
    rows = ds.joined("measures")
    assert not rows.duplicated(["passage_id", "category"]).any(), "a passage has a category twice"
    printed = ds.replies.loc[ds.replies["form"] != "not_reproduced", "reply_id"]
    assert set(rows["reply_id"]) <= set(printed), "a measure is of no reply, or of one that is not reproduced"
    return rows


def _count(rows: pd.DataFrame) -> dict[str, int]:
    """Respondents of each kind and together, and passages, behind some rows of the measures."""
    owners = dict(zip(rows["reply_id"], rows["respondent_kind"]))
    kinds = list(owners.values())
    counts = {name: kinds.count(kind) for name, kind in _KINDS.items()}
    return {**counts, "respondents": len(owners), "passages": rows["passage_id"].nunique()}


@kept
def by(ds: Dataset, column: str = "category_label") -> pd.DataFrame:
    """Measures counted by category, or by ``status`` or ``level``.

    One row is one value, also one that nobody reports: the value, ``Member States``, ``organizations``,
    ``respondents`` (their sum, each once), ``passages`` and ``measures`` (rows of the table). Categories stand by
    respondents and passages, status and level in their own order; a category stands once in a passage, so there
    ``measures`` would repeat ``passages`` and is left out. The denominators are in ``attrs``. Raises `UnknownName`
    for another column.

    >>> from unreplies import load
    >>> by(load()).astype("str").iloc[0].to_list()
    ['Cooperation', '6', '14', '20', '54']
    """
    if column not in (allowed := ["category_label", "status", "level"]):
        raise UnknownName("column to count by", column, allowed)
    rows = _measures(ds)[[column, *_COUNTED]]
    values = ds.measure_categories["label"] if column == "category_label" else rows[column].cat.categories
    parts = {value: rows[rows[column] == value] for value in values}
    table = pd.DataFrame({column: v, **_count(part), "measures": len(part)} for v, part in parts.items())
    assert table["measures"].sum() == len(ds.measures), "a measure was lost"
    if column == "category_label":
        table = table.sort_values(["respondents", "passages"], ascending=False, kind="stable", ignore_index=True)
        table = table.drop(columns="measures")
    table.attrs = denominators(ds)
    return table


def by_domain(ds: Dataset) -> pd.DataFrame:
    """Measures by category and domain, where a domain is one whose words stand in the same passage.

    One row is one category and one of the `DOMAINS`, or `GENERAL`, also where there is none: ``category_label``,
    ``domain``, ``Member States``, ``organizations``, ``respondents``, ``passages``. A passage that names several
    domains counts in each; the flags are the passage's, so a row says what stands together, not what is aimed at.

    >>> from unreplies import load
    >>> by_domain(load()).query("category_label == 'Control lists' and domain == 'chemical'")["respondents"].item()
    1
    """
    rows = _measures(ds)
    return pd.DataFrame(
        {"category_label": label, "domain": domain, **_count(rows[(rows["category_label"] == label) & rows[domain]])}
        for label in by(ds)["category_label"]
        for domain in [*DOMAINS, GENERAL]
    )


def domains(ds: Dataset) -> pd.DataFrame:
    """The domains named in passages that report a measure.

    One row is one domain, or `GENERAL`: ``domain``, ``Member States``, ``organizations``, ``respondents``,
    ``passages`` (with at least one measure), of which ``with_no_other_of_the_four`` have no other of nuclear,
    radiological, chemical and biological, and ``with_all_four`` have them all (as "CBRN" does); both are empty for
    `GENERAL`, where they could not be. ``attrs["passages"]`` is the denominator of passages.

    >>> from unreplies import load
    >>> domains(load()).set_index("domain").loc["biological"].to_list()[3:]
    [25, 1, 20]
    """
    rows, result = _measures(ds)[[*DOMAINS, GENERAL, *_COUNTED]], []
    four = rows[DOMAINS[:4]].sum(axis=1)
    for domain in [*DOMAINS, GENERAL]:
        flagged = rows[domain]
        alone, together = (
            rows.loc[flagged & (four == n), "passage_id"].nunique() if domain != GENERAL else pd.NA
            for n in (int(domain in DOMAINS[:4]), 4)
        )
        result.append(
            {"domain": domain, **_count(rows[flagged]), "with_no_other_of_the_four": alone, "with_all_four": together}
        )
    table = pd.DataFrame(result).astype({"with_no_other_of_the_four": "Int64", "with_all_four": "Int64"})
    table.attrs = {**denominators(ds), "passages": rows["passage_id"].nunique()}
    return table


def profiles(ds: Dataset) -> pd.DataFrame:
    """What each respondent reports, category by category.

    One row is one respondent and one category that it reports: ``reply_id``, ``respondent``, ``respondent_kind``,
    ``category_label``, ``status`` (the most advanced that one of its passages has: in place, in progress, urged),
    ``in_place``, ``in_progress``, ``urged`` and ``passages`` (their sum), and ``passage_ids``.

    >>> from unreplies import load
    >>> profiles(load()).query("reply_id == 'las' and category_label == 'Border controls and law enforcement'")[
    ...     ["status", "in_place", "urged", "passages"]].values.tolist()
    [['in_place', 2, 2, 4]]
    """
    rows = _measures(ds)
    keys = ["reply_id", "respondent", "respondent_kind", "category_label"]
    counts = rows.groupby([*keys, "status"], observed=False).size().unstack()[_STATUSES]
    counts.columns = _STATUSES
    counts.insert(0, "status", pd.Categorical(counts.gt(0).idxmax(axis=1), _STATUSES, ordered=True))
    counts["passages"] = counts[_STATUSES].sum(axis=1)
    counts["passage_ids"] = rows.groupby(keys)["passage_id"].agg(", ".join)
    assert counts["passages"].sum() == len(ds.measures), "a measure was lost"
    return counts.reset_index()


def who_reports(ds: Dataset, status: str) -> pd.DataFrame:
    """Who reports measures of one status, which, and where.

    One row is one respondent with at least one measure of that ``status``, in the order of the report: ``respondent``,
    ``measures`` (their labels), ``passages`` (how many) and ``passage_ids``. Raises `UnknownName` for another status.

    >>> from unreplies import load
    >>> who_reports(load(), "urged")["respondent"].to_list()[:2]
    ['Estonia', 'Thailand']
    """
    if status not in _STATUSES:
        raise UnknownName("status", status, _STATUSES)
    replies = _measures(ds).query("status == @status").groupby("respondent", sort=False)
    table = replies.agg(
        measures=("category_label", lambda labels: "; ".join(sorted(set(labels)))),
        passages=("passage_id", "nunique"),
        passage_ids=("passage_id", lambda ids: ", ".join(dict.fromkeys(ids))),
    )
    return table.reset_index()


def by_paragraph(ds: Dataset) -> pd.DataFrame:
    """Measures by operative paragraph of resolution 1540 (2004), by the codebook's assignment of categories.

    One row is one operative paragraph or sub-paragraph, in order: ``paragraph``, ``subject``, ``character`` (a decision
    that binds States, a call or invitation, a rule of interpretation, or about the Council's own work), ``categories``
    (assigned to it; "outside the coding" where there is none, and then the counts are empty), ``Member States``,
    ``organizations``, ``respondents``, ``passages`` and ``in_place`` (respondents with a measure in place). A category
    that names two paragraphs counts in both; one that names none (preparedness, institutions and plans) in none.

    >>> from unreplies import load
    >>> by_paragraph(load()).set_index("paragraph").loc["OP 10", "categories"]
    'Information-sharing; Interdiction'
    """
    named = {  # "OP 2, 3 (d)" names OP 2 and OP 3 (d)
        row.label: [f"OP {part}" for part in re.findall(r"\d+(?: \([a-z]\))?", row.resolution_1540)]
        for row in ds.measure_categories.fillna("").itertuples()
    }
    assert {p for listed in named.values() for p in listed} <= {p for p, _, _ in OPERATIVE}, "an unknown paragraph"
    rows, result = _measures(ds), []
    for paragraph, subject, character in OPERATIVE:
        labels = [label for label, listed in named.items() if paragraph in listed]
        part = rows[rows["category_label"].isin(labels)]
        place = part.loc[part["status"] == "in_place", "reply_id"].nunique()
        counts = {**_count(part), "in_place": place} if labels else {}
        categories = "; ".join(labels) or "outside the coding"
        result.append({"paragraph": paragraph, "subject": subject, "character": character, "categories": categories})
        result[-1].update(counts)
    table = pd.DataFrame(result)
    table[table.columns[4:]] = table[table.columns[4:]].astype("Int64")
    table.attrs = denominators(ds)
    return table


def breadth(ds: Dataset) -> pd.DataFrame:
    """How many kinds of measure each respondent reports.

    One row is one of the respondents, Member States first, then by categories and place in the report:
    ``respondent``, ``respondent_kind``, ``form``, ``categories`` (how many of the 15 it reports), ``passages`` (that
    report a measure), ``of_passages`` (paragraphs and list items printed) and ``n_chars`` (their length). The four
    numbers are empty for a reply that is not reproduced: what is printed there is a note of the Secretariat.

    >>> from unreplies import load
    >>> breadth(load()).query("reply_id == 'fatf'")[["categories", "passages", "of_passages"]].values.tolist()
    [[5, 10, 11]]
    """
    rows = _measures(ds).groupby("reply_id")
    columns = ["reply_id", "respondent", "respondent_kind", "form", "position"]
    replies = ds.joined("replies")
    table = replies[columns].assign(
        categories=replies["reply_id"].map(rows["category"].nunique()).fillna(0),
        passages=replies["reply_id"].map(rows["passage_id"].nunique()).fillna(0),
        of_passages=replies["n_passages"],
        n_chars=replies["n_chars"],
    )
    assert (table["passages"] <= table["of_passages"]).all(), "more passages with a measure than there are passages"
    numbers = table.columns[len(columns) :]
    table[numbers] = table[numbers].astype("Int64").where(table["form"] != "not_reproduced")
    table = table.sort_values(["respondent_kind", "categories", "position"], ascending=[True, False, True])
    return table.drop(columns="position").reset_index(drop=True)


def _dots(figure, axes, table: pd.DataFrame, labels: list[str], left: float) -> pd.DataFrame:
    """One line a row: the share of States and of organizations as dots, the counts in columns; gives the shares."""
    looks = {"Member States": ("D", style.BLUE, 50, 3), "organizations": ("o", style.WHITE, 110, 2)}
    shares = pd.DataFrame({name: table[name].astype("float") / table.attrs[name] for name in looks})
    axes.hlines(table.index, shares.min(axis=1), shares.max(axis=1), color=style.LIGHT, linewidth=3, zorder=1)
    for name, (marker, colour, size, above) in looks.items():
        keys = {"label": f"{name} (of {table.attrs[name]})", "edgecolor": style.INK, "clip_on": False}
        axes.scatter(shares[name], table.index, s=size, marker=marker, color=colour, zorder=above, **keys)
    columns = {"Member States": "States", "organizations": "orgs", "respondents": "all", "passages": "passages"}
    for place, (column, heading) in zip((0.055, 0.12, 0.17, 0.26), columns.items()):
        x = 1 + place / (0.71 - left)
        axes.text(x, -0.9, heading, ha="right", va="center", fontsize=8, color=style.GREY)
        for y, number in table[column].dropna().items():
            axes.text(x, y, str(number), ha="right", va="center", fontsize=9)
    axes.set_yticks(table.index, [label.replace(*_SHORT) for label in labels], fontsize=9)
    axes.set(ylim=(len(table) - 0.5, -1.3), xlim=(-0.02, 1.02))
    axes.set_xticks([0, 0.5, 1], ["none", "half", "all"])
    axes.tick_params(length=0)
    axes.spines["left"].set_visible(False)
    keys = {"loc": "lower center", "ncols": 2, "frameon": False, "fontsize": 9}
    figure.legend(*axes.get_legend_handles_labels(), bbox_to_anchor=(0.5, 0.26 / figure.get_figheight()), **keys)
    figure.subplots_adjust(left=left, right=0.71, bottom=0.85 / figure.get_figheight())
    return shares


def _in_words(table: pd.DataFrame, column: str) -> str:
    rows = zip(*(table[name] for name in (column, "Member States", "organizations", "passages")))
    return "States, organizations, passages: " + "; ".join(f"{name} {s}, {o}, {p}" for name, s, o, p in rows)


@style.drawn
def draw_categories(ds: Dataset) -> style.Chart:
    """The share of Member States (diamonds) and of organizations (circles) that report each category."""
    table = by(ds)
    of = table.attrs
    figure, axes = style.canvas(5.6)
    shares = _dots(figure, axes, table, table["category_label"].to_list(), 0.36)
    gap = shares["Member States"] - shares["organizations"]
    first, last = table.loc[gap.idxmax()], table.loc[gap.idxmin()]
    title = (
        f"Widest gap towards States: {first['category_label'].lower()} ({first['Member States']} of "
        f"{of['Member States']} States, {first['organizations']} of {of['organizations']} organizations); "
        f"towards organizations: {last['category_label'].lower()} ({last['Member States']}, {last['organizations']})"
    )
    measure = f"Share of each kind that report the measure; of {of['respondents']} respondents with a printed reply"
    return style.finish(figure, title, measure, _in_words(table, "category_label") + ".", table)


@style.drawn
def draw_domains(ds: Dataset) -> style.Chart:
    """Category by domain as a matrix: respondents in the cell, passages beside them, shaded by respondents."""
    import seaborn

    table, whole, order = by_domain(ds), domains(ds), [*DOMAINS, GENERAL]
    wide, passages = (
        table.pivot(index="category_label", columns="domain", values=values).loc[by(ds)["category_label"], order]
        for values in ("respondents", "passages")
    )
    words = wide.astype("str") + "  (" + passages.astype("str") + ")"
    of, every = whole.attrs["respondents"], whole.attrs["passages"]
    figure, axes = style.canvas(6.4)
    look = {"annot": words.where(wide > 0, "·"), "fmt": "s", "annot_kws": {"color": style.INK, "fontsize": 9}}
    seaborn.heatmap(wide, cmap="Blues", vmin=0, vmax=1.4 * of, cbar=False, linewidths=1, ax=axes, **look)
    axes.axvline(len(DOMAINS), color=style.INK, linewidth=2)
    heads = zip([*DOMAINS, "no kind of\nweapon named"], whole["respondents"], whole["passages"])
    axes.set_xticklabels([f"{head}\n{n} ({p})" for head, n, p in heads], rotation=0, fontsize=8)
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    axes.set(xlabel="", ylabel="")
    axes.set_yticklabels([label.replace(*_SHORT) for label in wide.index])
    figure.subplots_adjust(left=0.29, right=0.98, top=0.78, bottom=0.06)
    ranked = whole.iloc[:4].sort_values("respondents", ascending=False, kind="stable")
    most, least, general = ranked.iloc[0], ranked.iloc[-1], whole.iloc[-1]
    title = (
        f"{most['domain'].capitalize()} terms stand beside measures of {most['respondents']} of {of} respondents, "
        f"{least['domain']} of {least['respondents']}; no kind of weapon is named in {general['passages']} of {every} "
        "passages"
    )
    measure = (
        f"Respondents (passages, of {every}) that report the measure where a word for the domain stands;\n"
        "a passage may count in several columns; a dot: none; darker: more respondents"
    )
    alt = "Respondents by measure, for " + ", ".join(DOMAINS) + " and passages that name no kind of weapon: "
    alt += "; ".join(f"{label} {', '.join(map(str, row))}" for label, row in zip(wide.index, wide.to_numpy()))
    return style.finish(figure, title, measure, alt + ".", table)


@style.drawn
def draw_paragraphs(ds: Dataset) -> style.Chart:
    """The share of States (diamonds) and organizations (circles) by operative paragraph of resolution 1540 (2004)."""
    table = by_paragraph(ds)
    coded = table.dropna(subset=["respondents"])
    figure, axes = style.canvas(6.6)
    _dots(figure, axes, table, [f"{r.paragraph}, {r.subject}" for r in table.itertuples()], 0.45)
    for y in table.index.difference(coded.index):
        axes.text(0, y, "outside the coding", va="center", fontsize=8, color=style.GREY, style="italic")
    of, outside, ends = table.attrs["respondents"], len(table) - len(coded), []
    for extreme in (coded["respondents"].max(), coded["respondents"].min()):
        at = coded[coded["respondents"] == extreme]
        sizes = [f"{n} categories" if n > 1 else "one category" for n in at["categories"].str.count(";") + 1]
        ends += [" and ".join(f"{p} ({size})" for p, size in zip(at["paragraph"], sizes)), extreme]
    title = "By the codebook's assignment, most respondents stand under {}: {} of {}; fewest under {}: {}"
    title = title.format(*ends[:2], of, *ends[2:])
    measure = f"Share of each kind with a measure assigned to the paragraph; {outside} paragraphs have no category"
    alt = f"{_in_words(coded, 'paragraph')}; the other {outside} are outside the coding."
    return style.finish(figure, title, measure, alt, table)


@style.drawn
def draw_profiles(ds: Dataset) -> style.Chart:
    """Respondent by category: the shape is the most advanced status, the number the passages."""
    cells, rows, columns = profiles(ds), breadth(ds), by(ds)["category_label"].to_list()
    gap = (rows["respondent_kind"] == "organization").cumsum().clip(upper=1) * 0.7
    y = dict(zip(rows["reply_id"], rows.index + gap))
    figure, axes = style.canvas(9.2)
    for status, (marker, face, ink, size) in _LOOKS.items():
        part = cells[cells["status"] == status]
        xs, ys = part["category_label"].map(columns.index), part["reply_id"].map(y)
        keys = {"edgecolor": style.INK, "linewidth": 1, "zorder": 2, "label": style.label(status)}
        axes.scatter(xs, ys, s=size, marker=marker, color=face, **keys)
        for row, x, place in zip(part.itertuples(), xs, ys):
            mixed = max(row.in_place, row.in_progress, row.urged) < row.passages
            words = f"{row.passages}{'+' if mixed else ''}"
            size = 7 if len(words) > 2 else 9
            axes.text(x, place, words, ha="center", va="center_baseline", fontsize=size, color=ink)
    axes.vlines(range(len(columns)), -0.5, max(y.values()) + 0.5, color=style.LIGHT, linewidth=0.6, zorder=0)
    axes.hlines(list(y.values()), -0.5, len(columns) - 0.5, color=style.LIGHT, linewidth=0.6, zorder=0)
    for row in rows.itertuples():
        printed, keys = row.form != "not_reproduced", {"facecolor": style.WHITE, "edgecolor": "none", "pad": 1}
        number, height = str(row.categories) if printed else "–", y[row.reply_id]
        axes.text(len(columns) + 0.2, height, number, ha="right", va="center", fontsize=9)
        if not printed:
            axes.text(-0.4, height, "reply not reproduced in the report", va="center", fontsize=8, bbox=keys)
    axes.set_yticks(list(y.values()), rows["respondent"])
    short = [label.replace(*_SHORT) for label in columns]
    axes.set_xticks(range(len(columns)), short, rotation=60, ha="left", rotation_mode="anchor", fontsize=9)
    axes.xaxis.tick_top()
    axes.set(xlim=(-0.6, len(columns) + 0.3), ylim=(max(y.values()) + 0.6, -0.6))
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.legend(loc="upper center", bbox_to_anchor=(0.42, -0.005), ncols=3, frameon=False, fontsize=9)
    figure.subplots_adjust(left=0.225, right=0.93, top=0.735, bottom=0.07)
    ends = []
    for kind in _KINDS.values():
        part = rows[rows["respondent_kind"] == kind]
        broadest = part.loc[part["categories"].eq(part["categories"].max()).fillna(False), "respondent"]
        ends.append(f"{' and '.join(broadest)} ({part['categories'].max()} of {len(columns)})")
    title = f"The widest range of measures: among States {ends[0]}, among organizations {ends[1]}"
    measure = (
        f"Of {rows['categories'].count()} printed replies. Number: passages; +: with another status too; right: kinds "
        "of measure\nShape: the most advanced status (in place, then in progress, then urged)"
    )
    words = pd.Series([f"{c.category_label} {c.passages} ({style.label(c.status)})" for c in cells.itertuples()])
    words = words.groupby(cells["reply_id"]).agg(", ".join).reindex(rows["reply_id"], fill_value="none")
    alt = f"Of {len(columns)} kinds of measure each respondent reports, with passages: "
    alt += "; ".join(f"{name} {said}" for name, said in zip(rows["respondent"], words))
    return style.finish(figure, title, measure, alt + ".", cells)
