"""The dataset: its tables, who the respondents are, joins, counts, parts of it, and the evidence behind a row."""

from __future__ import annotations

import errno
import os
from collections.abc import Container, Iterable, Iterator, Mapping
from pathlib import Path

import pandas as pd

from . import descriptor, hashes, schema
from .descriptor import as_list
from .errors import DataError, Fault, UnknownName
from .tables import table as show
from .text import escape, label, visible

KINDS = ("Member State", "organization")
DOMAINS = ("nuclear", "radiological", "chemical", "biological", "delivery", "explosive", "wmd_general")
#: What `Dataset.joined` brings along from each table: its column, and the name of the column in the result.
_PARTNERS = {
    "passages": {"reply_id": "reply_id", "kind": "kind", "gist_en": "gist_en"} | {flag: flag for flag in DOMAINS},
    "instruments": {
        "short_name": "instrument",
        "name_en": "instrument_name",
        "instrument_type": "instrument_type",
        "scope": "instrument_scope",
        "family_id": "family_id",
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
        "date_end": "date_end",
        "date_end_precision": "date_end_precision",
        "iso3": "iso3",
        "city": "city",
    },
}
#: And of the respondent, by `Dataset.respondents`.
_OF_RESPONDENT = {
    "respondent": "respondent",
    "respondent_name": "respondent_name",
    "respondent_kind": "respondent_kind",
    "respondent_iso3": "respondent_iso3",
    "regional_group": "regional_group",
    "m49_region": "m49_region",
    "section": "section",
    "original_language": "original_language",
    "dated": "dated",
    "form": "reply_form",
    "own_text": "own_text",
}
#: What `Dataset.evidence` shows of each coded table.
_EVIDENCE = {
    "instrument_mentions": ["surface", "instrument", "form", "relation"],
    "actor_mentions": ["surface", "actor", "actor_type"],
    "measures": ["category_label", "status", "level", "resolution_1540"],
    "events": ["title_en", "event_type", "date", "date_precision", "date_end", "date_end_precision", "state", "city"],
    "event_actors": ["title_en", "actor", "role"],
    "quantities": ["value", "qualifier", "unit", "what_en", "as_of"],
    "anomalies": ["anomaly_type", "against", "note_en", "treatment"],
}


def load(path: str | Path | None = None) -> Dataset:
    """Load all tables, checked against the schema and typed by it.

    Without ``path``, the folder that the environment variable ``UNREPLIES_DATA`` names, or else the data that belongs
    to this copy of the library. Raises `DataError`, which names every fault by table, row, column and value, and
    `NotADirectoryError` where the variable names no folder; then nothing is loaded.

    >>> ds = load()
    >>> len(ds.replies), len(ds["states"])
    (24, 192)
    >>> ds.replies.dtypes["position"], ds.measures.dtypes["status"].ordered
    (Int64Dtype(), True)
    """
    folder = _folder(path)
    package = descriptor.package_of(folder, descriptor.own_folder())
    return Dataset(folder, package, schema.read_tables(folder, package))


def validate(path: str | Path | None = None) -> Dataset:
    """Load all tables as `load` does, and check too the readings and that every file is the one ``SHA256SUMS`` names.

    Raises `DataError` with the faults of all checks, so that a change that fails no rule is seen as well, and for a
    column that the schema does not know. Where a link, a pipe or a device is in place of a file, nothing is loaded.

    >>> len(validate()) == len(load())
    True
    """
    folder = _folder(path)
    faults = hashes.check(folder) if (folder / descriptor.DESCRIPTOR).exists() else []
    if any(fault.rule == hashes.REGULAR for fault in faults):
        raise DataError(faults)
    try:
        ds = load(folder)
    except DataError as error:
        raise DataError([*error.faults, *faults]) from None
    faults = [*descriptor.added_fields(ds.package), *_faults_of_readings(ds), *faults]
    if faults:
        raise DataError(faults)
    return ds


def _faults_of_readings(ds: Dataset) -> list[Fault]:
    """What fails in the readings that are compared; another report may have none."""
    from . import agreement  # which is made of datasets

    if not any((ds.folder / name).exists() for name in agreement.FOLDERS):
        return []
    try:
        agreement.readings(ds)
    except DataError as error:
        return error.faults
    return []


def _folder(path: str | Path | None) -> Path:
    named = os.environ.get("UNREPLIES_DATA")
    if path is None and named and not Path(named).is_dir():
        raise NotADirectoryError(errno.ENOTDIR, "UNREPLIES_DATA must name a folder", str(Path(named).absolute()))
    return Path(path or named or descriptor.own_folder())


class Dataset(Mapping):
    """The tables of one report: ``ds.replies`` and ``ds["replies"]`` are the same pandas DataFrame.

    A frame is yours to change: whatever is computed afterwards sees the change. `replace` gives a new dataset with
    other frames, checked by the schema; `only` and `where` give one with fewer rows in which every key still resolves.

    >>> ds = load()
    >>> list(ds)[:3]
    ['reports', 'states', 'actors']
    >>> ds.reply
    Traceback (most recent call last):
    ...
    unreplies.errors.UnknownName: there is no table 'reply'; did you mean 'replies'? There are: reports, ...
    """

    def __init__(self, folder: Path, package: dict, frames: dict[str, pd.DataFrame], whole: bool = True):
        #: whether these are all rows of the folder; `audit` and `export` say so of a part
        self.folder, self.package, self.whole, self._frames = folder, package, whole, dict(frames)

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

    def __setattr__(self, name: str, value: object) -> None:
        if name in self.__dict__.get("_frames", ()):
            raise AttributeError(f"a table is not set: ds.replace({name}=frame) gives a new, checked dataset")
        super().__setattr__(name, value)

    def __dir__(self):
        return [*super().__dir__(), *self._frames]

    def _ipython_key_completions_(self):
        return list(self._frames)

    def __repr__(self) -> str:
        version, rows = self.package["version"], sum(map(len, self.values()))
        return visible(f"<unreplies data {version}: {len(self)} tables, {rows} rows>")

    def _repr_html_(self) -> str:
        caption = f"{self.package['title']}, version {self.package['version']}"
        return show(self.tables()[["table", "rows", "one_row"]], caption)._repr_html_()

    def schema_of(self, table: str) -> dict:
        """The schema of a table, as the descriptor has it: ``fields``, ``primaryKey``, ``foreignKeys``."""
        self[table]
        return next(its for its in self.package["resources"] if its["name"] == table)["schema"]

    def tables(self) -> pd.DataFrame:
        """One row per table: ``table``, ``title``, ``rows`` (how many), ``key`` (its primary key), ``one_row`` (what
        one row is).

        >>> load().tables().set_index("table").loc["replies", "rows"]
        np.int64(24)
        """
        return pd.DataFrame(
            {
                "table": its["name"],
                "title": its["title"],
                "rows": len(self[its["name"]]),
                "key": ", ".join(as_list(its["schema"]["primaryKey"])),
                "one_row": its["description"].removeprefix("One row is ").split(". ")[0].rstrip("."),
            }
            for its in self.package["resources"]
        )

    def codebook(self, table: str) -> pd.DataFrame:
        """The fields of a table, one row per field, as the schema has them.

        Columns: ``field``, ``title``, ``type``, ``unit``, ``allowed`` (values, pattern or bounds), ``key`` (primary,
        or the table and field that it refers to), ``description``, ``empty`` (what an empty cell means), ``source``.
        Raises `UnknownName` for a table that does not exist.

        >>> load().codebook("measures").set_index("field").loc["status", "allowed"]
        'in_place, in_progress, urged'
        """
        schema_of, keys = self.schema_of(table), {}
        for name in as_list(schema_of["primaryKey"]):
            keys[name] = ["primary"]
        for key in schema_of.get("foreignKeys", []):
            partner = key["reference"].get("resource") or table
            for name, theirs in zip(as_list(key["fields"]), as_list(key["reference"]["fields"])):
                keys.setdefault(name, []).append(f"{partner}.{theirs}")
        return pd.DataFrame(
            {
                "field": field["name"],
                "title": field["title"],
                "type": field["type"],
                "unit": field.get("unit", ""),
                "allowed": _allowed(field.get("constraints", {})),
                "key": "; ".join(keys.get(field["name"], [])),
                "description": field["description"],
                "empty": field.get("empty", "Never empty."),
                "source": field.get("source", ""),
            }
            for field in schema_of["fields"]
        )

    # Who replied, and whose text is printed

    @property
    def respondents(self) -> pd.DataFrame:
        """Who replied, and of whom it can be said what they report: decided here, for every count.

        One row is one reply, in the order of the report: ``reply_id``, ``position``, ``respondent`` (short name),
        ``respondent_name``, ``respondent_kind`` (``Member State`` or ``organization``), ``respondent_iso3``,
        ``regional_group`` and ``m49_region`` (of a Member State; else empty), ``section``, ``original_language``,
        ``dated``, ``form``, ``n_passages``, ``n_chars`` and ``own_text``: false for a reply that is not reproduced,
        since the text in its place is the Secretary-General's. Those with ``own_text`` alone count, and of so many.

        >>> respondents = load().respondents
        >>> respondents[respondents["own_text"]].groupby("respondent_kind").size().to_dict()
        {'Member State': 8, 'organization': 15}
        """
        replies = self.replies.sort_values(["position", "reply_id"], ignore_index=True)
        columns = {"short_name": "respondent", "name_en": "respondent_name", "iso3": "respondent_iso3"}
        result = _bring(replies, "reply_id", self.actors, "actor_id", columns)
        columns = {"regional_group": "regional_group", "m49_region": "m49_region"}
        result = _bring(result, "respondent_iso3", self.states, "iso3", columns)
        result["respondent_kind"] = pd.Categorical.from_codes(result["respondent_iso3"].isna().astype(int), KINDS)
        result["own_text"] = result["form"] != "not_reproduced"
        first = ["reply_id", "position", *(name for name in _OF_RESPONDENT if name != "own_text")]
        return result[[*first, "n_passages", "n_chars", "own_text"]]

    def joined(self, table: str) -> pd.DataFrame:
        """A table with the columns of the tables that it refers to, ready to group by.

        One row is one row of ``table``, none lost and none doubled. Added are, as far as the table refers to them: of
        the passage ``reply_id``, ``kind``, ``gist_en`` and the domain flags; of the respondent ``respondent``,
        ``respondent_name``, ``respondent_kind``, ``respondent_iso3``, ``regional_group``, ``m49_region``, ``section``,
        ``original_language``, ``dated``, ``reply_form`` and ``own_text`` (see `respondents`); of the instrument, the
        actor, the category, the State and the event their names, types and dates. Empty where the row has no such
        partner: a passage of the introduction has no respondent, and its ``own_text`` is false. Raises `UnknownName`
        for a table that does not exist.

        >>> load().joined("instrument_mentions").groupby("section", observed=True).size().index.to_list()
        ['II', 'III.A', 'III.B']
        """
        return self._joined(table)

    def _joined(self, table: str, wanted: Container[str] | None = None) -> pd.DataFrame:
        """The joined table; of the columns that are brought along, the wanted ones alone."""

        def bring(partner: pd.DataFrame, column: str, key: str, columns: dict[str, str]) -> pd.DataFrame:
            some = {old: new for old, new in columns.items() if wanted is None or new in wanted}
            return _bring(result, column, partner, key, some)

        result = self[table].copy(deep=False)
        for key in self.schema_of(table).get("foreignKeys", []):
            partner, columns = key["reference"].get("resource") or table, as_list(key["fields"])
            if partner in _PARTNERS and partner != table and columns != ["reply_id"]:
                theirs = as_list(key["reference"]["fields"])[0]
                result = bring(self[partner], columns[0], theirs, _PARTNERS[partner])
        for partner, column, theirs in (("passages", "passage_id", "passage_id"), ("states", "iso3", "iso3")):
            if column in result and column not in self[table] and partner != table:  # reached through an event
                result = bring(self[partner], column, theirs, _PARTNERS[partner])
        if "reply_id" in result:
            result = bring(self.respondents, "reply_id", "reply_id", _OF_RESPONDENT)
            result["own_text"] = result["own_text"].astype("boolean").fillna(False).astype(bool)
        return result

    def count_respondents(self, table: str, by: str | list[str]) -> pd.DataFrame:
        """How many respondents there are behind each value of one or more columns of a joined table.

        A respondent counts once for a value, however many of its passages have it, so that long replies do not
        outweigh short ones; rows of the introduction, and of a reply that is not reproduced, count for nobody. The
        footnotes of a reply count as its own, also those of the editors: `who_works_with_whom` tells these apart. One
        row is one value: the columns of ``by`` with their types (an empty value is a value), ``member_states``,
        ``organizations``, ``respondents`` (their sum), and the denominators ``of_member_states``, ``of_organizations``
        and ``of``, all respondents with text of their own. Most respondents first, then in the order of the columns.
        Raises `UnknownName` for a table without respondents, or a column that the joined table has not.

        >>> counts = load().count_respondents("measures", "category_label")
        >>> counts[["category_label", "respondents", "of"]].head(1).to_numpy().tolist()
        [['Cooperation', 20, 23]]
        """
        columns = list(dict.fromkeys(as_list(by)))
        joined = self._joined(table, {*columns, "passage_id", "iso3", "reply_id", "respondent_kind", "own_text"})
        if "own_text" not in joined:
            with_text = [name for name in self if "own_text" in self.joined(name)]
            raise UnknownName("table with respondents", table, with_text)
        for column in columns:
            if column not in joined:
                raise UnknownName(f"column of {table}", column, self.joined(table).columns)
        once = joined[joined["own_text"]].drop_duplicates([*columns, "reply_id"])
        kinds = {
            "member_states": once["respondent_kind"] == KINDS[0],
            "organizations": once["respondent_kind"] == KINDS[1],
        }
        once = once[columns].assign(**{name: flag.astype("int64") for name, flag in kinds.items()})
        counts = once.groupby(columns, observed=True, dropna=False, sort=True)[[*kinds]].sum().reset_index()
        counts["respondents"] = counts["member_states"] + counts["organizations"]
        counts = counts.sort_values("respondents", ascending=False, kind="stable", ignore_index=True)
        return counts.assign(**self.denominators)

    @property
    def denominators(self) -> dict[str, int]:
        """How many respondents have text of their own: ``of_member_states``, ``of_organizations``, ``of`` (both).

        >>> load().denominators
        {'of_member_states': 8, 'of_organizations': 15, 'of': 23}
        """
        respondents = self.respondents
        kinds = respondents.loc[respondents["own_text"], "respondent_kind"].value_counts()
        states, organizations = (int(kinds[kind]) for kind in KINDS)
        return {"of_member_states": states, "of_organizations": organizations, "of": states + organizations}

    # Parts, and other frames

    def only(self, replies: str | Iterable[str]) -> Dataset:
        """The same dataset with some respondents alone: their replies, their passages, and what was coded from them.

        ``replies`` is a reply_id, or several. The introduction stays, and so do the reference tables (States, actors,
        instruments, categories), so that 192 Member States stay 192. Raises `UnknownName` for a reply that does not
        exist.

        >>> ds = load()
        >>> states = ds.only(ds.respondents.query("respondent_kind == 'Member State'")["reply_id"])
        >>> len(states.replies), states.measures["passage_id"].str[:3].nunique()
        (9, 8)
        """
        wanted, known = as_list(replies), set(self.replies["reply_id"])
        for reply in wanted:
            if reply not in known:
                raise UnknownName("reply", reply, self.replies["reply_id"])
        return self.where("replies", self.replies["reply_id"].isin(wanted))

    def where(self, table: str, condition: pd.Series) -> Dataset:
        """The same dataset with only those rows of one table for which the condition holds, and what they lead to.

        Rows of other tables whose key no longer resolves are left out too.

        >>> ds = load()
        >>> ds = ds.where("instrument_mentions", ds.instrument_mentions["relation"] != "cites")
        >>> "cites" in set(ds.instrument_mentions["relation"])
        False
        """
        frames, shrunk = {**self._frames, table: self[table][condition].reset_index(drop=True)}, {table}
        while shrunk:
            shrunk = {name for name in frames if self._drop_dangling(frames, name, shrunk)}
        return Dataset(self.folder, self.package, frames, whole=False)

    def _drop_dangling(self, frames: dict[str, pd.DataFrame], table: str, shrunk: set[str]) -> bool:
        """Drop the rows whose key no longer resolves in one of the shrunk tables; returns whether there were any."""
        frame, before = frames[table], len(frames[table])
        for key in self.schema_of(table).get("foreignKeys", []):
            partner = key["reference"].get("resource") or table
            if partner in shrunk:
                column, theirs = as_list(key["fields"])[0], as_list(key["reference"]["fields"])[0]
                frame = frame[frame[column].isna() | frame[column].isin(frames[partner][theirs])]
        frames[table] = frame.reset_index(drop=True)
        return len(frame) < before

    def replace(self, **frames: pd.DataFrame) -> Dataset:
        """The same dataset with other frames in place of some tables, checked by the schema and typed by it.

        Raises `UnknownName` for a table that does not exist, and `DataError` with every fault.

        >>> ds = load()
        >>> fewer = ds.replace(measures=ds.measures.assign(status="in_place"))
        >>> fewer.measures["status"].nunique(), ds.measures["status"].nunique()
        (1, 3)
        """
        for name in frames:
            self[name]
        checked = schema.check_frames(self.package, {**self._frames, **frames})
        return Dataset(self.folder, self.package, checked, self.whole)

    # The way back to the source

    def _coded_from(self, passage_id: str, table: str) -> pd.DataFrame:
        rows = self.joined(table)
        return rows[rows["passage_id"] == passage_id]  # not `query`, which is slow: the site asks thousands of times

    def evidence(self, passage_id: str) -> Evidence:
        """Everything that was coded from one passage, with its gist and its place in the source.

        Raises `UnknownName` for a passage that does not exist.

        >>> load().evidence("iaea.08").address
        'A/66/115, Chinese edition, IAEA, passage iaea.08, characters 6748-7059 of the normalised text'
        """
        found = self._coded_from(passage_id, "passages")
        if found.empty:
            raise UnknownName("passage", passage_id, self.passages["passage_id"])
        passage, report = found.iloc[0], self.reports.iloc[0]
        spans = self.passage_places.set_index("passage_id").loc[passage_id, "spans"].replace(";", " and ")
        owner = "" if pd.isna(passage["respondent"]) else f"{passage['respondent']}, "
        address = f"{report['symbol']}, {label(report['edition_language'])} edition, {owner}passage {passage_id}, "
        address += f"characters {spans} of the normalised text"
        parts = {}
        for name, columns in _EVIDENCE.items():
            rows = self._coded_from(passage_id, name)[columns]
            if len(rows):
                parts[name] = rows.dropna(axis="columns", how="all").reset_index(drop=True)
        titles = self.tables().set_index("table")["title"]
        return Evidence(passage, address, parts, titles.to_dict())


class Evidence:
    """What was coded from one passage: ``passage`` (its row), ``address`` (its place), ``tables`` (the coded rows)."""

    def __init__(self, passage: pd.Series, address: str, tables: dict[str, pd.DataFrame], titles: dict[str, str]):
        self.passage, self.address, self.tables, self._titles = passage, address, tables, titles

    @property
    def gist(self) -> str:
        """The passage's gist; empty for a passage that has none."""
        return "" if pd.isna(self.passage["gist_en"]) else self.passage["gist_en"]

    def _shown(self):
        return [show(rows, self._titles[name]) for name, rows in self.tables.items()]

    def __repr__(self) -> str:
        return "\n\n".join([visible(self.address), visible(self.gist), *map(repr, self._shown())])

    def _repr_html_(self) -> str:
        first = f"<p><b>{escape(self.address)}</b></p><p>{escape(self.gist)}</p>"
        return "\n".join([first, *(table._repr_html_() for table in self._shown())])


def _allowed(rules: dict) -> str:
    bounds = [f"{word} {rules[rule]}" for rule, word in (("minimum", "from"), ("maximum", "to")) if rule in rules]
    return ", ".join(rules.get("enum", [])) or rules.get("pattern") or " ".join(bounds)


def _bring(left: pd.DataFrame, column: str, right: pd.DataFrame, key: str, columns: dict[str, str]) -> pd.DataFrame:
    """The left table with columns of the right one, by their old and new names; a row has one partner or none."""
    wanted = {old: new for old, new in columns.items() if new not in left.columns}
    place = pd.Index(right[key]).get_indexer(left[column])  # -1: no partner; raises where a row would double
    return left.assign(**{new: right[old].array.take(place, allow_fill=True) for old, new in wanted.items()})
