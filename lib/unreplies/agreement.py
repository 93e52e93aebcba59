"""How far two readings of the 24 replies agree: precision, recall, F1 and Krippendorff's alpha.

The first reading is what the dataset held before; the second was made from the rules of the codebook and the source
alone, and covers every coded table (`READ_TWICE`). Both were made by language models: theirs is the agreement of like
readers, and says nothing of what a person would find. Both stand as they were before any difference was settled, in
``data/first_reading/`` and ``data/second_reading/``. Two kinds of measure, as the field has them:

- **Units that the readers find themselves** (spans, events, measures of a passage): precision, recall and F1, as if the
  first reading were the standard: precision is the share of the second reader's units that the first has too, recall
  the share of the first reader's that the second has too, F1 their harmonic mean, twice the shared over the sum of
  both. F1 is the same whichever reader is the standard. Where neither reader found a unit they are not defined.
- **Codes of units fixed beforehand**: Krippendorff's alpha, 1 - D_o / D_e, one less the observed disagreement over that
  expected by chance, here for nominal codes and two readers. 1 is full agreement, 0 what chance would give. It is not
  defined where fewer than two codes occur. (Krippendorff, Content Analysis: An Introduction to Its Methodology, 2018,
  chapter 12.) Codes of units that the readers found themselves are compared over the units that both found.

Intervals are 95 % percentile intervals of a bootstrap over documents: the 24 replies and the introduction are drawn
anew with replacement, since passages of one reply are no independent trials. Draws in which a measure is not defined
are left out; where they are the half or more, there is no interval.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

import krippendorff
import numpy as np
import pandas as pd

from . import style
from .dataset import Dataset, kept
from .descriptor import DataError, Fault, read_descriptor, read_tables

DRAWS, SEED = 1000, 66115
#: Below this alpha a code is soft: conclusions from it are tentative (Krippendorff 2018, 12.1; his limit for reliance).
SOFT = 0.8
FLAGS = ["nuclear", "radiological", "chemical", "biological", "delivery", "explosive", "wmd_general"]
_NOT_CODED = "not coded"


class Readings(NamedTuple):
    """Two readings, each a dictionary of tables; keys of the second are translated to those of the first."""

    first: dict[str, pd.DataFrame]
    second: dict[str, pd.DataFrame]


@lru_cache(maxsize=2)
def readings(ds: Dataset) -> Readings:
    """Both readings before settling, checked against their descriptors and the dataset's passages.

    The tables: ``instrument_mentions``, ``actor_mentions``, ``measures``, ``events``, ``event_actors``,
    ``quantities``, ``domain_flags``, ``instruments`` and ``actors``. Each row of a coded table has its ``document``,
    the reply that its passage belongs to, or ``intro``. The second reader chose keys for instruments and actors
    freely; they are replaced by those of the first as ``second_reading/identities.csv`` says. A key that has no
    partner there gets the prefix ``second-``. Raises `DataError` where a reading breaks its descriptor or names a
    passage that does not exist.

    >>> from unreplies import load
    >>> first, second = readings(load())
    >>> list(first["measures"]), set(second) <= set(first)
    (['passage_id', 'category', 'status', 'level', 'document'], True)
    """
    known, both = set(ds.passages["passage_id"]), []
    for name in ("first_reading", "second_reading"):
        place = ds.folder / name
        tables = read_tables(place, read_descriptor(place))
        faults = [
            Fault(f"{name}/{table}", number, "passage_id", passage, "foreignKeys", "not in passages (passage_id)")
            for table, frame in tables.items()
            if "passage_id" in frame
            for number, passage in enumerate(frame["passage_id"], 1)
            if passage not in known
        ]
        if faults:
            raise DataError(faults)
        both.append(tables)
    first, second = both
    same = second.pop("identities")
    for kind, key in (("instruments", "instrument_id"), ("actors", "actor_id")):
        pairs = same[same["kind"] == kind].dropna(subset="first_id").set_index("second_id")["first_id"]
        for name, frame in second.items():
            if key in frame:
                ours = frame[key].map(pairs)
                second[name] = frame.assign(**{key: ours.where(ours.notna(), "second-" + frame[key])})
    for tables in both:
        for name, frame in tables.items():
            if "passage_id" in frame:
                tables[name] = frame.assign(document=frame["passage_id"].str.split(".").str[0])
            if "iso3" in frame:  # the first two readings wrote it in lower case
                tables[name]["iso3"] = frame["iso3"].str.upper()
        where, parts = tables["events"].set_index("event_id"), tables["event_actors"]
        tables["event_actors"] = parts.assign(document=parts["event_id"].map(where["document"]))
    return Readings(first, second)


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
    ours, theirs, kept = set(), set(), []
    for one, other in pairs:
        if one not in ours and other not in theirs:
            ours.add(one)
            theirs.add(other)
            kept.append((one, other))
    return pd.DataFrame(sorted(kept), columns=["first", "second"])


def _same(first: pd.DataFrame, second: pd.DataFrame, on: list[str]) -> pd.DataFrame:
    """Rows with equal cells in the columns ``on``, one to one; an empty cell equals an empty cell."""

    def rows(frame):
        return frame.reset_index()[["index", *on]].astype(dict.fromkeys(on, "str")).fillna("")

    pairs = rows(first).merge(rows(second), on=on, suffixes=("", "_2"))
    return _one_to_one(sorted(zip(pairs["index"], pairs["index_2"])))


def _event_pairs(read: Readings) -> pd.DataFrame:
    """Events of one passage and one date; where a passage has several of one date, those of one type and end first."""
    one, two = read.first["events"], read.second["events"]
    when = ["passage_id", "date", "date_precision"]
    close = [_same(one, two, [*when, *more]) for more in (["event_type", "date_end"], ["event_type"], [])]
    return _one_to_one((p.first, p.second) for pairs in close for p in pairs.itertuples())


def _event_actor_pairs(read: Readings) -> pd.DataFrame:
    """Actors of events that both readers have; a part in an event that one alone has is found by one alone."""
    events = _event_pairs(read)
    ours, theirs = (read[i]["events"]["event_id"].to_numpy() for i in (0, 1))
    same = dict(zip(theirs[events["second"]], ours[events["first"]]))
    second = read.second["event_actors"]
    return _same(
        read.first["event_actors"],
        second.assign(event_id=second["event_id"].map(same).fillna("second-" + second["event_id"])),
        ["event_id", "actor_id"],
    )


#: The units that readers find themselves: table, how two are held to be the same, and the function that pairs them.
_UNITS = [
    ("instrument_mentions", "span, exactly", lambda r: _spans(r, "instrument_mentions", True)),
    ("instrument_mentions", "span, by overlap", lambda r: _spans(r, "instrument_mentions")),
    ("actor_mentions", "span, exactly", lambda r: _spans(r, "actor_mentions", True)),
    ("actor_mentions", "span, by overlap", lambda r: _spans(r, "actor_mentions")),
    ("measures", "passage and category", lambda r: _rows(r, "measures", ["passage_id", "category"])),
    ("events", "passage, date and type", lambda r: _rows(r, "events", ["passage_id", "date", "date_precision",
                                                                        "date_end", "event_type"])),
    ("events", "passage and date", _event_pairs),
    ("event_actors", "event and actor", _event_actor_pairs),
    ("quantities", "span, exactly", lambda r: _spans(r, "quantities", True)),
    ("quantities", "span, by overlap", lambda r: _spans(r, "quantities")),
]  # fmt: skip


def _spans(read: Readings, table: str, exactly: bool = False) -> pd.DataFrame:
    return matched(read.first[table], read.second[table], exactly)


def _rows(read: Readings, table: str, on: list[str]) -> pd.DataFrame:
    return _same(read.first[table], read.second[table], on)


def _documents(ds: Dataset) -> list[str]:
    return ["intro", *ds.replies.sort_values("position", kind="stable")["reply_id"]]


def _weights(documents: int) -> np.ndarray:
    """How often each document stands in each draw of the bootstrap."""
    return np.random.default_rng(SEED).multinomial(documents, np.full(documents, 1 / documents), DRAWS)


def _interval(values: np.ndarray) -> tuple[float, float]:
    values = values[np.isfinite(values)]
    return tuple(np.percentile(values, [2.5, 97.5])) if len(values) > DRAWS / 2 else (np.nan, np.nan)


def precision_recall_f1(first: int, second: int, both: int) -> tuple[float, float, float]:
    """Precision, recall and F1 of the second reading, held against the first.

    Not defined (NaN) where the second, the first, or neither reader found a unit.

    Eight units in common, of ten and of sixteen:

    >>> tuple(round(value, 3) for value in precision_recall_f1(10, 16, 8))
    (0.5, 0.8, 0.615)
    """
    return tuple(part / whole if whole else np.nan for part, whole in ((both, second), (both, first),
                                                                       (2 * both, first + second)))  # fmt: skip


@kept
def found(ds: Dataset) -> pd.DataFrame:
    """How far the readers find the same units.

    One row is one coded table and one way of holding two units to be the same: ``table``, ``same`` (that way),
    ``first`` and ``second`` (units that each reader found), ``both`` (of these, the same), ``precision``, ``recall``,
    ``f1``, and ``low`` and ``high``, the bounds of the interval of F1. Spans are matched by `matched`. Measures stand
    for a passage and a category, events for a passage and a date, actors of events for those of matched events.

    >>> from unreplies import load
    >>> table = found(load())
    >>> (table["both"] <= table[["first", "second"]].min(axis=1)).all(), table["f1"].between(0, 1).all()
    (np.True_, np.True_)
    """
    read, documents = readings(ds), _documents(ds)
    weights, rows = _weights(len(documents)), []
    for table, same, pair in _UNITS:
        counts = _counts(read, table, pair(read), documents)
        each = weights @ counts  # draws x (first, second, both)
        with np.errstate(invalid="ignore"):
            drawn = 2 * each[:, 2] / (each[:, 0] + each[:, 1])
        total = [int(n) for n in counts.sum(axis=0)]
        rows.append((table, same, *total, *precision_recall_f1(*total), *_interval(drawn)))
    return pd.DataFrame(
        rows, columns=["table", "same", "first", "second", "both", "precision", "recall", "f1", "low", "high"]
    )


def _counts(read: Readings, table: str, pairs: pd.DataFrame, documents: list[str]) -> np.ndarray:
    """Units of the first reader, of the second, and of both: one row a document."""
    ours, theirs = read.first[table]["document"], read.second[table]["document"]
    columns = [ours, theirs, ours.loc[pairs["first"]]]
    return np.column_stack([c.value_counts().reindex(documents, fill_value=0) for c in columns])


def alpha(first, second) -> float:
    """Krippendorff's alpha for nominal codes that two readers gave to the same units, in the same order.

    NaN where it is not defined: no unit, or one code alone in use. Raises `ValueError` where the two differ in number.

    Two readers, ten units, codes 0 and 1 (Krippendorff 2011, Computing Krippendorff's Alpha-Reliability, example A):

    >>> round(alpha([0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]), 3)
    0.095
    """
    first, second = list(first), list(second)
    if len(first) != len(second):
        raise ValueError(f"{len(first)} codes of the first reader and {len(second)} of the second: not the same units")
    return _alpha(_value_counts(pd.Series(first, dtype="object"), pd.Series(second, dtype="object")))


def _value_counts(first: pd.Series, second: pd.Series) -> np.ndarray:
    """How many readers gave a unit (row) a code (column)."""
    codes, _ = pd.factorize(pd.concat([first, second], ignore_index=True).astype("str"))
    counts = np.zeros((len(first), codes.max(initial=-1) + 1))
    for part in (codes[: len(first)], codes[len(first) :]):
        counts[np.arange(len(first)), part] += 1
    return counts


def _alpha(counts: np.ndarray) -> float:
    if (counts.sum(axis=0) > 0).sum() < 2:
        return np.nan
    return float(krippendorff.alpha(value_counts=counts, level_of_measurement="nominal"))


class _Coded(NamedTuple):
    """The codes of both readers for the same units."""

    document: pd.Series
    first: pd.Series
    second: pd.Series


def _of_pairs(read: Readings, table: str, pairs: pd.DataFrame, column: str) -> _Coded:
    ours, theirs = (
        frame.loc[pairs[name]].reset_index(drop=True)
        for frame, name in ((read.first[table], "first"), (read.second[table], "second"))
    )
    return _Coded(ours["document"], *(frame[column].astype("str").fillna("") for frame in (ours, theirs)))


def _measure_units(ds: Dataset, read: Readings) -> pd.DataFrame:
    """Every paragraph and list item of a reply with every category: the status that each reader gave, or none."""
    body = ds.passages[ds.passages["kind"].isin(["paragraph", "list_item"]) & ds.passages["reply_id"].notna()]
    units = body[["passage_id"]].merge(ds.measure_categories[["category"]], how="cross")
    for name, tables in zip(("first", "second"), read):
        rows = tables["measures"].astype({"category": "str", "status": "str"})
        units = units.merge(rows[["passage_id", "category", "status"]].rename(columns={"status": name}), how="left")
    units[["first", "second"]] = units[["first", "second"]].fillna(_NOT_CODED)
    return units.assign(document=units["passage_id"].str.split(".").str[0])


def _flag_units(read: Readings) -> pd.DataFrame:
    """Every paragraph and list item with every domain: the flag of each reader."""
    long = [t["domain_flags"].melt(["passage_id", "document"], FLAGS, "flag", "value") for t in read]
    units = long[0].merge(long[1], on=["passage_id", "document", "flag"], suffixes=("", "_2"), validate="1:1")
    return units.rename(columns={"value": "first", "value_2": "second"}).astype({"first": "str", "second": "str"})


def _coded(ds: Dataset, read: Readings) -> Iterator[tuple[str, str, str, _Coded]]:
    """Every code that is compared: table, code, over which units, the codes."""
    for table, codes_of in _CODES.items():
        if table == "measures":
            units, every = _measure_units(ds, read), "every passage and category"
            said = [units[name].ne(_NOT_CODED).astype("str") for name in ("first", "second")]
            yield table, "reported or not", every, _Coded(units["document"], *said)
            given = [units[name] for name in ("document", "first", "second")]
            yield table, "status, or not reported", every, _Coded(*given)
        if table == "domain_flags":
            units = _flag_units(read)
            given = [units[name] for name in ("document", "first", "second")]
            yield table, "domain flags", "every passage and domain", _Coded(*given)
            continue
        over, pairs = _pairs(read, table)
        for column, words in codes_of.items():
            yield table, words, over, _of_pairs(read, table, pairs, column)


#: The codes of units that both readers found, by table and column, and what they are called.
_CODES = {
    "instrument_mentions": {"instrument_id": "instrument", "form": "form", "relation": "relation"},
    "actor_mentions": {"actor_id": "actor"},
    "measures": {"status": "status", "level": "level"},
    "events": {"event_type": "event type", "iso3": "State of the place"},
    "event_actors": {"role": "role"},
    "quantities": {"value": "value", "qualifier": "qualifier"},
    "domain_flags": {},
}


def _pairs(read: Readings, table: str) -> tuple[str, pd.DataFrame]:
    """The units that both readers found, in words and as pairs of rows."""
    if table == "events":
        return "events that both found", _event_pairs(read)
    if table == "event_actors":
        return "parts that both found", _event_actor_pairs(read)
    if table in ("measures", "domain_flags"):
        return "rows that both have", _rows(read, table, _KEYS[table])
    return "spans that both found", _spans(read, table)


def _row(coded: _Coded, documents: list[str]) -> tuple:
    """Units, of these coded alike, the share, alpha and its interval."""
    counts, units = _value_counts(coded.first, coded.second), len(coded.first)
    alike = int((coded.first.to_numpy() == coded.second.to_numpy()).sum())
    differs = (coded.first.to_numpy() != coded.second.to_numpy())[:, None]
    units_of, differ, given = (
        _weights(len(documents))
        @ pd.DataFrame(values).groupby(coded.document.to_numpy()).sum().reindex(documents, fill_value=0).to_numpy()
        for values in (np.ones_like(differs, dtype=float), differs.astype(float), counts)
    )
    return (
        units,
        alike,
        alike / units if units else np.nan,
        _alpha(counts),
        *_interval(_alphas(units_of, differ, given)),
    )


def _alphas(units: np.ndarray, differ: np.ndarray, given: np.ndarray) -> np.ndarray:
    """Alpha of every draw at once: its units, those coded differently, how often each code was given.

    The formula for two readers and nominal codes without a missing one; a test holds it to the package's.
    """
    pairable = 2 * units[:, 0]
    with np.errstate(invalid="ignore", divide="ignore"):
        expected = 1 - (given * (given - 1)).sum(axis=1) / (pairable * (pairable - 1))
        return np.where(expected > 0, 1 - differ[:, 0] / units[:, 0] / expected, np.nan)


@kept
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
    rows = [(table, code, over, *_row(coded, documents)) for table, code, over, coded in _coded(ds, read)]
    columns = ["table", "code", "over", "units", "alike", "share_alike", "alpha", "low", "high"]
    result = pd.DataFrame(rows, columns=columns)
    return result.assign(soft=result["alpha"] < SOFT)


@kept
def by_category(ds: Dataset) -> pd.DataFrame:
    """How far the readers agree on each category of measures, and on each domain flag.

    One row is one category or flag: ``table``, ``category`` (its label), ``first`` and ``second`` (passages that each
    reader coded with it), ``both``, ``f1``, ``units`` (passages), ``alpha``, ``low`` and ``high`` (of coded or not,
    over these passages) and ``soft``.

    >>> from unreplies import load
    >>> set(load().measure_categories["label"]) <= set(by_category(load())["category"])
    True
    """
    read, documents, rows = readings(ds), _documents(ds), []
    labels = ds.measure_categories.set_index("category")["label"]
    measures = _measure_units(ds, read)
    measures = measures.assign(**{name: measures[name].ne(_NOT_CODED) for name in ("first", "second")})
    flags = _flag_units(read)
    flags = flags.assign(**{name: flags[name].eq("True") for name in ("first", "second")})
    blocks = [
        ("measures", measures, "category", list(ds.measure_categories["category"])),
        ("domain_flags", flags, "flag", FLAGS),
    ]
    for table, units, column, names in blocks:
        for name in names:
            part = units[units[column] == name]
            first, second = int(part["first"].sum()), int(part["second"].sum())
            both = int((part["first"] & part["second"]).sum())
            n, _, _, *of_alpha = _row(_Coded(part["document"], *(part[c].astype("str") for c in ("first", "second"))),
                                      documents)  # fmt: skip
            f1 = precision_recall_f1(first, second, both)[2]
            rows.append((table, labels.get(name, style.label(name)), first, second, both, f1, n, *of_alpha))
    columns = ["table", "category", "first", "second", "both", "f1", "units", "alpha", "low", "high"]
    result = pd.DataFrame(rows, columns=columns)
    return result.assign(soft=result["alpha"] < SOFT)


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
    names = ds.joined("replies").set_index("reply_id")["respondent"]
    columns, total = {"respondent": [names.get(d, "Introduction") for d in documents]}, 0
    for table, same, pair in _UNITS:
        if same in ("span, by overlap", "passage and category", "passage and date"):
            counts = _counts(read, table, pair(read), documents)
            columns[table] = [precision_recall_f1(*row)[2] for row in counts]
            total = total + counts
    result = pd.DataFrame(columns)
    result["found"], result["both"] = total[:, 0] + total[:, 1] - total[:, 2], total[:, 2]
    return result.assign(share_both=result["both"] / result["found"].where(result["found"] > 0))


#: What is compared of units that both readers found, by table, and how a unit found by one alone is shown.
_COMPARED = {
    "instrument_mentions": (["span", "instrument_id", "form", "relation"], ["instrument_id", "form", "relation"]),
    "actor_mentions": (["span", "actor_id"], ["actor_id"]),
    "measures": (["status", "level"], ["status", "level"]),
    "events": (["event_type", "date_end", "date_end_precision", "iso3", "city"], ["event_type"]),
    "event_actors": (["role"], ["role"]),
    "quantities": (["span", "value", "qualifier", "as_of"], ["value", "qualifier"]),
    "domain_flags": (FLAGS, FLAGS),
}
#: The coded tables, each of which has a second reading.
READ_TWICE = tuple(_COMPARED)
_KEYS = {
    "instrument_mentions": ["passage_id", "span"],
    "actor_mentions": ["passage_id", "span"],
    "measures": ["passage_id", "category"],
    "events": ["passage_id", "date"],
    "event_actors": ["event_id", "actor_id"],
    "quantities": ["passage_id", "span"],
    "domain_flags": ["passage_id"],
}


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
    events = _event_pairs(read)
    ours, theirs = (tables["events"]["event_id"] for tables in read)
    same = dict(zip(theirs.loc[events["second"]], ours.loc[events["first"]]))
    mine, parts = (tables["event_actors"] for tables in read)
    mine = mine[mine["event_id"].isin(set(same.values()))]
    parts = parts.assign(event_id=parts["event_id"].map(same)).dropna(subset="event_id")
    read = Readings({**read.first, "event_actors": mine}, {**read.second, "event_actors": parts})
    rows = []
    for table, (compared, shown) in _COMPARED.items():
        pairs = _rows(read, table, _KEYS[table]) if table == "event_actors" else _pairs(read, table)[1]
        one, two = (_as_text(tables[table], [*_KEYS[table], *compared]) for tables in read)
        for pair in pairs.itertuples():
            first, second = one.loc[pair.first], two.loc[pair.second]
            rows += [
                (table, " ".join(first[_KEYS[table]]), code, first[code], second[code])
                for code in compared
                if first[code] != second[code]
            ]
        alone = [(one.drop(pairs["first"]), 0), (two.drop(pairs["second"]), 1)]
        for frame, place in alone:
            for _, row in frame.iterrows():
                values = ["", ""]
                values[place] = "; ".join(row[shown])
                rows.append((table, " ".join(row[_KEYS[table]]), "found", *values))
    return pd.DataFrame(rows, columns=["table", "key", "code", "first", "second"])


def _as_text(frame: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    if "start" in frame:
        frame = frame.assign(span=frame["start"].astype("str") + "-" + frame["end"].astype("str"))
    return frame[list(dict.fromkeys(columns))].astype("str").fillna("")


def by_second_reader(ds: Dataset) -> Dataset:
    """The dataset as it would be by the second reading: its rows in place of the coded tables and domain flags.

    Instruments and actors that the second reader alone has are added with what that reading says of them. Events have
    no ``instrument_id`` there; gists, anomalies and reference tables are the dataset's own.

    >>> from unreplies import load
    >>> other = by_second_reader(load())
    >>> len(other.measures) == len(readings(load()).second["measures"])
    True
    """
    read, frames = readings(ds).second, {name: ds[name] for name in ds}
    for name in _COMPARED.keys() & ds.keys():
        frames[name] = read[name].reindex(columns=ds[name].columns).astype(ds[name].dtypes)
    for name, key in {"instruments": "instrument_id", "actors": "actor_id"}.items():
        new = read[name][~read[name][key].isin(ds[name][key])]
        new = (
            new.assign(short_name=new["name_en"], family_id=new[key])
            .reindex(columns=ds[name].columns)
            .astype(ds[name].dtypes)
        )
        frames[name] = pd.concat([ds[name], new.drop_duplicates(key)], ignore_index=True)
    flags = read["domain_flags"].set_index("passage_id")[FLAGS].reindex(ds.passages["passage_id"])
    frames["passages"] = ds.passages.assign(**{name: flags[name].array for name in FLAGS})
    return Dataset(ds.folder, ds.package, frames)


def settling(ds: Dataset) -> pd.DataFrame:
    """How the differences were settled.

    One row is one table and one code: ``table``, ``code`` (``found``: one reader alone had the unit), ``differences``,
    and how many were decided for the ``first`` reading, for the ``second``, and for neither (``other``).

    >>> from unreplies import load
    >>> int(settling(load())["differences"].sum()) == len(differences(readings(load())))
    True
    """
    rows = ds.adjudication.astype("str").fillna("")
    both = rows["code"].eq("found") & rows[["first", "second"]].ne("").all(axis=1)  # found by both, and dropped since
    rows = rows[(rows["first"] != rows["second"]) & ~both]
    counts = pd.crosstab([rows["table"], rows["code"]], rows["decision"])
    counts = counts.reindex(columns=["first", "second", "other"], fill_value=0)
    counts.insert(0, "differences", counts.sum(axis=1))
    counts = counts.reset_index().rename_axis(columns=None)
    place = counts["table"].map({name: i for i, name in enumerate(_COMPARED)})
    return counts.assign(place=place).sort_values(["place", "code"], ignore_index=True).drop(columns="place")


@style.drawn
def draw_agreement(ds: Dataset) -> style.Chart:
    """F1 of the units and alpha of the codes, each with its interval, against the limit below which a code is soft."""
    units, given = found(ds), codes(ds)
    units = units.assign(
        what=units["table"].str.replace("_", " ") + ": " + units["same"], value=units["f1"], n=units["first"]
    )
    given = given.assign(
        what=given["table"].str.replace("_", " ") + ": " + given["code"], value=given["alpha"], n=given["units"]
    )
    columns = ["what", "value", "low", "high", "n"]
    blocks = [
        ("F1: units that the readers found", units, "s", style.VERMILION),
        ("Alpha: codes", given, "o", style.BLUE),
    ]
    figure, axes = style.canvas(8.2)
    y, ticks = 0, []
    for heading, table, marker, colour in blocks:
        axes.text(
            -0.02,
            y,
            heading,
            fontsize=9.5,
            fontweight="bold",
            ha="right",
            va="center",
            transform=axes.get_yaxis_transform(),
        )
        y += 1
        for row in table.itertuples():
            ticks.append((y, f"{row.what} ({row.n:,})"))
            if pd.notna(row.low):
                axes.hlines(y, row.low, row.high, color=style.GREY, linewidth=1.5, zorder=2)
            if pd.notna(row.value):
                axes.scatter(
                    [row.value],
                    [y],
                    marker=marker,
                    s=42,
                    facecolor=colour,
                    edgecolor=style.INK,
                    zorder=3,
                    clip_on=False,
                )
            words = "not defined" if pd.isna(row.value) else f"{row.value:.2f}"
            axes.text(1.025, y, words, fontsize=9, va="center", transform=axes.get_yaxis_transform())
            y += 1
        y += 0.6
    axes.set_yticks([place for place, _ in ticks], [words for _, words in ticks], fontsize=9)
    axes.axvline(SOFT, color=style.INK, linewidth=1, linestyle="--", zorder=1)
    axes.text(SOFT, -0.6, f"soft below {SOFT}", fontsize=9, ha="right", va="bottom")
    lowest = min(0.6, float(np.nanmin([*units["low"], *given["low"]])) - 0.03)
    axes.set(xlim=(lowest, 1.0), ylim=(y - 0.8, -0.6))
    axes.tick_params(axis="y", length=0)
    axes.tick_params(labelsize=9)
    axes.spines["left"].set_visible(False)
    figure.subplots_adjust(left=0.44, right=0.93, bottom=0.075)
    defined = given.dropna(subset=["alpha"])
    firm = int((defined["alpha"] >= SOFT).sum())
    title = f"Two language models, reading apart, agree with alpha {SOFT} or more on {firm} of {len(defined)} codes"
    measure = "Before settling; line: 95% interval, documents drawn anew; in brackets the units (for F1, of the first\n"
    measure += "reader). Square: F1, circle: Krippendorff's alpha"
    alt = "; ".join(
        f"{row.what} {'not defined' if pd.isna(row.value) else f'{row.value:.2f}'}"
        for _, table, *_ in blocks
        for row in table.itertuples()
    )
    return style.finish(
        figure, title, measure, f"F1 of units, then alpha of codes: {alt}.", pd.concat([units[columns], given[columns]])
    )
