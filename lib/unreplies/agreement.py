"""How far two readings of the replies agree: precision, recall, F1 and Krippendorff's alpha.

The first reading is what the dataset held before; the second was made from the rules of the codebook and the source
alone, and covers every coded table (`READ_TWICE`). Both were made by language models: theirs is the agreement of like
readers, and says nothing of what a person would find. Both stay as they were before any difference was settled, in
``first_reading/`` and ``second_reading/`` of the data folder. Of a part of the dataset, the replies that are in it are
compared. Two kinds of measure, as the field has them:

- **Units that the readers find themselves** (spans, events, measures of a passage): precision, recall and F1, as if the
  first reading were the standard: precision is the share of the second reader's units that the first has too, recall
  the share of the first reader's that the second has too, F1 their harmonic mean, twice the shared over the sum of
  both. F1 is the same whichever reader is the standard. Where neither reader found a unit they are not defined.
- **Codes of units fixed beforehand**: Krippendorff's alpha, 1 - D_o / D_e, one less the observed disagreement over that
  expected by chance, here for nominal codes and two readers. 1 is full agreement, 0 what chance would give. It is not
  defined where fewer than two codes occur. (Krippendorff, Content Analysis: An Introduction to Its Methodology, 2018,
  chapter 12.) Codes of units that the readers found themselves are compared over the units that both found.

Intervals are 95 % percentile intervals of a bootstrap over documents: the replies and the introduction are drawn again
with replacement, since passages of one reply are no independent trials. Draws in which a measure is not defined are
left out; where they are the half or more, there is no interval.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from . import descriptor, schema
from .dataset import DOMAINS, Dataset
from .errors import DataError, Fault
from .text import label

#: Where the readings are, below the data folder.
FOLDERS = ("first_reading", "second_reading")
DRAWS, SEED = 1000, 66115
BOUNDS = (2.5, 97.5)  # of an interval, in percent of the draws
#: Below this alpha a code is soft: conclusions from it are tentative (Krippendorff 2018, 12.1; his limit for reliance).
SOFT = 0.8
_NOT_CODED = "not coded"
#: What a unit of each coded table is called by in `differences`.
_KEYS = {
    "instrument_mentions": ["passage_id", "span"],
    "actor_mentions": ["passage_id", "span"],
    "measures": ["passage_id", "category"],
    "events": ["passage_id", "date"],
    "event_actors": ["event_id", "actor_id"],
    "quantities": ["passage_id", "span"],
    "domain_flags": ["passage_id"],
}
#: The coded tables, each of which has a second reading.
READ_TWICE = tuple(_KEYS)
#: The codes whose alpha is measured, by table and column, and what they are called.
_CODES = {
    "instrument_mentions": {"instrument_id": "instrument", "form": "form", "relation": "relation"},
    "actor_mentions": {"actor_id": "actor"},
    "measures": {"status": "status", "level": "level"},
    "events": {"event_type": "event type", "iso3": "State of the place"},
    "event_actors": {"role": "role"},
    "quantities": {"value": "value", "qualifier": "qualifier"},
    "domain_flags": dict.fromkeys(DOMAINS, "domain flags"),
}
#: What else is compared, code by code, of a unit that both readers found.
_ALSO_COMPARED = {"events": ["date_end", "date_end_precision", "city"], "quantities": ["as_of"]}
#: The units that readers find themselves: table, when two are held to be the same, and the columns that have to agree
#: (of spans, whether exactly). Events of the second reading have the key of the same event of the first.
_UNITS = [
    ("instrument_mentions", "span, exactly", True),
    ("instrument_mentions", "span, by overlap", False),
    ("actor_mentions", "span, exactly", True),
    ("actor_mentions", "span, by overlap", False),
    ("measures", "passage and category", _KEYS["measures"]),
    ("events", "passage, date and type", ["passage_id", "date", "date_precision", "date_end", "event_type"]),
    ("events", "passage and date", ["event_id"]),
    ("event_actors", "event and actor", _KEYS["event_actors"]),
    ("quantities", "span, exactly", True),
    ("quantities", "span, by overlap", False),
]
_ONCE = {"span, by overlap", "passage and category", "passage and date"}  # one way a table, for `by_respondent`


class Readings(NamedTuple):
    """Two readings, each a dictionary of tables; keys of the second are translated to those of the first."""

    first: dict[str, pd.DataFrame]
    second: dict[str, pd.DataFrame]


def readings(ds: Dataset) -> Readings:
    """Both readings before settling, checked by the schema and the dataset's passages.

    The tables: ``instrument_mentions``, ``actor_mentions``, ``measures``, ``events``, ``event_actors``,
    ``quantities``, ``domain_flags``, ``instruments`` and ``actors``. Each row of a coded table has its ``document``,
    the reply that its passage belongs to, or an empty text for the introduction. The second reader chose keys freely:
    those of instruments and actors are replaced by the first reader's as ``second_reading/identities.csv`` says, those
    of events where passage and date are the same. A key that has no partner gets the prefix ``second-``. States have
    their codes in capitals. Raises `DataError` where a reading fails its schema or names a passage that does not exist.

    >>> from unreplies import load
    >>> first, second = readings(load())
    >>> list(first["measures"]), set(second) <= set(first)
    (['passage_id', 'category', 'status', 'level', 'document'], True)
    """
    tables, faults = [], []
    for name in FOLDERS:
        try:
            tables.append(_read(ds, name))
        except DataError as error:
            faults += [fault._replace(table=f"{name}/{fault.table}") for fault in error.faults]
    if faults:
        raise DataError(faults)
    first, second = tables
    same = second.pop("identities").dropna(subset="first_id").groupby("kind")
    for kind, key in (("instruments", "instrument_id"), ("actors", "actor_id")):
        pairs = dict(same.get_group(kind)[["second_id", "first_id"]].to_numpy()) if kind in same.groups else {}
        _translate(second, key, pairs)
    events = _event_pairs(first["events"], second["events"])
    ours, theirs = first["events"]["event_id"], second["events"]["event_id"]
    _translate(second, "event_id", dict(zip(theirs[events["second"]], ours[events["first"]])))
    return Readings(first, second)


def _read(ds: Dataset, name: str) -> dict[str, pd.DataFrame]:
    """One reading: its rows in the passages that the dataset has."""
    folder = ds.folder / name
    tables = schema.read_tables(folder, descriptor.package_of(folder, descriptor.own_folder() / name))
    documents = ds.passages.set_index("passage_id")["reply_id"].fillna("")
    coded = {table: frame for table, frame in tables.items() if "passage_id" in frame}
    faults = [
        Fault(table, row, "passage_id", passage, "foreignKeys", "not in passages (passage_id)")
        for table, frame in coded.items()
        for row, passage in enumerate(frame["passage_id"], 1)
        if passage not in documents.index
    ]
    if faults and ds.whole:
        raise DataError(faults)
    for table, frame in coded.items():
        frame = frame[frame["passage_id"].isin(documents.index)].reset_index(drop=True)
        tables[table] = frame.assign(document=frame["passage_id"].map(documents))
    tables["events"]["iso3"] = tables["events"]["iso3"].str.upper()  # the first two readings have it in lower case
    documents, parts = tables["events"].set_index("event_id")["document"], tables["event_actors"]
    parts = parts[parts["event_id"].isin(documents.index)].reset_index(drop=True)
    tables["event_actors"] = parts.assign(document=parts["event_id"].map(documents))
    return tables


def _translate(tables: dict[str, pd.DataFrame], key: str, pairs: dict[str, str]) -> None:
    for name, frame in tables.items():
        if key in frame:
            keys = [pairs.get(theirs, f"second-{theirs}") for theirs in frame[key]]
            tables[name] = frame.assign(**{key: pd.Series(keys, frame.index, dtype="str")})


# Which units are the same


def matched(first: pd.DataFrame, second: pd.DataFrame, exactly: bool = False) -> pd.DataFrame:
    """Spans of two readers that are the same, one to one.

    Both tables have ``passage_id``, ``start`` and ``end`` (half-open). One row of the result is a pair: ``first`` and
    ``second``, the labels of the rows. ``exactly``: both offsets are equal; else the spans overlap, and where a span
    overlaps several, the pair that shares the larger part of what both cover (intersection over union) goes first,
    so that equal spans are always paired with each other.

    >>> one = pd.DataFrame({"passage_id": ["a.01", "a.01"], "start": [0, 10], "end": [5, 20]})
    >>> two = pd.DataFrame({"passage_id": ["a.01", "a.01"], "start": [0, 12], "end": [5, 20]})
    >>> len(matched(one, two)), len(matched(one, two, exactly=True))
    (2, 1)
    """
    columns = ["passage_id", "start", "end"]
    pairs = first[columns].reset_index().merge(second[columns].reset_index(), on="passage_id", suffixes=("", "_2"))
    shared = np.minimum(pairs["end"], pairs["end_2"]) - np.maximum(pairs["start"], pairs["start_2"])
    union = np.maximum(pairs["end"], pairs["end_2"]) - np.minimum(pairs["start"], pairs["start_2"])
    pairs = pairs.assign(part=(shared / union).astype(float))
    pairs = pairs[pairs["part"] == 1] if exactly else pairs[pairs["part"] > 0]
    pairs = pairs.sort_values(["part", "index", "index_2"], ascending=[False, True, True])
    return _one_to_one(zip(pairs["index"], pairs["index_2"]))


def _one_to_one(pairs: Iterable[tuple]) -> pd.DataFrame:
    """Of pairs in the order of preference those whose partners have no other yet."""
    ours, theirs = {}, set()
    for one, other in pairs:
        if one not in ours and other not in theirs:
            ours[one] = other
            theirs.add(other)
    return pd.DataFrame(sorted(ours.items()), columns=["first", "second"])


def _same(first: pd.DataFrame, second: pd.DataFrame, on: list[str]) -> pd.DataFrame:
    """Rows with equal cells in the columns ``on``, one to one; an empty cell equals an empty cell."""
    one, two = (_as_text(frame, on).reset_index() for frame in (first, second))
    pairs = one.merge(two, on=on, suffixes=("", "_2"))
    return _one_to_one(sorted(zip(pairs["index"], pairs["index_2"])))


def _as_text(frame: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    if "start" in frame:
        frame = frame.assign(span=frame["start"].astype("str") + "-" + frame["end"].astype("str"))
    return frame[list(columns)].astype("str").fillna("")


def _event_pairs(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """Events of one passage and one date; where a passage has several of one date, those of one type and end first."""
    when = ["passage_id", "date", "date_precision"]
    close = [_same(first, second, [*when, *more]) for more in (["event_type", "date_end"], ["event_type"], [])]
    return _one_to_one(pd.concat(close).itertuples(index=False, name=None))


def _pairs(read: Readings, table: str, same: bool | list[str] = False) -> pd.DataFrame:
    """The units that both readers found, as pairs of the labels of their rows."""
    first, second = read.first[table], read.second[table]
    if "start" in first:
        return matched(first, second, exactly=bool(same))
    return _same(first, second, same or (["event_id"] if table == "events" else _KEYS[table]))


# Units


def precision_recall_f1(first: int, second: int, both: int) -> tuple[float, float, float]:
    """Precision, recall and F1 of the second reading, held against the first.

    Not defined (NaN) where the second, the first, or neither reader found a unit.

    Eight units in common, of ten and of sixteen:

    >>> tuple(round(value, 3) for value in precision_recall_f1(10, 16, 8))
    (0.5, 0.8, 0.615)
    """
    precision, recall, f1 = (
        part / whole if whole else np.nan for part, whole in ((both, second), (both, first), (2 * both, first + second))
    )
    return precision, recall, f1


def found(ds: Dataset) -> pd.DataFrame:
    """How far the readers find the same units.

    One row is one coded table and one way of holding two units to be the same: ``table``, ``same`` (that way),
    ``first`` and ``second`` (units that each reader found), ``both`` (of these, the same), ``precision``, ``recall``,
    ``f1``, and ``low`` and ``high``, the bounds of the interval of F1. Spans are matched by `matched`; a unit of
    measures is a passage and a category, one of events a passage and a date, and actors are those of matched events.

    >>> from unreplies import load
    >>> table = found(load())
    >>> (table["both"] <= table[["first", "second"]].min(axis=1)).all(), table["f1"].between(0, 1).all()
    (np.True_, np.True_)
    """
    read, documents = readings(ds), _documents(ds)
    weights, rows = _weights(documents), []
    for table, words, same in _UNITS:
        counts = _counts(read, table, _pairs(read, table, same), documents)
        first, second, both = (int(n) for n in counts.sum(axis=0))
        drawn = weights @ counts
        with np.errstate(invalid="ignore"):
            low, high = _interval(2 * drawn[:, 2] / (drawn[:, 0] + drawn[:, 1]))
        rows.append((table, words, first, second, both, *precision_recall_f1(first, second, both), low, high))
    columns = ["table", "same", "first", "second", "both", "precision", "recall", "f1", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def by_respondent(ds: Dataset) -> pd.DataFrame:
    """How far the readers find the same in each reply, in the order of the report.

    One row is one document, the introduction or a reply: ``respondent``, then for instrument mentions, actor mentions
    (spans by overlap), measures, events and quantities the F1 (empty where neither reader found any), ``found`` (units
    that the readers found, each that both found counted once), ``both`` and ``share_both``.

    >>> from unreplies import load
    >>> table = by_respondent(load())
    >>> len(table), table["share_both"].dropna().between(0, 1).all()
    (25, np.True_)
    """
    read, documents = readings(ds), _documents(ds)
    columns, total = {"respondent": ["Introduction", *ds.respondents["respondent"]]}, 0
    for table, words, same in _UNITS:
        if words in _ONCE:
            counts = _counts(read, table, _pairs(read, table, same), documents)
            columns[table] = [precision_recall_f1(*row)[2] for row in counts]
            total = total + counts
    first, second, both = total.T
    result = pd.DataFrame(columns).assign(found=first + second - both, both=both)
    return result.assign(share_both=result["both"] / result["found"].where(result["found"] > 0))


def _documents(ds: Dataset) -> list[str]:
    return ["", *ds.respondents["reply_id"]]


def _counts(read: Readings, table: str, pairs: pd.DataFrame, documents: list[str]) -> np.ndarray:
    """Units of the first reader, of the second, and of both: one row a document."""
    ours, theirs = read.first[table]["document"], read.second[table]["document"]
    columns = [ours, theirs, ours.loc[pairs["first"]]]
    return np.column_stack([column.value_counts().reindex(documents, fill_value=0) for column in columns])


def _weights(documents: list[str]) -> np.ndarray:
    """How often each document is in each draw of the bootstrap."""
    n = len(documents)
    return np.random.default_rng(SEED).multinomial(n, np.full(n, 1 / n), DRAWS)


def _interval(values: np.ndarray) -> tuple[float, float]:
    values = values[np.isfinite(values)]
    low, high = np.percentile(values, BOUNDS) if len(values) > DRAWS / 2 else (np.nan, np.nan)
    return float(low), float(high)


# Codes


def alpha(first: Iterable, second: Iterable) -> float:
    """Krippendorff's alpha for nominal codes that two readers gave to the same units, in the same order.

    NaN where it is not defined: no unit, or one code alone in use. Raises `ValueError` where the two differ in number.

    Two readers, ten units, codes 0 and 1 (Krippendorff 2011, Computing Krippendorff's Alpha-Reliability, example A):

    >>> round(alpha([0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]), 3)
    0.095
    """
    first, second = list(first), list(second)
    if len(first) != len(second):
        raise ValueError(f"{len(first)} codes of the first reader and {len(second)} of the second: not the same units")
    return _alpha(_given(first, second))


def _given(first: Sequence, second: Sequence) -> np.ndarray:
    """How many of the two readers gave a unit (row) a code (column)."""
    codes, different = pd.factorize(pd.Series([*first, *second], dtype="object").astype("str"))
    one_hot = np.eye(len(different))[codes]
    return one_hot[: len(first)] + one_hot[len(first) :]


def _alpha(given: np.ndarray) -> float:
    if given.shape[1] < 2:
        return np.nan
    import krippendorff  # which brings more of numpy than the rest needs

    return float(krippendorff.alpha(value_counts=given, level_of_measurement="nominal"))


def _alphas(units: np.ndarray, differ: np.ndarray, given: np.ndarray) -> np.ndarray:
    """Alpha of every draw at once: its units, those coded differently, how often each code was given.

    The formula for two readers and nominal codes without a missing one; a test holds it to the package's.
    """
    pairable = 2 * units
    with np.errstate(invalid="ignore", divide="ignore"):
        expected = 1 - (given * (given - 1)).sum(axis=1) / (pairable * (pairable - 1))
        return np.where(expected > 0, 1 - differ / units / expected, np.nan)


def _measured(coded: pd.DataFrame, documents: list[str]) -> dict[str, float]:
    """Units, of these coded alike, the share, alpha and its interval, of the codes ``first`` and ``second``."""
    given = _given(coded["first"].to_list(), coded["second"].to_list())
    differ = (given.max(axis=1, initial=0) == 1).astype(float)
    each = pd.DataFrame(np.column_stack([np.ones(len(coded)), differ, given]))
    drawn = _weights(documents) @ each.groupby(coded["document"].to_numpy()).sum().reindex(documents, fill_value=0)
    low, high = _interval(_alphas(drawn[0].to_numpy(), drawn[1].to_numpy(), drawn.iloc[:, 2:].to_numpy()))
    units, alike = len(coded), int((differ == 0).sum())
    share = alike / units if units else np.nan
    return {"units": units, "alike": alike, "share_alike": share, "alpha": _alpha(given), "low": low, "high": high}


def _measure_units(ds: Dataset, read: Readings) -> pd.DataFrame:
    """Every paragraph and list item of a reply with every category: the status that each reader gave, or none."""
    body = ds.passages[ds.passages["kind"].isin(["paragraph", "list_item"]) & ds.passages["reply_id"].notna()]
    units = body[["passage_id", "reply_id"]].merge(ds.measure_categories["category"].astype("str"), how="cross")
    for name, tables in read._asdict().items():
        rows = tables["measures"][["passage_id", "category", "status"]].astype("str").rename(columns={"status": name})
        units = units.merge(rows, how="left").fillna({name: _NOT_CODED})
    return units.rename(columns={"reply_id": "document", "category": "code"})


def _flag_units(read: Readings) -> pd.DataFrame:
    """Every paragraph and list item with every domain: the flag of each reader."""
    key = ["passage_id", "document", "code"]
    first, second = (
        tables["domain_flags"].melt(key[:2], DOMAINS, "code", name) for name, tables in read._asdict().items()
    )
    return first.merge(second, on=key, validate="1:1")


def _of_pairs(read: Readings, table: str, column: str) -> pd.DataFrame:
    """The code that each reader gave to the units that both found."""
    pairs = _pairs(read, table)
    ours, theirs = read.first[table].loc[pairs["first"]], read.second[table].loc[pairs["second"]]
    first, second = (_as_text(rows, [column])[column].to_numpy() for rows in (ours, theirs))
    return pd.DataFrame({"document": ours["document"].to_numpy(), "first": first, "second": second})


def _coded(ds: Dataset, read: Readings) -> Iterator[tuple[str, str, str, pd.DataFrame]]:
    """Every code that is compared: table, code, over which units, the codes."""
    over = {
        "measures": "rows that both have",
        "events": "events that both found",
        "event_actors": "parts that both found",
    }
    for table, codes_of in _CODES.items():
        if table == "domain_flags":
            yield table, "domain flags", "every passage and domain", _flag_units(read)
            continue
        if table == "measures":
            units, every = _measure_units(ds, read), "every passage and category"
            reported = {name: units[name].ne(_NOT_CODED) for name in Readings._fields}
            yield table, "reported or not", every, units.assign(**reported)
            yield table, "status, or not reported", every, units
        for column, words in codes_of.items():
            yield table, words, over.get(table, "spans that both found"), _of_pairs(read, table, column)


def codes(ds: Dataset) -> pd.DataFrame:
    """How far the readers give the same code to the same unit.

    One row is one code of one table: ``table``, ``code``, ``over`` (which units), ``units`` (how many), ``alike``
    (coded alike), ``share_alike``, ``alpha`` (empty where not defined), ``low`` and ``high`` (its interval) and
    ``soft`` (alpha below `SOFT`). Measures are coded over every paragraph and list item of a reply with every
    category, domain flags over every paragraph and list item with every domain, both fixed beforehand; the other
    codes over the units that both readers found.

    >>> from unreplies import load
    >>> table = codes(load())
    >>> (table["alike"] <= table["units"]).all(), table["alpha"].max() <= 1
    (np.True_, np.True_)
    """
    read, documents = readings(ds), _documents(ds)
    result = pd.DataFrame(
        {"table": table, "code": code, "over": over, **_measured(coded, documents)}
        for table, code, over, coded in _coded(ds, read)
    )
    return result.assign(soft=result["alpha"] < SOFT)


def by_category(ds: Dataset) -> pd.DataFrame:
    """How far the readers agree on each category of measures, and on each domain flag.

    One row is one category or flag: ``table``, ``code`` (its key), ``label``, ``first`` and ``second`` (passages that
    each reader coded with it), ``both``, ``f1``, ``units`` (passages), ``alpha``, ``low`` and ``high`` (of coded or
    not, over these passages) and ``soft``.

    >>> from unreplies import load
    >>> set(load().measure_categories["label"]) <= set(by_category(load())["label"])
    True
    """
    read, documents, rows = readings(ds), _documents(ds), []
    measures = _measure_units(ds, read)
    measures = measures.assign(**{name: measures[name].ne(_NOT_CODED) for name in Readings._fields})
    labels = ds.measure_categories.astype({"category": "str"}).set_index("category")["label"].to_dict()
    flags = {name: label(name) for name in DOMAINS}
    for table, units, names in (("measures", measures, labels), ("domain_flags", _flag_units(read), flags)):
        for code, words in names.items():
            part = units[units["code"] == code].astype({"first": "bool", "second": "bool"})
            first, second, both = (
                int(n.sum()) for n in (part["first"], part["second"], part["first"] & part["second"])
            )
            f1 = precision_recall_f1(first, second, both)[2]
            counts = {"first": first, "second": second, "both": both, "f1": f1}
            rows.append({"table": table, "code": code, "label": words, **counts, **_measured(part, documents)})
    result = pd.DataFrame(rows).drop(columns=["alike", "share_alike"])
    return result.assign(soft=result["alpha"] < SOFT)


# Differences, and the data by the second reading


def differences(read: Readings) -> pd.DataFrame:
    """Every point in which two readings differ.

    One row is one unit and one code: ``table``; ``key``, of the unit in the first reading, or in the second where
    that alone has it (passage and span, passage and category, passage and date, event and actor, or passage);
    ``code``, the column that differs (``span`` for both offsets), or ``found`` where one reader alone has the unit;
    ``first`` and ``second``, what each has, empty for nothing. Actors of an event that one reader alone has go with the
    event. Wording (titles, units, what is counted) is not compared.

    >>> from unreplies import load
    >>> table = differences(readings(load()))
    >>> table.duplicated(["table", "key", "code"]).any(), (table["first"] == table["second"]).any()
    (np.False_, np.False_)
    """
    events, rows = set(read.first["events"]["event_id"]) & set(read.second["events"]["event_id"]), []
    for table, key in _KEYS.items():
        shown = [code for code in _CODES[table] if code != "iso3"]
        compared = [*(["span"] if "span" in key else []), *_CODES[table], *_ALSO_COMPARED.get(table, [])]
        pairs = _pairs(read, table)
        one, two = (_as_text(tables[table], dict.fromkeys([*key, *compared])) for tables in read)
        for row in pairs.itertuples():
            first, second = one.loc[row.first], two.loc[row.second]
            differ = [code for code in compared if first[code] != second[code]]
            rows += [(table, " ".join(first[key]), code, first[code], second[code]) for code in differ]
        for frame, alone in ((one.drop(pairs["first"]), 0), (two.drop(pairs["second"]), 1)):
            if table == "event_actors":
                frame = frame[frame["event_id"].isin(events)]
            for _, row in frame.iterrows():
                has = "; ".join(row[shown])
                rows.append((table, " ".join(row[key]), "found", *((has, "") if alone == 0 else ("", has))))
    return pd.DataFrame(rows, columns=["table", "key", "code", "first", "second"], dtype="str")


def settling(ds: Dataset) -> pd.DataFrame:
    """How the differences were settled.

    One row is one table and one code: ``table``, ``code`` (``found``: one reader alone had the unit), ``differences``,
    and how many were decided for the ``first`` reading, for the ``second``, and for neither (``other``). What nobody
    has decided yet, as of a third reading, counts in ``differences`` alone.

    >>> from unreplies import load
    >>> int(settling(load())["differences"].sum()) == len(differences(readings(load())))
    True
    """
    key, decided = ["table", "key", "code"], ["first", "second", "other"]
    rows = differences(readings(ds))[key].merge(ds.adjudication[[*key, "decision"]].astype("str"), how="left", on=key)
    rows = rows.assign(differences=1, **{name: rows["decision"].eq(name).astype(int) for name in decided})
    rows["table"] = pd.Categorical(rows["table"], READ_TWICE)
    return rows.groupby(["table", "code"], observed=True, as_index=False)[["differences", *decided]].sum()


def by_second_reader(ds: Dataset) -> Dataset:
    """The dataset as it would be by the second reading: its rows in place of the coded tables and domain flags.

    Instruments and actors that the second reader alone has are added with what that reading says of them. Events have
    no ``instrument_id`` there; gists, anomalies and reference tables are the dataset's own.

    >>> from unreplies import load
    >>> other = by_second_reader(load())
    >>> len(other.measures) == len(readings(load()).second["measures"])
    True
    """
    read, frames = readings(ds).second, dict(ds)
    for name in READ_TWICE:
        if name in ds:
            frames[name] = read[name].reindex(columns=ds[name].columns).astype(ds[name].dtypes)
    for name, key in {"instruments": "instrument_id", "actors": "actor_id"}.items():
        new = read[name][~read[name][key].isin(ds[name][key])].drop_duplicates(key)
        new = new.assign(short_name=new["name_en"], family_id=new[key]).reindex(columns=ds[name].columns)
        frames[name] = pd.concat([ds[name], new.astype(ds[name].dtypes)], ignore_index=True)
    flags = read["domain_flags"].set_index("passage_id")[list(DOMAINS)].reindex(ds.passages["passage_id"])
    frames["passages"] = ds.passages.assign(**{name: flags[name].array for name in DOMAINS})
    return Dataset(ds.folder, ds.package, frames, whole=False)
