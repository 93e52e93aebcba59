"""The dataset as an object: its tables, their codebook, their joins, and the evidence behind a row."""

from __future__ import annotations

import errno
import functools
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd

from . import hashes
from .descriptor import DataError, UnknownName, as_list, read_descriptor, read_tables
from .display import TableFrame, rows_of
from .tables import table
from .text import escape, visible

#: What `Dataset.joined` brings along from each partner table: (column there, column in the result).
_RESPONDENT = {
    "section": "section",
    "original_language": "original_language",
    "dated": "dated",
    "form": "reply_form",
}
_PARTNERS = {
    "passages": {
        "kind": "kind",
        "gist_en": "gist_en",
        **{f: f for f in ("nuclear", "radiological", "chemical", "biological", "delivery", "explosive", "wmd_general")},
    },
    "instruments": {
        "short_name": "instrument",
        "name_en": "instrument_name",
        "instrument_type": "instrument_type",
        "scope": "instrument_scope",
        "adopted": "instrument_adopted",
        "counter_terrorism": "counter_terrorism",
    },
    "actors": {"short_name": "actor", "name_en": "actor_name", "actor_type": "actor_type"},
    "measure_categories": {"label": "category_label", "resolution_1540": "resolution_1540"},
    "states": {"name_en": "state", "regional_group": "state_group", "m49_region": "state_region"},
    "events": {
        "passage_id": "passage_id",
        "title_en": "title_en",
        "event_type": "event_type",
        "date": "date",
        "date_precision": "date_precision",
    },
}


def data_folder() -> Path:
    """The folder that ``load()`` reads: the one that ``UNREPLIES_DATA`` names where it is set, else `own_folder`.

    Raises `NotADirectoryError`, which names the variable, where there is no such folder.
    """
    named = os.environ.get("UNREPLIES_DATA")
    if named and not Path(named).is_dir():
        raise NotADirectoryError(errno.ENOTDIR, "UNREPLIES_DATA must name a folder", str(Path(named).absolute()))
    return Path(named) if named else own_folder()


def own_folder() -> Path:
    """The data folder that belongs to this copy of the library: ``data/`` of a clone, or the installed one."""
    here = Path(__file__).resolve().parent
    clone = here.parents[1] / "data"
    return clone if (clone / "datapackage.json").is_file() else here / "data"


def kept(measure):
    """Decorate a measure of a dataset: what it gives is kept with the dataset, and every caller has it as its own."""

    @functools.wraps(measure)
    def given(ds, *arguments, **keywords):
        asked = (measure.__module__, measure.__qualname__, arguments, tuple(sorted(keywords.items())))
        if asked not in ds._kept:
            ds._kept[asked] = measure(ds, *arguments, **keywords)
        return ds._kept[asked].copy(deep=False)  # pandas copies on write

    return given


def load(path: str | Path | None = None) -> Dataset:
    """Load all tables, checked against their descriptor and typed by it.

    ``path`` is a folder that holds ``datapackage.json`` and the tables that it describes; without it, the folder that
    the environment variable ``UNREPLIES_DATA`` names, or the data that belongs to this copy of the library. Raises
    `DataError`, which names every broken rule by table, row, column and value; then nothing is loaded.

    >>> ds = load()
    >>> len(ds.replies), len(ds["states"])
    (24, 192)
    >>> ds.replies.dtypes["position"], ds.measures.dtypes["status"].ordered
    (Int64Dtype(), True)
    """
    folder = Path(path) if path is not None else data_folder()
    package = read_descriptor(folder)
    return Dataset(folder, package, read_tables(folder, package))


def validate(path: str | Path | None = None) -> Dataset:
    """Load all tables as `load` does, and check too that every file below the folder is the one in ``SHA256SUMS``.

    Raises `DataError` with the faults of both checks, so that a change that breaks no rule is seen as well. Where a
    link, a pipe or a device is in place of a file, nothing is loaded, and the faults are those of the hashes alone.

    >>> len(validate()) == len(load())
    True
    """
    folder = Path(path) if path is not None else data_folder()
    faults = hashes.check(folder) if (folder / "datapackage.json").exists() else []
    if any(fault.rule == hashes.REGULAR for fault in faults):
        raise DataError(faults)
    try:
        ds = load(folder)
    except DataError as error:
        raise DataError([*error.faults, *faults]) from None
    if faults:
        raise DataError(faults)
    return ds


class Dataset(Mapping):
    """The tables of the data package: ``ds.replies`` and ``ds["replies"]`` are the same DataFrame, a `TableFrame`.

    >>> ds = load()
    >>> list(ds)[:3]
    ['reports', 'states', 'actors']
    >>> ds.reply
    Traceback (most recent call last):
    ...
    unreplies.descriptor.UnknownName: there is no table 'reply'; did you mean 'replies'? There are: reports, ...
    """

    def __init__(self, folder: Path, package: dict, frames: dict[str, pd.DataFrame]):
        self.folder, self.package, self._frames, self._kept = folder, package, frames, {}
        for resource in package["resources"]:
            self._frames[resource["name"]] = rows_of(resource, frames[resource["name"]])

    def __getitem__(self, table: str) -> pd.DataFrame:
        try:
            return self._frames[table]
        except (KeyError, TypeError):
            raise UnknownName("table", table, self._frames) from None

    def __contains__(self, table: object) -> bool:
        return table in self._frames

    def __iter__(self) -> Iterator[str]:
        return iter(self._frames)

    def __len__(self) -> int:
        return len(self._frames)

    __eq__, __hash__ = object.__eq__, object.__hash__  # a Mapping would compare DataFrames, which cannot be done

    def __getattr__(self, table: str) -> pd.DataFrame:
        if table.startswith("_"):
            raise AttributeError(table)
        return self[table]

    def __dir__(self):
        return [*super().__dir__(), *self._frames]

    def _ipython_key_completions_(self):
        return list(self._frames)

    def __repr__(self) -> str:
        return f"<unreplies data {self.package['version']}: {len(self)} tables, {sum(map(len, self.values()))} rows>"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td style='text-align:left'><code>ds.{escape(t.table)}</code></td>"
            f"<td style='text-align:right'>{t.rows}</td>"
            f"<td style='text-align:left'>{escape(t.one_row)}</td></tr>"
            for t in self.tables().itertuples()
        )
        return (
            f"<table><caption style='text-align:left'>{escape(self.package['title'])}, "
            f"version {escape(self.package['version'])}</caption>"
            f"<thead><tr><th style='text-align:left'>Table</th><th>Rows</th>"
            f"<th style='text-align:left'>One row is</th></tr></thead>"
            f"<tbody>{rows}</tbody></table>"
        )

    def _resource(self, table: str) -> dict:
        self[table]
        return next(r for r in self.package["resources"] if r["name"] == table)

    def tables(self) -> pd.DataFrame:
        """One row per table: ``table``, ``rows`` (how many), ``key`` (its primary key) and ``one_row`` (what a row is).

        >>> load().tables().set_index("table").loc["replies", "rows"]
        np.int64(24)
        """
        return TableFrame(
            {
                "table": r["name"],
                "rows": len(self[r["name"]]),
                "key": ", ".join(as_list(r["schema"]["primaryKey"])),
                "one_row": r["description"].removeprefix("One row is ").split(". ")[0].rstrip("."),
            }
            for r in self.package["resources"]
        )

    def codebook(self, table: str) -> pd.DataFrame:
        """The fields of a table, one row per field, as the descriptor has them.

        Columns: ``field``, ``title``, ``type``, ``unit``, ``allowed`` (values, pattern or bounds), ``key`` (primary,
        or the table and field that it refers to), ``description``, ``empty`` (what an empty cell means), ``source``.
        Raises `UnknownName` for a table that does not exist.

        >>> load().codebook("measures").set_index("field").loc["status", "allowed"]
        'in_place, in_progress, urged'
        """
        schema = self._resource(table)["schema"]
        primary = as_list(schema["primaryKey"])
        refers = [
            (one, f"{key['reference']['resource'] or table}.{other}")
            for key in schema.get("foreignKeys", [])
            for one, other in zip(as_list(key["fields"]), as_list(key["reference"]["fields"]))
        ]
        rows = []
        for field in schema["fields"]:
            name, rules = field["name"], field.get("constraints", {})
            allowed = ", ".join(rules.get("enum", [])) or rules.get("pattern", "")
            bounds = [
                f"{word} {rules[rule]}" for rule, word in (("minimum", "from"), ("maximum", "to")) if rule in rules
            ]
            rows.append(
                {
                    "field": name,
                    "title": field["title"],
                    "type": field["type"],
                    "unit": field.get("unit", ""),
                    "allowed": allowed or " ".join(bounds),
                    "key": "; ".join(
                        [*(["primary"] if name in primary else []), *(other for one, other in refers if one == name)]
                    ),
                    "description": field["description"],
                    "empty": field.get("empty", "Never empty."),
                    "source": field.get("source", ""),
                }
            )
        return TableFrame(rows)

    def joined(self, table: str) -> pd.DataFrame:
        """A table with the columns of the tables that it refers to, ready to group by.

        One row is one row of ``table``, none lost and none doubled (checked). Added are, as far as the table
        refers to them: of the passage ``reply_id``, ``kind``, ``gist_en`` and the domain flags; of the reply
        ``respondent`` (short name), ``respondent_name``, ``respondent_kind`` (Member State or organization),
        ``section``, ``original_language``, ``dated``, ``reply_form``, and for a Member State ``respondent_iso3``,
        ``regional_group`` and ``m49_region``; of the instrument, the actor and the category their names and types.
        Empty where the row has no such partner: a passage of the introduction has no respondent, an organization no
        regional group.

        >>> load().joined("instrument_mentions").groupby("section", observed=True).size().index.to_list()
        ['II', 'III.A', 'III.B']
        """
        return self._join(table)

    @kept
    def _join(self, table: str) -> pd.DataFrame:
        result = pd.DataFrame(self[table])
        schema = self._resource(table)["schema"]
        for key in schema.get("foreignKeys", []):
            columns, partner = as_list(key["fields"]), key["reference"]["resource"] or table
            if len(columns) == 1 and columns != ["reply_id"] and partner in _PARTNERS and partner != table:
                theirs = {**_PARTNERS[partner], **({"reply_id": "reply_id"} if partner == "passages" else {})}
                result = self._bring(result, columns[0], partner, as_list(key["reference"]["fields"])[0], theirs)
        if "passage_id" in result and "reply_id" not in result:  # a table that reaches its passage through its event
            result = self._bring(
                result, "passage_id", "passages", "passage_id", {**_PARTNERS["passages"], "reply_id": "reply_id"}
            )
        if "reply_id" in result:
            if table != "replies":
                result = self._bring(result, "reply_id", "replies", "reply_id", _RESPONDENT)
            result = self._bring(
                result,
                "reply_id",
                "actors",
                "actor_id",
                {"short_name": "respondent", "name_en": "respondent_name", "iso3": "respondent_iso3"},
            )
            kind = result["section"].eq("II").map({True: "Member State", False: "organization"})
            result["respondent_kind"] = kind.where(result["section"].notna())
            result = self._bring(
                result,
                "respondent_iso3",
                "states",
                "iso3",
                {"regional_group": "regional_group", "m49_region": "m49_region"},
            )
        return rows_of(self._resource(table), result)

    def _bring(self, left: pd.DataFrame, column: str, partner: str, key: str, columns: dict[str, str]) -> pd.DataFrame:
        wanted = {old: new for old, new in columns.items() if new not in left.columns}
        right = self[partner]
        place = pd.Index(right[key]).get_indexer(left[column])  # -1: no partner; raises where a row would double
        return left.assign(**{new: right[old].array.take(place, allow_fill=True) for old, new in wanted.items()})

    def count_respondents(self, table: str, by: str | list[str]) -> pd.DataFrame:
        """How many respondents stand behind each value of one or more columns of a joined table.

        A respondent counts once for a value, however many of its passages have it, so that long replies do not
        outweigh short ones. The rows of the introduction, and of a reply that is not reproduced, are the
        Secretary-General's and count for nobody; an empty value counts as a value. One row is one value: the columns
        of ``by``, ``Member States``, ``organizations`` and ``respondents`` (their sum), the largest first. The
        denominators, all respondents of each kind, are in the table's ``attrs``. Raises `UnknownName` for a table
        without respondents, or a column that the joined table has not.

        >>> counts = load().count_respondents("measures", "category_label")
        >>> counts.loc[0, "category_label"], int(counts.loc[0, "respondents"]), counts.attrs["respondents"]
        ('Cooperation', 20, 24)
        """
        joined, columns = self.joined(table), list(dict.fromkeys(as_list(by)))
        if "respondent_kind" not in joined:
            raise UnknownName("table with respondents", table, [t for t in self if "respondent_kind" in self.joined(t)])
        for column in columns:
            if column not in joined:
                raise UnknownName(f"column of {table}", column, joined.columns)
        counted = joined["respondent_kind"].notna()
        if "reply_form" in joined:
            counted &= joined["reply_form"] != "not_reproduced"
        once = pd.DataFrame(joined)[list(dict.fromkeys([*columns, "reply_id", "respondent_kind"]))][counted]
        once = once.drop_duplicates([*columns, "reply_id"])
        keys = [once[c].astype("str").fillna("") for c in columns]
        counts = once.groupby([*keys, once["respondent_kind"].rename(None)]).size().unstack(fill_value=0)
        counts = counts.reindex(columns=["Member State", "organization"], fill_value=0)
        counts.columns = ["Member States", "organizations"]
        counts["respondents"] = counts.sum(axis=1)
        result = counts.sort_values("respondents", ascending=False, kind="stable").reset_index()
        states = int(self.replies["section"].eq("II").sum())
        result.attrs = {
            "Member States": states,
            "organizations": len(self.replies) - states,
            "respondents": len(self.replies),
        }
        return result

    def only(self, replies) -> Dataset:
        """The same dataset with some respondents alone: their replies, their passages, and what was coded from them.

        ``replies`` is a reply_id or several; the introduction and the reference tables stay. Raises `UnknownName` for
        a reply that does not exist.

        >>> ds = load()
        >>> states = ds.only(ds.replies.loc[ds.replies["section"] == "II", "reply_id"])
        >>> len(states.replies), states.measures["passage_id"].str[:3].nunique()
        (9, 8)
        >>> len(ds.only("aus").replies)
        1
        """
        replies, known = as_list(replies), set(self.replies["reply_id"])
        for reply in replies:
            if reply not in known:
                raise UnknownName("reply", reply, self.replies["reply_id"])
        frames = dict(self._frames)
        frames["replies"] = self.replies[self.replies["reply_id"].isin(replies)]
        owner = self.passages["reply_id"]
        frames["passages"] = self.passages[owner.isin(replies) | owner.isna()]
        for name, frame in frames.items():
            if name != "passages" and "passage_id" in frame:
                frames[name] = frame[frame["passage_id"].isin(frames["passages"]["passage_id"])]
        frames["event_actors"] = self.event_actors[self.event_actors["event_id"].isin(frames["events"]["event_id"])]
        return Dataset(self.folder, self.package, {name: f.reset_index(drop=True) for name, f in frames.items()})

    def where(self, table: str, condition: pd.Series) -> Dataset:
        """The same dataset with only those rows of one table for which the condition holds.

        >>> ds = load()
        >>> ds = ds.where("instrument_mentions", ds.instrument_mentions["relation"] != "cites")
        >>> "cites" in set(ds.instrument_mentions["relation"])
        False
        """
        kept = self[table][condition].reset_index(drop=True)
        return Dataset(self.folder, self.package, {**self._frames, table: kept})

    def evidence(self, passage_id: str) -> Evidence:
        """Everything that was coded from one passage, with its gist and its place in the source.

        Raises `UnknownName` for a passage that does not exist.

        >>> load().evidence("iaea.08").address
        'A/66/115, Chinese edition, IAEA, passage iaea.08, characters 6748-7059 of the normalised text'
        """
        found = self.passages[self.passages["passage_id"] == passage_id]
        if found.empty:
            raise UnknownName("passage", passage_id, self.passages["passage_id"])
        passage = found.iloc[0]
        tables = {}
        for name, columns in _EVIDENCE.items():
            rows = self.joined(name)
            rows = rows.loc[rows["passage_id"] == passage_id, columns]
            if len(rows):
                tables[name] = rows.dropna(axis="columns", how="all").reset_index(drop=True)
        report = self.reports.iloc[0]
        edition = {"zh": "Chinese"}.get(report["edition_language"], report["edition_language"])
        names = self.actors.set_index("actor_id")["short_name"]
        owner = "" if pd.isna(passage["reply_id"]) else f"{names[passage['reply_id']]}, "
        address = (
            f"{report['symbol']}, {edition} edition, {owner}passage {passage_id}, "
            f"characters {passage['spans'].replace(';', ' and ')} of the normalised text"
        )
        titles = {r["name"]: r["title"] for r in self.package["resources"]}
        return Evidence(passage, address, tables, titles)


#: What `Dataset.evidence` shows of each coded table.
_EVIDENCE = {
    "instrument_mentions": ["surface", "instrument", "form", "relation"],
    "actor_mentions": ["surface", "actor", "actor_type"],
    "measures": ["category_label", "status", "level", "resolution_1540"],
    "events": [
        "title_en",
        "event_type",
        "date",
        "date_precision",
        "date_end",
        "date_end_precision",
        "state",
        "city",
        "instrument",
    ],
    "event_actors": ["title_en", "actor", "role"],
    "quantities": ["value", "qualifier", "unit", "what_en", "as_of"],
    "anomalies": ["anomaly_type", "against", "note_en", "treatment"],
}


class Evidence:
    """What was coded from one passage: ``passage`` (its row), ``address`` (its place), ``tables`` (the coded rows)."""

    def __init__(self, passage: pd.Series, address: str, tables: dict[str, pd.DataFrame], titles: dict[str, str]):
        self.passage, self.address, self.tables, self._titles = passage, address, tables, titles

    @property
    def gist(self) -> str:
        """The passage's gist; empty for a passage that has none."""
        return "" if pd.isna(self.passage["gist_en"]) else self.passage["gist_en"]

    def __repr__(self) -> str:
        parts = [visible(self.address), visible(self.gist)]
        return "\n\n".join([*parts, *(repr(table(rows, self._titles[name])) for name, rows in self.tables.items())])

    def _repr_html_(self) -> str:
        parts = [f"<p><b>{escape(self.address)}</b></p><p>{escape(self.gist)}</p>"]
        return "\n".join(
            [*parts, *(table(rows, self._titles[name])._repr_html_() for name, rows in self.tables.items())]
        )
