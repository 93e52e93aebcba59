"""What was done: measures by category, status, provision, domain and respondent, for ``04_what_was_done``.

A measure is one category in one passage. Respondents are counted first, each once for a value however many of its
passages report it, of those whose own text is printed (`Dataset.denominators`); passages second.
"""

from __future__ import annotations

import itertools
import math
import re

import numpy as np
import pandas as pd

from .dataset import DOMAINS, KINDS, Dataset
from .errors import UnknownName

#: The decisions of resolution 1540 (2004) that bind States; no organization is bound by them.
BINDING = "decision: States shall"
_OWN, _CALL = "the Council's own", "call or invitation"
#: What resolution 1540 (2004) says paragraph by paragraph: operative paragraph, subject, and how it speaks.
OPERATIVE = [
    ("OP 1", "no support to non-State actors", BINDING),
    ("OP 2", "laws prohibiting non-State actors' activities", BINDING),
    ("OP 3 (a)", "account for and secure items", BINDING),
    ("OP 3 (b)", "physical protection", BINDING),
    ("OP 3 (c)", "border controls, law enforcement", BINDING),
    ("OP 3 (d)", "export, trans-shipment; their financing", BINDING),
    ("OP 4", "committee; reports of States", f"{_OWN}; call to report"),
    ("OP 5", "other treaties remain unaffected", "decision: how to interpret"),
    ("OP 6", "control lists", _CALL),
    ("OP 7", "assistance", _CALL),
    ("OP 8 (a)", "multilateral treaties", _CALL),
    ("OP 8 (b)", "national rules to comply with treaties", _CALL),
    ("OP 8 (c)", "multilateral cooperation", _CALL),
    ("OP 8 (d)", "informing industry and the public", _CALL),
    ("OP 9", "dialogue and cooperation", _CALL),
    ("OP 10", "cooperative action against trafficking", _CALL),
    ("OP 11", "monitoring by the Council", _OWN),
    ("OP 12", "the Council remains seized", _OWN),
]
_PARAGRAPH = re.compile(r"\d+(?: \([a-z]\))?")  # "OP 2, 3 (d)" names OP 2 and OP 3 (d)
_MOST_DEALS = 1_000_000


def by(ds: Dataset, column: str = "category_label") -> pd.DataFrame:
    """Measures counted by category, or by ``status`` or ``level``.

    One row is one value, also one that nobody reports: the value (of a category its key, ``category``, and its label),
    ``member_states``, ``organizations``, ``respondents`` (their sum, each once), ``passages``, ``measures`` (rows of
    the table), the denominators ``of_member_states``, ``of_organizations`` and ``of``, and
    ``percent_of_member_states`` and ``percent_of_organizations`` (empty where there are none). Categories come by
    respondents and passages, status and level in their own order. Raises `UnknownName` for another column.

    >>> from unreplies import load
    >>> by(load())[["category_label", "member_states", "organizations", "passages"]].head(1).to_numpy().tolist()
    [['Cooperation', 6, 14, 54]]
    """
    if column not in (allowed := ["category_label", "status", "level"]):
        raise UnknownName("column to count by", column, allowed)
    rows = _measures(ds)
    if column == "category_label":
        values = ds.measure_categories[["category", "label"]].rename(columns={"label": column})
    else:
        values = pd.DataFrame({column: pd.Series(rows[column].cat.categories, dtype=rows[column].dtype)})
    parts = [rows[rows[column] == value] for value in values[column]]
    counts = pd.DataFrame({**_count(part), "measures": len(part)} for part in parts)
    table = pd.concat([values, counts], axis="columns")
    if column == "category_label":
        table = table.sort_values(["respondents", "passages"], ascending=False, kind="stable", ignore_index=True)
    return _with_percent(table.assign(**ds.denominators))


def gaps(ds: Dataset) -> pd.DataFrame:
    """How far apart States and organizations are in each category, and how often chance would set them as far apart.

    One row is one category, from the gap most towards States to the one most towards organizations: the columns of
    `by`, ``gap`` (percentage points, States less organizations), ``by_chance`` (of all ways to deal the name of State
    to as many of the respondents, the share in which the gap of this category is at least as wide, in either
    direction) and ``any_by_chance`` (in which that of any category is). The deals are all tried, none is drawn at
    random; both shares are empty where there are more than a million of them, or respondents of one kind alone.

    >>> from unreplies import load
    >>> gaps(load())[["category_label", "gap", "by_chance"]].round(3).head(1).to_numpy().tolist()
    [['Export controls', 49.167, 0.026]]
    """
    table, rows = by(ds), _measures(ds)
    table["gap"] = table["percent_of_member_states"] - table["percent_of_organizations"]
    respondents = ds.respondents.query("own_text")
    states, organizations, _ = ds.denominators.values()
    table["by_chance"] = table["any_by_chance"] = math.nan
    if states and organizations and math.comb(len(respondents), states) <= _MOST_DEALS:
        reports = pd.crosstab(rows["reply_id"], rows["category"].astype("str")).gt(0)
        reports = reports.reindex(index=respondents["reply_id"], columns=table["category"], fill_value=False)
        deals = np.array(list(itertools.combinations(range(len(respondents)), states)), dtype="int16")
        named = np.add.reduce([reports.to_numpy(dtype="int32")[place] for place in deals.T])
        totals = table["respondents"].to_numpy(dtype="int32")
        width = abs(named * organizations - (totals - named) * states)  # whole numbers, so that equals are equal
        observed = (table["member_states"] * organizations - table["organizations"] * states).abs()
        table["by_chance"] = (width >= observed.to_numpy()).mean(axis=0)
        widest = width.max(axis=1)
        table["any_by_chance"] = [(widest >= gap).mean() for gap in observed]
    return table.sort_values("gap", ascending=False, kind="stable", ignore_index=True)


def stages(ds: Dataset) -> pd.DataFrame:
    """How far each kind of measure has come, by the most advanced status that a respondent gives to it.

    One row is one category, in the order of `by`: ``category``, ``category_label``, ``in_place``, ``in_progress``,
    ``urged`` (respondents whose most advanced status it is), ``respondents`` (their sum) and ``of``.

    >>> from unreplies import load
    >>> stages(load()).query("category == 'control_lists'").to_numpy().tolist()
    [['control_lists', 'Control lists', 2, 2, 0, 4, 23]]
    """
    table, cells = by(ds), profiles(ds)
    for status in cells["status"].cat.categories:
        reached = cells.loc[cells["status"] == status, "category"].value_counts()
        table[status] = [int(reached[category]) for category in table["category"]]
    return table[["category", "category_label", *cells["status"].cat.categories, "respondents", "of"]]


def profiles(ds: Dataset) -> pd.DataFrame:
    """What each respondent reports, category by category.

    One row is one respondent and one category that it reports, in the order of the report: ``reply_id``,
    ``respondent``, ``respondent_kind``, ``category``, ``category_label``, ``status`` (the most advanced that one of
    its passages has: in place, in progress, urged), ``in_place``, ``in_progress``, ``urged`` and ``passages`` (their
    sum), and ``passage_ids``.

    >>> from unreplies import load
    >>> cells = profiles(load()).query("reply_id == 'las' and category == 'border_enforcement'")
    >>> cells[["status", "in_place", "urged", "passages"]].values.tolist()
    [['in_place', 2, 2, 4]]
    """
    rows, keys = _measures(ds), ["reply_id", "respondent", "respondent_kind", "category", "category_label"]
    statuses = rows["status"].cat.categories
    rows = rows.assign(**{status: (rows["status"] == status).astype("int64") for status in statuses}, passages=1)
    how = {"status": "min"} | dict.fromkeys([*statuses, "passages"], "sum") | {"passage_id": ", ".join}
    table = rows.groupby(keys, observed=True, sort=False).agg(how).reset_index()
    return table.rename(columns={"passage_id": "passage_ids"}).astype({"status": rows["status"].dtype})


def breadth(ds: Dataset) -> pd.DataFrame:
    """How many kinds of measure each respondent reports, and how long its reply is.

    One row is one respondent with text of its own, Member States first, then by categories and place in the report:
    ``reply_id``, ``respondent``, ``respondent_kind``, ``form``, ``categories`` (how many it reports),
    ``of_categories``, ``passages`` (that report a measure), ``of_passages`` (paragraphs and list items) and
    ``n_chars`` (their characters).

    >>> from unreplies import load
    >>> breadth(load()).query("reply_id == 'fatf'")[["categories", "passages", "of_passages"]].values.tolist()
    [[5, 10, 11]]
    """
    found = _measures(ds).groupby("reply_id")[["category", "passage_id"]].nunique()
    table = ds.respondents.query("own_text").rename(columns={"n_passages": "of_passages"})
    found = found.reindex(table["reply_id"], fill_value=0)
    table = table.assign(categories=found["category"].array, passages=found["passage_id"].array)
    table["of_categories"] = len(ds.measure_categories)
    by_kind = ["respondent_kind", "categories", "position"]
    table = table.sort_values(by_kind, ascending=[True, False, True], kind="stable", ignore_index=True)
    columns = ["reply_id", "respondent", "respondent_kind", "form", "categories", "of_categories"]
    return table[[*columns, "passages", "of_passages", "n_chars"]]


def profile_matrix(ds: Dataset) -> pd.DataFrame:
    """Respondents by categories: how far each has come, in one look.

    One row is one respondent, in the order of `breadth`: ``reply_id``, ``respondent``, ``respondent_kind``,
    ``categories`` (how many it reports), and a column each category, in the order of `by` and with its key for a name,
    that holds the most advanced status (see `profiles`), or nothing where the respondent does not report it.

    >>> from unreplies import load
    >>> profile_matrix(load()).query("reply_id == 'tha'")[["assistance", "control_lists"]].values.tolist()
    [['urged', 'in_progress']]
    """
    cells, order = profiles(ds).astype({"status": "str", "category": "str"}), by(ds)["category"].astype("str")
    wide = cells.pivot(index="reply_id", columns="category", values="status").reindex(columns=order).astype("str")
    table = breadth(ds)[["reply_id", "respondent", "respondent_kind", "categories"]]
    return table.join(wide, on="reply_id")


def who_reports(ds: Dataset, status: str) -> pd.DataFrame:
    """Who reports measures of one status, which, and where.

    One row is one respondent with at least one measure of that ``status``, in the order of the report: ``respondent``,
    ``measures`` (their labels), ``passages`` (how many) and ``passage_ids``. Raises `UnknownName` for another status.

    >>> from unreplies import load
    >>> who_reports(load(), "urged")["respondent"].to_list()[:2]
    ['Estonia', 'Thailand']
    """
    rows = _measures(ds)
    if status not in rows["status"].cat.categories:
        raise UnknownName("status", status, rows["status"].cat.categories)
    table = (
        rows[rows["status"] == status]
        .groupby("respondent", sort=False)
        .agg(
            measures=("category_label", lambda labels: ", ".join(sorted(set(labels)))),
            passages=("passage_id", "nunique"),
            passage_ids=("passage_id", lambda ids: ", ".join(dict.fromkeys(ids))),
        )
    )
    return table.reset_index()


def by_paragraph(ds: Dataset) -> pd.DataFrame:
    """Measures by operative paragraph of resolution 1540 (2004), by the codebook's assignment of categories.

    One row is one operative paragraph or sub-paragraph, in order: ``paragraph``, ``subject``, ``character`` (a decision
    that binds States, and no organization; a call or invitation; a rule of interpretation; the Council's own work),
    ``categories`` (assigned to it; empty where there is none, and then the counts are empty too), ``member_states``,
    ``organizations``, ``respondents``, ``passages``, ``in_place`` (respondents with a measure in place), the
    denominators and percentages as in `by`. A category that names two paragraphs counts in both; one that names none
    (preparedness, institutions and plans) in none. Raises `UnknownName` for a paragraph that the resolution has not.

    >>> from unreplies import load
    >>> by_paragraph(load()).set_index("paragraph").loc["OP 10", "categories"]
    'Information-sharing, Interdiction'
    """
    rows, assigned, result = _measures(ds), _assigned(ds), []
    for paragraph, subject, character in OPERATIVE:
        labels = assigned.loc[assigned["paragraph"] == paragraph, "label"]
        part = rows[rows["category_label"].isin(labels)]
        place = part.loc[part["status"] == "in_place", "reply_id"].nunique()
        counts = {**_count(part), "in_place": place} if len(labels) else {}
        first = {"paragraph": paragraph, "subject": subject, "character": character}
        result.append({**first, "categories": ", ".join(labels) or None, **counts})
    columns = [*first, "categories", *_count(rows), "in_place"]
    table = pd.DataFrame(result, columns=columns).astype(dict.fromkeys(columns[4:], "Int64"))
    return _with_percent(table.assign(**ds.denominators))


def respondents_under(ds: Dataset, provisions: pd.DataFrame) -> pd.DataFrame:
    """How many respondents report a measure under any of some provisions, which are rows of `by_paragraph`.

    One row is one kind of respondent: ``kind``, ``respondents``, ``of``. None of the organizations is bound by a
    decision of the Security Council that is addressed to States.

    >>> from unreplies import load
    >>> ds = load()
    >>> respondents_under(ds, by_paragraph(ds).query("character == 'decision: States shall'")).values.tolist()
    [['Member State', 7, 8], ['organization', 12, 15]]
    """
    assigned, rows = _assigned(ds), _measures(ds)
    labels = assigned.loc[assigned["paragraph"].isin(provisions["paragraph"]), "label"]
    counts = _count(rows[rows["category_label"].isin(labels)])
    respondents = [counts["member_states"], counts["organizations"]]
    return pd.DataFrame({"kind": KINDS, "respondents": respondents, "of": list(ds.denominators.values())[:2]})


def domains(ds: Dataset) -> pd.DataFrame:
    """The domains named in passages that report a measure.

    One row is one of `DOMAINS`: ``domain``, ``member_states``, ``organizations``, ``respondents``, ``passages`` (with
    at least one measure), of which ``with_no_other_of_the_four`` have no other of nuclear, radiological, chemical and
    biological, and ``with_all_four`` have them all (as "CBRN" does); ``of_passages`` (with a measure) and the other
    denominators. ``wmd_general`` is set where none but a means of delivery is named.

    >>> from unreplies import load
    >>> domains(load()).set_index("domain").loc["biological", ["passages", "with_no_other_of_the_four"]].to_list()
    [25, 1]
    """
    rows, result = _measures(ds), []
    for domain in DOMAINS:
        others = [name for name in DOMAINS[:4] if name != domain]
        flagged = rows[rows[domain]]
        alone, all_four = ~flagged[others].any(axis=1), flagged[[*DOMAINS[:4]]].all(axis=1)
        several = {"with_no_other_of_the_four": alone, "with_all_four": all_four}
        several = {name: flagged.loc[whether, "passage_id"].nunique() for name, whether in several.items()}
        result.append({"domain": domain, **_count(flagged), **several})
    table = pd.DataFrame(result).astype({"domain": pd.CategoricalDtype(DOMAINS)})
    return table.assign(of_passages=rows["passage_id"].nunique(), **ds.denominators)


def _measures(ds: Dataset) -> pd.DataFrame:
    """The measures of those who count, in the order of the report."""
    rows = ds.joined("measures")
    order = dict(zip(ds.respondents["reply_id"], ds.respondents["position"]))
    rows = rows[rows["own_text"]]
    return rows.sort_values("reply_id", key=lambda ids: ids.map(order), kind="stable", ignore_index=True)


def _count(rows: pd.DataFrame) -> dict[str, int]:
    """Respondents of each kind and together, and passages, behind some rows of the measures."""
    kinds = rows.drop_duplicates("reply_id")["respondent_kind"].value_counts()
    states, organizations = (int(kinds[kind]) for kind in KINDS)
    counts = {"member_states": states, "organizations": organizations, "respondents": states + organizations}
    return {**counts, "passages": rows["passage_id"].nunique()}


def _with_percent(table: pd.DataFrame) -> pd.DataFrame:
    kinds = ("member_states", "organizations")
    return table.assign(**{f"percent_of_{kind}": 100 * table[kind] / table[f"of_{kind}"] for kind in kinds})


def _assigned(ds: Dataset) -> pd.DataFrame:
    """One row is one category and one paragraph of resolution 1540 (2004): ``label``, ``paragraph``."""
    named = ds.measure_categories[["label", "resolution_1540"]].dropna()
    found = [(label, f"OP {part}") for label, text in named.to_numpy() for part in _PARAGRAPH.findall(text)]
    known = [paragraph for paragraph, _, _ in OPERATIVE]
    for _, paragraph in found:
        if paragraph not in known:
            raise UnknownName("paragraph of resolution 1540 (2004)", paragraph, known)
    return pd.DataFrame(found, columns=["label", "paragraph"])
