"""Prove the data against the text of the report: nothing invented, nothing overlooked."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from . import completeness
from .dataset import DOMAINS, Dataset
from .errors import Fault
from .rows import normalise, passage_texts, sha256
from .text import day

_MATERIALS = [flag for flag in DOMAINS if flag not in ("delivery", "wmd_general")]
_GIST_WORDS = 25
_TEXT = ("paragraph", "list_item")
_OF_REPORT = ("symbol", "job_number", "title_zh", "letters_sent", "note_verbale", "cutoff")
#: A number as the report prints it.
_DIGITS = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_NUMERALS = {**dict(zip("一二三四五六七八九十", range(1, 11))), "两": 2}


@dataclass
class Audit:
    """What an audit checked, in figures, and every fault that it found.

    ``checked`` maps what was checked to how many; ``explained`` counts, by rule, the occurrences of known names
    that are not coded for a reason; ``faults`` are the rows that the source contradicts and the names that
    occur in it uncoded and unexplained.
    """

    checked: dict[str, int] = field(default_factory=dict)
    explained: dict[str, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def __str__(self) -> str:
        width = max(map(len, [*self.checked, *self.explained]), default=0)
        lines = ["Checked against the source:"]
        lines += [f"  {what:<{width}}  {number:>6,}" for what, number in self.checked.items()]
        lines += ["Names not coded, by the rule that excludes them:"]
        lines += [f"  {what:<{width}}  {number:>6,}" for what, number in self.explained.items()]
        lines += [f"{len(self.faults)} fault{'' if len(self.faults) == 1 else 's'}"]
        lines += [f"  {fault}" for fault in self.faults]
        return "\n".join(lines)


def audit(ds: Dataset, source: str | Path) -> Audit:
    """Check every row of the data against the text of the report.

    ``source`` is the text file of the Chinese edition. Checked are: the document's length and hash; that the passages
    cover it without gap or overlap; every passage's length and hash; the printed words of every row at their offsets;
    names, symbols and dates that the data takes from the report; the lengths given for replies; the numbers printed in
    quantities and in names; rules of the codebook that a descriptor cannot hold (keys that fit their passage, domain
    flags, gists, precision and bounds of dates). Backwards, for completeness: every occurrence of a known name of an
    instrument or actor in a coded kind of passage that no mention covers must be explained by a rule of the codebook or
    be in the table ``audit_exclusions``. The names are those that the data know; a text that is named but once, and
    without title marks or number, is found by reading only.

    Raises `ValueError` for a part of a dataset, `OSError` where the file cannot be read and `UnicodeDecodeError` where
    it is not UTF-8.

    An example that runs wherever the text is available: ``print(ur.audit(ur.load(), "a-66-115.zh.txt"))``.
    """
    if not ds.whole:
        raise ValueError("the audit needs all rows: this dataset is a part (made by only or where); audit ur.load()")
    result = Audit()
    document = normalise(Path(source).read_bytes().decode("utf-8-sig"))  # a mark that a program has added is no text
    _check_document(ds, document, result)
    texts = _check_passages(ds, document, result)
    _check_surfaces(ds, texts, result)
    _check_printed(ds, texts, result)
    _check_rules(ds, result)
    _check_dates(ds, result)
    _check_numbers(ds, result)
    completeness.check(ds, texts, result)
    return result


def _check_document(ds: Dataset, document: str, result: Audit) -> None:
    report = ds.reports.iloc[0]
    for column, found in (("n_chars", len(document)), ("sha256", sha256(document))):
        if found != report[column]:
            message = f"the text has {found}: it is not the edition that was coded, or was changed"
            result.faults.append(Fault("reports", 1, column, str(report[column]), "source", message))
    result.checked["characters of the document"] = len(document)


def _check_passages(ds: Dataset, document: str, result: Audit) -> dict[str, str]:
    texts, pieces = passage_texts(ds, document), []
    placed = ds.passages.merge(ds.passage_places, on="passage_id", how="left")
    for number, row in enumerate(placed.itertuples(), 1):
        if pd.isna(row.spans):
            result.faults.append(Fault("passages", number, "passage_id", row.passage_id, "tiling", "it has no place"))
            texts[row.passage_id] = ""
            continue
        spans = [tuple(map(int, span.split("-"))) for span in row.spans.split(";")]
        pieces += [(start, end, row.passage_id, number) for start, end in spans]
        text = texts[row.passage_id]
        if len(text) != row.n_chars:
            message = f"passage {row.passage_id} has {len(text)} characters in the source"
            result.faults.append(Fault("passages", number, "n_chars", str(row.n_chars), "source", message))
        if sha256(text) != row.sha256:
            message = f"passage {row.passage_id} reads differently in the source"
            result.faults.append(Fault("passage_places", number, "sha256", row.sha256[:12] + "…", "source", message))
    position, before = 0, "the beginning"
    for start, end, passage, number in sorted(pieces):
        if start != position:
            what = "a gap" if start > position else "an overlap"
            message = f"{what} of {abs(start - position)} characters between {before} and {passage}"
            result.faults.append(Fault("passage_places", number, "spans", f"{start}-{end}", "tiling", message))
        position, before = max(position, end), passage
    if position != len(document):
        message = f"the passages end at {position}, the document at {len(document)}"
        result.faults.append(Fault("passage_places", None, "spans", str(position), "tiling", message))
    result.checked["passages: tiling, length, hash"] = len(texts)
    return texts


def _check_surfaces(ds: Dataset, texts: dict[str, str], result: Audit) -> None:
    kinds = ds.passages.set_index("passage_id")["kind"]
    for table in ("instrument_mentions", "actor_mentions", "quantities", "audit_exclusions"):
        for number, row in enumerate(ds[table].itertuples(), 1):
            found = texts[row.passage_id][row.start : row.end]
            if (found, row.end - row.start) != (row.surface, len(row.surface)):
                message = f"{row.passage_id} has {found!r} from {row.start} to {row.end}"
                result.faults.append(Fault(table, number, "surface", row.surface, "source", message))
            if kinds[row.passage_id] not in completeness.CODED_KINDS:
                message = f"{row.passage_id} is a {kinds[row.passage_id]}; nothing is coded there"
                result.faults.append(Fault(table, number, "passage_id", row.passage_id, "codebook", message))
        result.checked[f"{table}: as printed, at the offsets"] = len(ds[table])


def _check_printed(ds: Dataset, texts: dict[str, str], result: Audit) -> None:
    """Names, symbols and dates that the data takes from the report are printed in it."""
    whole, dates = "\n".join(texts.values()), ds.passages[ds.passages["kind"] == "date"]
    of_replies = {row.reply_id: texts[row.passage_id] for row in dates.itertuples()}
    for table, column, where in (
        *(("reports", name, [whole] * len(ds.reports)) for name in _OF_REPORT),
        *((name, "name_zh", [whole] * len(ds[name])) for name in ("actors", "instruments")),
        ("replies", "dated", [of_replies.get(reply, "") for reply in ds.replies["reply_id"]]),
        *(("events", name, ds.events["passage_id"].map(texts)) for name in ("date", "date_end")),
        ("quantities", "as_of", ds.quantities["passage_id"].map(texts)),
    ):
        given = ds[table][column]
        known = ds[table].get(f"{column}_precision", pd.Series("day", given.index)).fillna("day")
        absent = [not re.search(_as_printed(value, how), text) for value, how, text in zip(given, known, where)]
        _rule(ds, result, table, column, absent, "the report does not print it there", "source")
        what = "names as printed" if given.dtype == "str" else "dates as printed"
        result.checked[what] = result.checked.get(what, 0) + int(given.notna().sum())


def _as_printed(value: str | pd.Timestamp, known: str) -> str:
    """A pattern of what the report prints: a name, or a date as far as it is known, of which a part may be apart."""
    if pd.isna(value) or isinstance(value, str):
        return "" if pd.isna(value) else re.escape(value)
    parts = zip(day(value, known).split("-"), "年月日")
    return ".*?(?<![0-9])".join(f"{int(number)}{sign}" for number, sign in parts)


def _rule(ds: Dataset, result: Audit, table: str, column: str, bad, message: str, rule: str = "codebook") -> None:
    """Note as faults the rows of a table for which ``bad`` holds; ``message`` may name columns in braces."""
    rows = ds[table].reset_index(drop=True)
    for place in rows.index[pd.array(bad, dtype="boolean").fillna(False)]:
        value = rows[column][place]
        shown = "" if pd.isna(value) else str(value.date() if isinstance(value, pd.Timestamp) else value)
        told = message.format_map(rows.loc[place])
        result.faults.append(Fault(table, int(place) + 1, column, shown, rule, told))


def _check_rules(ds: Dataset, result: Audit) -> None:
    """Rules of the codebook that join cells of a row, or rows of two tables."""
    _check_passage_rules(ds, result)
    _check_reply_rules(ds, result)
    for table, key in (
        ("instrument_mentions", "mention_id"),
        ("quantities", "quantity_id"),
        ("anomalies", "anomaly_id"),
    ):
        misfit = ds[table][key].str.rsplit("-", n=1).str[0] != ds[table]["passage_id"]
        _rule(ds, result, table, key, misfit, "does not fit the passage {passage_id}")
    doubled = ds.instrument_mentions.duplicated(["passage_id", "start", "end"])
    _rule(ds, result, "instrument_mentions", "start", doubled, "coded twice")
    result.checked["keys: passage and place"] = len(ds.instrument_mentions) + len(ds.quantities) + len(ds.anomalies)
    elsewhere = ~ds.joined("measures")["kind"].isin(_TEXT)
    _rule(ds, result, "measures", "passage_id", elsewhere, "measures are coded in paragraphs and list items only")
    result.checked["measures: kind of passage"] = len(ds.measures)
    strange = [not _prints(row.surface, row.value) for row in ds.quantities.itertuples()]
    _rule(ds, result, "quantities", "value", strange, "no such number is printed in {surface}")
    result.checked["quantities: the number printed"] = len(ds.quantities)


def _check_passage_rules(ds: Dataset, result: Audit) -> None:
    passages, replies = ds.passages, set(ds.replies["reply_id"])
    owner, coded = passages["passage_id"].str.split(".").str[0], passages["kind"].isin(_TEXT)
    with_gist = coded | passages["kind"].eq("footnote")
    some = passages[_MATERIALS].fillna(False).any(axis=1)
    for column, bad, message in (
        (
            "ordinal",
            passages["ordinal"].map("{:02d}".format) != passages["passage_id"].str.split(".").str[1],
            "does not fit the key {passage_id}",
        ),
        (
            "reply_id",
            owner.where(owner.isin(replies), "") != passages["reply_id"].fillna(""),
            "does not fit the key {passage_id}",
        ),
        (
            "gist_en",
            passages["gist_en"].notna() != with_gist,
            "paragraphs, list items and footnotes have a gist, no others",
        ),
        ("gist_en", passages["gist_en"].str.split().str.len() > _GIST_WORDS, f"more than {_GIST_WORDS} words"),
        (
            "wmd_general",
            coded & (passages["wmd_general"] == some),
            "set exactly when none of the others is, delivery apart",
        ),
    ):
        _rule(ds, result, "passages", column, bad, message)
    for flag in DOMAINS:
        message = "paragraphs and list items have all domain flags, no others"
        _rule(ds, result, "passages", flag, passages[flag].notna() != coded, message)
    result.checked["passages: gist and domain flags"] = len(passages)


def _check_reply_rules(ds: Dataset, result: Audit) -> None:
    text = ds.passages[ds.passages["kind"].isin(_TEXT)].groupby("reply_id")["n_chars"].agg(["size", "sum"])
    text = text.reindex(ds.replies["reply_id"], fill_value=0).reset_index(drop=True)
    kinds = ds.respondents.set_index("reply_id")["respondent_kind"].reindex(ds.replies["reply_id"]).to_numpy()
    for column, bad, message in (
        ("n_passages", ds.replies["n_passages"] != text["size"], "its passages are not as many"),
        ("n_chars", ds.replies["n_chars"] != text["sum"], "its passages do not have as many characters"),
        (
            "section",
            (ds.replies["section"] == "II") != (kinds == "Member State"),
            "section II is of Member States, no other section is",
        ),
    ):
        _rule(ds, result, "replies", column, bad, message)
    result.checked["replies: passages and characters"] = len(ds.replies)


def _prints(surface: str, value: float) -> bool:
    """Whether a surface prints the number, in digits or as a Chinese numeral; one without any number says nothing."""
    printed = {float(digits) for digits in _DIGITS.findall(surface.replace(",", ""))}
    printed = printed or {float(_NUMERALS[sign]) for sign in surface if sign in _NUMERALS}
    return not printed or value in printed


def _check_dates(ds: Dataset, result: Audit) -> None:
    """Dates: their precision, and their bounds by the report's own dates and the century before and after them."""
    for table, column in (("events", "date"), ("events", "date_end"), ("instruments", "adopted")):
        dates, known = ds[table][column], ds[table][f"{column}_precision"]
        message = f"goes with {column}, both or neither"
        _rule(ds, result, table, f"{column}_precision", dates.isna() != known.isna(), message)
        late = ((known != "day") & (dates.dt.day != 1)) | ((known == "year") & (dates.dt.month != 1))
        message = "it must be the first day of what is known"
        _rule(ds, result, table, column, dates.notna() & known.notna() & late, message)
        result.checked["dates: precision"] = result.checked.get("dates: precision", 0) + len(dates)
    report, century = ds.reports.iloc[0], pd.DateOffset(years=100)
    early, cutoff, late = report["cutoff"] - century, report["cutoff"], report["cutoff"] + century
    asked = ds.replies["section"].eq("II").map({True: report["note_verbale"], False: report["letters_sent"]})
    adopted = ds.instruments["adopted"]
    latest = ds.instruments["instrument_type"].eq("draft_treaty").map({True: late, False: cutoff})
    for table, column, low, high, message in (
        ("replies", "dated", asked, cutoff, "not between the request and the cut-off"),
        ("events", "date", early, cutoff, "after the cut-off, or more than a century before it"),
        ("events", "date_end", ds.events["date"], cutoff, "before its beginning, or after the cut-off"),
        ("quantities", "as_of", early, cutoff, "after the cut-off, or more than a century before it"),
        ("instruments", "adopted", early, latest, "a century away, or after the cut-off and no draft treaty"),
        ("instruments", "in_force", adopted.fillna(early), late, "before adoption, or a century away"),
    ):
        dates = ds[table][column]
        _rule(ds, result, table, column, (dates < low) | (dates > high), message)
        result.checked["dates: bounds"] = result.checked.get("dates: bounds", 0) + int(dates.notna().sum())
    forceful = ds.events["title_en"].str.startswith("Entry into force")
    with_actors = ds.events["event_id"].isin(ds.event_actors["event_id"])
    _rule(ds, result, "events", "event_id", forceful & with_actors, "an entry into force has no actors")
    result.checked["events: entries into force without actors"] = int(forceful.sum())


def _check_numbers(ds: Dataset, result: Audit) -> None:
    """Every number in a surface is borne by the instrument or actor, or an anomaly sets it against one that is."""
    misprints = ds.anomalies[ds.anomalies["anomaly_type"].isin(["wrong_number", "wrong_year"])]
    notes = misprints.groupby("passage_id")["note_en"].agg(" ".join).to_dict()
    instruments = ds.instruments.assign(year=ds.instruments["adopted"].dt.year.astype("Int64"))
    for table, key, named, columns in (
        ("instrument_mentions", "instrument_id", instruments, ["name_en", "short_name", "symbol", "year"]),
        ("actor_mentions", "actor_id", ds.actors, ["name_en", "short_name"]),
    ):
        borne = {row[0]: set(_DIGITS.findall(str(row[1:]))) for row in named[[key, *columns]].itertuples(index=False)}
        for number, row in enumerate(ds[table].itertuples(), 1):
            own, told = borne[getattr(row, key)], set(_DIGITS.findall(notes.get(row.passage_id, "")))
            strange = set(_DIGITS.findall(row.surface)) - own
            if strange and not (strange <= told and own & told):
                message = f"{getattr(row, key)} does not bear {', '.join(sorted(strange))}, and no anomaly says so"
                result.faults.append(Fault(table, number, "surface", row.surface, "codebook", message))
        result.checked[f"{table}: numbers in what is printed"] = len(ds[table])
