"""Prove the data against the text of the report: nothing invented, nothing overlooked."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from .dataset import Dataset
from .errors import Fault

#: Passages in which mentions, measures and quantities are coded.
CODED_KINDS = ("paragraph", "list_item", "subheading", "footnote")
_DOMAINS = ["nuclear", "radiological", "chemical", "biological", "explosive"]
_GIST_WORDS = 25
#: A number as the report prints it.
_DIGITS = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_NUMERALS = {**dict(zip("一二三四五六七八九十", range(1, 11))), "两": 2}
#: A title in its marks, or an act with its number: what must be a mention even if no such name is known yet.
_TITLE = re.compile(r"《[^》]+》|第[0-9/]+(?:\([0-9]+\))?号(?:决议|法令|决定)")


def normalise(text: str) -> str:
    """Unicode NFKC, then every whitespace character removed: the text that all offsets and hashes refer to.

    Where a mark stood apart from its letter by a space alone, the two are composed after that, so that normalising
    once more changes nothing.

    >>> normalise("第 1540(2004)\\n号 决议７")
    '第1540(2004)号决议7'
    """
    return unicodedata.normalize("NFKC", "".join(unicodedata.normalize("NFKC", text).split()))


@dataclass
class Audit:
    """What an audit checked, in figures, and every fault that it found.

    ``checked`` maps what was checked to how many; ``explained`` counts, by rule, the occurrences of known names
    that are not coded for a reason; ``faults`` are the rows that the source contradicts and the names that
    stand in it uncoded and unexplained.
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

    ``source`` is the text file of the Chinese edition. Checked are: the document's length and hash; that the
    passages tile it without gap or overlap; every passage's length and hash; every surface at its offsets; the
    lengths given for replies; the numbers printed in quantities and in names; rules of the codebook that a descriptor
    cannot hold (keys that fit their passage, domain flags, gists, precision and bounds of dates). Backwards, for
    completeness: every occurrence of a known name of an instrument or actor in a coded kind of passage that no mention
    covers must be explained by a rule of the codebook or stand in the table ``audit_exclusions``. The names are those
    that the data know; a text that is named but once, and without title marks or number, is found by reading only.

    Raises `ValueError` for a part of a dataset, `OSError` where the file cannot be read and `UnicodeDecodeError` where
    it is not UTF-8.

    An example that runs wherever the text is at hand: ``print(ur.audit(ur.load(), "a-66-115.zh.txt"))``.
    """
    if not ds.whole:
        raise ValueError("the audit needs all rows: this dataset is a part (made by only or where); audit ur.load()")
    result = Audit()
    document = normalise(Path(source).read_bytes().decode("utf-8"))
    _check_document(ds, document, result)
    texts = _check_passages(ds, document, result)
    _check_surfaces(ds, texts, result)
    _check_rules(ds, result)
    _check_dates(ds, result)
    _check_numbers(ds, result)
    _check_completeness(ds, texts, result)
    return result


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _check_document(ds: Dataset, document: str, result: Audit) -> None:
    for number, report in enumerate(ds.reports.itertuples(), 1):
        if len(document) != report.n_chars:
            message = f"the text has {len(document):,} normalised characters"
            result.faults.append(Fault("reports", number, "n_chars", str(report.n_chars), "source", message))
        if _sha256(document) != report.sha256:
            message = "the text is not the edition that was coded, or was changed"
            result.faults.append(Fault("reports", number, "sha256", report.sha256[:12] + "…", "source", message))
    result.checked["characters of the document"] = len(document)


def passage_texts(ds: Dataset, document: str) -> dict[str, str]:
    """The normalised text of every passage, by its key, cut from the normalised document."""
    pieces = {
        row.passage_id: [span.split("-") for span in row.spans.split(";")] for row in ds.passage_places.itertuples()
    }
    return {key: "".join(document[int(start) : int(end)] for start, end in spans) for key, spans in pieces.items()}


def _check_passages(ds: Dataset, document: str, result: Audit) -> dict[str, str]:
    texts, pieces = passage_texts(ds, document), []
    placed = ds.passages.merge(ds.passage_places, on="passage_id", how="left")
    for number, row in enumerate(placed.itertuples(), 1):
        if pd.isna(row.spans):
            result.faults.append(Fault("passages", number, "passage_id", row.passage_id, "tiling", "it has no place"))
            continue
        spans = [tuple(map(int, span.split("-"))) for span in row.spans.split(";")]
        pieces += [(start, end, row.passage_id, number) for start, end in spans]
        text = texts[row.passage_id]
        if len(text) != row.n_chars:
            message = f"passage {row.passage_id} has {len(text)} characters in the source"
            result.faults.append(Fault("passages", number, "n_chars", str(row.n_chars), "source", message))
        if _sha256(text) != row.sha256:
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
            if kinds[row.passage_id] not in CODED_KINDS:
                message = f"{row.passage_id} is a {kinds[row.passage_id]}; nothing is coded there"
                result.faults.append(Fault(table, number, "passage_id", row.passage_id, "codebook", message))
        result.checked[f"{table}: surface at its offsets"] = len(ds[table])


def _check_rules(ds: Dataset, result: Audit) -> None:
    """Rules of the codebook that join cells of a row, or rows of two tables."""

    def fault(table, number, column, value, message):
        result.faults.append(Fault(table, number, column, "" if pd.isna(value) else str(value), "codebook", message))

    coded = {"paragraph", "list_item"}
    for number, row in enumerate(ds.passages.itertuples(), 1):
        owner = row.passage_id.split(".")[0]
        if row.passage_id != f"{owner}.{row.ordinal:02d}":
            fault("passages", number, "ordinal", row.ordinal, f"does not fit the key {row.passage_id}")
        if (owner if owner in set(ds.replies["reply_id"]) else None) != (
            None if pd.isna(row.reply_id) else row.reply_id
        ):
            fault("passages", number, "reply_id", row.reply_id, f"does not fit the key {row.passage_id}")
        if pd.isna(row.gist_en) == (row.kind in coded | {"footnote"}):
            fault(
                "passages",
                number,
                "gist_en",
                row.gist_en,
                "paragraphs, list items and footnotes have a gist, no others",
            )
        elif not pd.isna(row.gist_en) and len(row.gist_en.split()) > _GIST_WORDS:
            fault("passages", number, "gist_en", row.gist_en, f"more than {_GIST_WORDS} words")
        flags = {name: getattr(row, name) for name in (*_DOMAINS, "delivery", "wmd_general")}
        odd = [name for name, flag in flags.items() if pd.isna(flag) == (row.kind in coded)]
        if odd:
            fault(
                "passages", number, odd[0], flags[odd[0]], "paragraphs and list items have all domain flags, no others"
            )
        elif row.kind in coded and row.wmd_general == any(flags[name] for name in _DOMAINS):
            fault(
                "passages",
                number,
                "wmd_general",
                row.wmd_general,
                "set exactly when none of the others is, delivery apart",
            )
    result.checked["passages: gist and domain flags"] = len(ds.passages)

    text = ds.passages[ds.passages["kind"].isin(coded)].groupby("reply_id")["n_chars"].agg(["size", "sum"])
    of_a_state = set(ds.actors.loc[ds.actors["iso3"].notna(), "actor_id"])
    for number, row in enumerate(ds.replies.itertuples(), 1):
        size, chars = text.loc[row.reply_id] if row.reply_id in text.index else (0, 0)
        if row.n_passages != size:
            fault("replies", number, "n_passages", row.n_passages, f"its passages are {size}")
        if row.n_chars != chars:
            fault("replies", number, "n_chars", row.n_chars, f"its passages have {chars} characters")
        if (row.section == "II") != (row.reply_id in of_a_state):
            fault("replies", number, "section", row.section, "section II is of Member States, no other section is")
    result.checked["replies: passages and characters"] = len(ds.replies)

    for table, key in (
        ("instrument_mentions", "mention_id"),
        ("quantities", "quantity_id"),
        ("anomalies", "anomaly_id"),
    ):
        for number, (value, passage) in enumerate(zip(ds[table][key], ds[table]["passage_id"]), 1):
            if value.rpartition("-")[0] != passage:
                fault(table, number, key, value, f"does not fit the passage {passage}")
    doubled = ds.instrument_mentions.duplicated(["passage_id", "start", "end"])
    for number in doubled[doubled].index + 1:
        fault("instrument_mentions", number, "start", ds.instrument_mentions["start"][number - 1], "coded twice")
    result.checked["keys: passage and place"] = len(ds.instrument_mentions) + len(ds.quantities) + len(ds.anomalies)

    kinds = ds.passages.set_index("passage_id")["kind"]
    for number, row in enumerate(ds.measures.itertuples(), 1):
        if kinds[row.passage_id] not in coded:
            fault(
                "measures", number, "passage_id", row.passage_id, "measures are coded in paragraphs and list items only"
            )
    result.checked["measures: kind of passage"] = len(ds.measures)

    for number, row in enumerate(ds.quantities.itertuples(), 1):
        printed = {float(digits) for digits in _DIGITS.findall(row.surface.replace(",", ""))}
        printed |= {float(_NUMERALS[sign]) for sign in row.surface if sign in _NUMERALS} if not printed else set()
        if printed and row.value not in printed:
            fault("quantities", number, "value", row.value, f"no such number is printed in {row.surface}")
    result.checked["quantities: the number printed"] = len(ds.quantities)

    dates = 0
    for table, column, precision in (
        ("events", "date", "date_precision"),
        ("events", "date_end", "date_end_precision"),
        ("instruments", "adopted", "adopted_precision"),
    ):
        for number, (date, level) in enumerate(zip(ds[table][column], ds[table][precision]), 1):
            dates += 1
            if pd.isna(date) != pd.isna(level):
                fault(table, number, precision, level, f"goes with {column}, both or neither")
            elif not pd.isna(date) and ((level != "day" and date.day != 1) or (level == "year" and date.month != 1)):
                fault(table, number, column, date.date(), f"with precision {level} it must be the first day of it")
    result.checked["dates: precision"] = dates

    for number, row in enumerate(ds.events.itertuples(), 1):
        if not pd.isna(row.date_end) and row.date_end < row.date:
            fault("events", number, "date_end", row.date_end.date(), "ends before it begins")
    groups = ds.event_actors.groupby("event_id").size()
    forceful = ds.events[ds.events["title_en"].str.startswith("Entry into force")]
    for number, row in zip(forceful.index + 1, forceful.itertuples()):
        if row.event_id in groups.index:
            fault("events", number, "event_id", row.event_id, "an entry into force has no actors")
    result.checked["events: entries into force without actors"] = len(forceful)


def _check_dates(ds: Dataset, result: Audit) -> None:
    """Dates against the report's own: the requests, the cut-off, and the century before and after it."""
    report, century = ds.reports.iloc[0], pd.DateOffset(years=100)
    cutoff, kind = report["cutoff"], ds.instruments["instrument_type"]
    early, late = cutoff - century, cutoff + century
    asked = ds.replies["section"].eq("II").map({True: report["note_verbale"], False: report["letters_sent"]})
    latest = kind.eq("draft_treaty").map({True: late, False: cutoff})
    for table, column, low, high, message in (
        ("replies", "dated", asked, cutoff, "not between the request and the cut-off"),
        ("events", "date", early, cutoff, "after the cut-off, or more than a century before it"),
        ("events", "date_end", early, cutoff, "after the cut-off, or more than a century before it"),
        ("quantities", "as_of", early, cutoff, "after the cut-off, or more than a century before it"),
        ("instruments", "adopted", early, latest, "a century away, or after the cut-off and no draft treaty"),
        (
            "instruments",
            "in_force",
            ds.instruments["adopted"].fillna(early),
            late,
            "before adoption, or a century away",
        ),
    ):
        dates = ds[table][column]
        for index, date in dates[(dates < low) | (dates > high)].items():
            result.faults.append(Fault(table, index + 1, column, str(date.date()), "codebook", message))
        result.checked["dates: bounds"] = result.checked.get("dates: bounds", 0) + int(dates.notna().sum())


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
        result.checked[f"{table}: numbers in surfaces"] = len(ds[table])


def _check_completeness(ds: Dataset, texts: dict[str, str], result: Audit) -> None:
    names = _known_names(ds, texts)
    passages = ds.passages[ds.passages["kind"].isin(CODED_KINDS)].set_index("passage_id")
    coded, own, starts = defaultdict(list), defaultdict(set), defaultdict(set)
    for row in ds.instrument_mentions.itertuples():
        coded[row.passage_id].append((row.start, row.end))
        starts[row.passage_id].add(row.start)
    for row in ds.actor_mentions.itertuples():
        coded[row.passage_id].append((row.start, row.end))
        own[row.passage_id].add(row.actor_id)
    excluded = {(r.table, r.passage_id, r.start, r.end): r.rule for r in ds.audit_exclusions.itertuples()}
    used, explained, occurrences = set(), Counter(), 0
    for passage_id in passages.index:
        text, reply = texts[passage_id], passages.loc[passage_id, "reply_id"]
        titles = [("instrument_mentions", title, frozenset()) for title in sorted(set(_TITLE.findall(text)))]
        for table, name, ids in [*names, *titles]:
            start = text.find(name)
            while start >= 0:
                end, occurrences = start + len(name), occurrences + 1
                rule, marked = None, name.startswith("《")  # an actor's surface leaves the title marks out
                nested = table == "instrument_mentions" and _TITLE.fullmatch(name)  # a mention too inside another name
                spans = [(a, b) for a, b in coded[passage_id] if not nested or b in (end, end - marked)]
                if any(a <= start + marked and end - marked <= b for a, b in spans):
                    rule = "coded, or inside a coded name"
                elif (table, passage_id, start, end) in excluded:
                    rule = excluded[table, passage_id, start, end]
                    used.add((table, passage_id, start, end))
                elif table == "actor_mentions" and end in starts[passage_id]:
                    rule = "the issuer directly before a coded instrument"
                elif table == "actor_mentions" and reply in ids:
                    rule = "the respondent in its own reply"
                elif table == "actor_mentions" and ids & own[passage_id]:
                    rule = "coded once in the passage already"
                elif not nested and any(a <= start and end <= b for a, b in _longer(names, text, name, start)):
                    rule = "inside a longer known name"
                if rule:
                    explained[rule] += 1
                else:
                    around = f"not coded in {passage_id} at {start}-{end}, and no rule excludes it"
                    result.faults.append(Fault(table, None, "surface", name, "completeness", around))
                start = text.find(name, start + 1)
    for row, key in enumerate(excluded, 1):
        if key not in used:
            message = f"excludes nothing: no known name stands in {key[1]} at {key[2]}-{key[3]}"
            result.faults.append(Fault("audit_exclusions", row, "start", str(key[2]), "completeness", message))
    result.checked["known names looked for, beside every title in marks and numbered act"] = len(names)
    result.checked["occurrences found"] = occurrences
    result.explained = dict(explained.most_common())


def _known_names(ds: Dataset, texts: dict[str, str]) -> list[tuple[str, str, frozenset]]:
    """Every name by which the source calls an instrument or actor: (table, name, the ids that bear it).

    Taken from the surfaces, from the actors' ``name_zh``, and from the short forms that the source gives in brackets.
    """
    known = defaultdict(set)
    for row in ds.instrument_mentions.itertuples():
        if row.form != "described":  # a description is no name
            known["instrument_mentions", row.surface].add(row.instrument_id)
            known["instrument_mentions", row.surface.strip("《》“”")].add(row.instrument_id)
    for row in ds.actor_mentions.itertuples():
        known["actor_mentions", row.surface].add(row.actor_id)
    for row in ds.actors.itertuples():
        known["actor_mentions", row.name_zh].add(row.actor_id)
    for (table, name), ids in list(known.items()):
        if table == "actor_mentions":
            for short in re.findall(re.escape(name) + r"\((\w{2,8})\)", "".join(texts.values())):
                known[table, short] |= ids
    return [(table, name, frozenset(ids)) for (table, name), ids in known.items()]


def _longer(names, text: str, name: str, start: int) -> list[tuple[int, int]]:
    """Where a longer known name, coded or not, covers this occurrence."""
    spans = []
    for _, other, _ in names:
        if name in other and other != name:
            first = text.find(other, max(0, start - len(other) + len(name)))
            if 0 <= first <= start:
                spans.append((first, first + len(other)))
    return spans
