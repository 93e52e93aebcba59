"""What the data is and is not, its anomalies, and what the findings do under other counting rules.

For the notebook ``07_how_far_to_trust_it``. A finding is a statement that is tested, never assumed: one function gives
its truth and its figures from the dataset under any rule. Where a rule changes nothing that a finding counts, or takes
away what it compares, the finding is neither confirmed nor contradicted: the rule is not applicable.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from . import agreement, events_and_figures, style, what_was_done, when_and_how, which_instruments_recur, who_replied
from . import who_works_with_whom as names
from .audit import CODED_KINDS, normalise, passage_texts
from .dataset import Dataset, kept
from .descriptor import UnknownName

VERDICTS = ["holds", "does not hold", "not applicable"]
#: The tables coded from passages, beside which anomalies stand.
CODED = ["instrument_mentions", "actor_mentions", "measures", "events", "quantities"]
_KINDS = {"Member States": "Member State", "organizations": "organization"}


class Finding(NamedTuple):
    """A statement of one of the notebooks 01 to 06, with what is needed to test it."""

    notebook: str
    statement: str
    figures: str  # what the first and the second figure are
    test: Callable  # (dataset, by rows?, organs with their parents?) -> (holds, first, second), None without data
    unit: str = "respondents"  # what the notebook counts
    other: str = ""  # the other count, if there is one
    kinds: str = "together"  # how it sees States and organizations: "together", "compared", or "States" alone
    reads: str = ""  # the coded table that it counts


class Rule(NamedTuple):
    """A way of counting: a change of the dataset, or of the count."""

    change: Callable | None = None
    tables: tuple[str, ...] = ()  # the coded tables that it changes; none: the replies, and all that hangs on them


def _form(ds: Dataset, form: str) -> Dataset:
    return ds.only(ds.replies.loc[ds.replies["form"] != form, "reply_id"])


def _kind(ds: Dataset, states: bool) -> Dataset:
    return ds.only(ds.replies.loc[(ds.replies["section"] == "II") == states, "reply_id"])


def _longest(ds: Dataset) -> Dataset:
    first = when_and_how.lengths(ds)["reply_id"].iloc[0]
    return ds.only(ds.replies.loc[ds.replies["reply_id"] != first, "reply_id"])


def _undisputed(ds: Dataset) -> Dataset:
    doubted = set(ds.anomalies.loc[ds.anomalies["against"] == "public_record", "passage_id"])
    for table in CODED:
        ds = ds.where(table, ~ds[table]["passage_id"].isin(doubted))
    return ds.where("event_actors", ds.event_actors["event_id"].isin(ds.events["event_id"]))


#: The counting rules, the notebooks' own first.
RULES = {
    "as in the notebooks": Rule(),
    "the other count": Rule(),
    "without the longest reply": Rule(_longest),
    "States alone": Rule(lambda ds: _kind(ds, True)),
    "organizations alone": Rule(lambda ds: _kind(ds, False)),
    "without the summaries": Rule(lambda ds: _form(ds, "executive_summary")),
    "without cites": Rule(
        lambda ds: ds.where("instrument_mentions", ds.instrument_mentions["relation"] != "cites"),
        ("instrument_mentions",),
    ),
    "without urged": Rule(lambda ds: ds.where("measures", ds.measures["status"] != "urged"), ("measures",)),
    "organs by their own names": Rule(None, ("actor_mentions",)),
    "without disputed passages": Rule(_undisputed, tuple(CODED)),
    "by the second reading": Rule(agreement.by_second_reader, agreement.READ_TWICE),
}


def _ahead(counts: pd.Series, item: str):
    """Is ``item`` ahead of every other? With its number and that of the next; None where nothing is counted."""
    if not len(counts):
        return None
    own, next_best = int(counts.get(item, 0)), int(counts.drop(item, errors="ignore").max())
    return own > next_best, str(own), str(next_best)


def _larger(own: int, of: int, other: int, of_other: int):
    """Is ``own`` of ``of`` a larger share than ``other`` of ``of_other``? Counts with denominators, no percentage."""
    return None if not of or not of_other else (own * of_other > other * of, f"{own} of {of}", f"{other} of {of_other}")


def _groups(ds, rows, organs):
    table = who_replied.by_group(ds).query("member_states > 1")
    empty = table[table["replied"] == 0]["regional_group"].astype("str").to_list()
    return empty == ["african"], f"{len(empty)} of {len(table)}", ""


def _length(ds, rows, organs):
    row = when_and_how.length_effect(ds).set_index("table").loc["measures", ["rows_with_length", "once_with_length"]]
    return None if row.isna().any() else (row.iloc[1] < row.iloc[0], f"{row.iloc[0]:.2f}", f"{row.iloc[1]:.2f}")


def _resolution(ds, rows, organs):
    table = which_instruments_recur.recurrence(ds).set_index("instrument_id")
    return _ahead(table["mentions" if rows else "respondents"], "s-res-1540")


def _alone(ds, rows, organs):
    counts = which_instruments_recur.recurrence(ds)["mentions" if rows else "respondents"]
    once = int((counts == 1).sum())
    return (2 * once > len(counts), f"{once} of {len(counts)}", "") if len(counts) else None


def _later(ds, rows, organs):
    universal = ds.universal_instruments.sort_values(["adopted", "universal_id"], ignore_index=True)
    named = universal["instrument_id"].isin(which_instruments_recur.recurrence(ds)["instrument_id"])
    half = len(named) // 2
    return _larger(int(named[half:].sum()), len(named) - half, int(named[:half].sum()), half)


def _cooperation(ds, rows, organs):
    table = what_was_done.by(ds).set_index("category_label")
    return _ahead(table["passages" if rows else "respondents"], "Cooperation")


def _exports(ds, rows, organs):
    table, measures = what_was_done.by(ds).set_index("category_label"), ds.joined("measures")
    if rows:
        of = [(measures["respondent_kind"] == kind).sum() for kind in _KINDS.values()]
        part = measures[measures["category_label"] == "Export controls"]["respondent_kind"]
        own = [(part == kind).sum() for kind in _KINDS.values()]
    else:
        of, own = [table.attrs[k] for k in _KINDS], table.loc["Export controls", list(_KINDS)].to_list()
    return _larger(own[0], of[0], own[1], of[1])


def _biological(ds, rows, organs):
    counts = what_was_done.domains(ds).set_index("domain").loc[what_was_done.DOMAINS[:4]]
    counts = counts["passages" if rows else "respondents"]
    own, others = int(counts["biological"]), int(counts.drop("biological").min())
    return own < others, str(own), str(others)


def _nations(ds, rows, organs):
    if rows:
        spoken = names.namings(ds).query("not own and manner in @names.SPOKEN")
        return _ahead(spoken.drop_duplicates(["counts_for", "passage_id"])["counts_for"].value_counts(), "un")
    return _ahead(names.most_named(ds, organs).set_index("named_id")["respondents"], "un")


def _arrangements(ds, rows, organs):
    spoken = names.links(ds).query("manner in @names.SPOKEN and named_kind == 'arrangements'")
    who = ds.joined("replies").query("form != 'not_reproduced'")
    by = [set(who.loc[who["respondent_kind"] == kind, "reply_id"]) for kind in _KINDS.values()]
    own = [len(part & set(spoken["reply_id"])) for part in by]
    return _larger(own[0], len(by[0]), own[1], len(by[1]))


def _acts(ds, rows, organs):
    told = ds.joined("events").dropna(subset=["reply_id"]).astype({"event_type": "str"}).groupby("event_type")
    return _ahead(told.size() if rows else told["reply_id"].nunique(), "legal_act")


def _november(ds, rows, organs):
    told = ds.where("events", ds.joined("events")["reply_id"].notna())  # the introduction is nobody's reply
    table = events_and_figures.busiest_months(told).set_index("month")
    tellers = table["reported_by"].str.split(", ").str.len()
    return _ahead(table["events"] if rows else tellers, pd.Timestamp(2010, 11, 1))


#: The findings that are tested, in the order of the notebooks.
FINDINGS = [
    Finding(
        "01", "The African States are the only regional group without a reply",
        "groups without a reply, of all such groups", _groups, unit="replies", kinds="States",
    ),
    Finding(
        "02", "Counting each kind of measure once lowers the rank correlation with length",
        "rank correlation with length: all rows; each kind once", _length, unit="replies", reads="measures",
    ),
    Finding(
        "03", "Resolution 1540 (2004) is named by more respondents than any other instrument",
        "respondents that name it; the most for another instrument", _resolution,
        other="mentions", reads="instrument_mentions",
    ),
    Finding(
        "03", "More than half of the instruments are named by one respondent only",
        "instruments named by one, of all that are named", _alone, other="mentions", reads="instrument_mentions",
    ),
    Finding(
        "03", "Of the universal instruments against terrorism, more of the later half are named",
        "named of the later half; of the older half", _later, reads="instrument_mentions",
    ),
    Finding(
        "04", "Cooperation is reported by more respondents than any other kind of measure",
        "respondents that report it; the most for another kind", _cooperation, other="passages", reads="measures",
    ),
    Finding(
        "04", "Export controls are reported by a larger share of States than of organizations",
        "States that report them, of those with text; organizations", _exports,
        other="passages", kinds="compared", reads="measures",
    ),
    Finding(
        "04",
        "Biological terms stand beside measures of fewer respondents than nuclear, radiological or chemical terms",
        "respondents with biological terms; the fewest for another", _biological, other="passages", reads="measures",
    ),
    Finding(
        "05", "The United Nations is named by more respondents than any other actor",
        "respondents that name it; the most for another actor", _nations, other="passages", reads="actor_mentions",
    ),
    Finding(
        "05", "Arrangements are named by a larger share of States than of organizations",
        "States that name one, of those with text; organizations", _arrangements,
        kinds="compared", reads="actor_mentions",
    ),
    Finding(
        "06", "Legal acts are the most frequent type of dated event",
        "legal acts in replies; the most of another type", _acts, unit="events", other="respondents", reads="events",
    ),
    Finding(
        "06", "More of the recent events are dated November 2010 than any other month",
        "events of that month; the most of another month", _november,
        unit="events", other="respondents", reads="events",
    ),
]  # fmt: skip


def _why_not(finding: Finding, name: str) -> str:
    """Why a rule is not applicable to a finding; empty where it is."""
    if name == "the other count":
        return "" if finding.other else "there is no other count"
    if name in ("States alone", "organizations alone") and finding.kinds != "together":
        return "it compares the two kinds" if finding.kinds == "compared" else "it is about States only"
    if name == "organs by their own names" and finding.test is not _nations:
        return "it counts no organs"
    tables = RULES[name].tables
    return "it does not count what the rule leaves out" if tables and finding.reads not in tables else ""


@lru_cache(maxsize=len(RULES))  # every finding asks for the same datasets
def _under(ds: Dataset, rule: str) -> Dataset:
    return RULES[rule].change(ds)


def verdict(ds: Dataset, finding: Finding, rule: str) -> tuple[str, str, str]:
    """One finding under one rule: the verdict (one of `VERDICTS`), the figures, and why a rule is not applicable.

    Raises `UnknownName` for a rule that is not in `RULES`.

    >>> from unreplies import load
    >>> verdict(load(), FINDINGS[2], "States alone")
    ('does not hold', '3; 3', '')
    """
    if rule not in RULES:
        raise UnknownName("counting rule", rule, RULES)
    why = _why_not(finding, rule)
    if why:
        return VERDICTS[2], "", why
    changed = _under(ds, rule) if RULES[rule].change else ds
    rows = (finding.unit == "events") != (rule == "the other count")
    result = finding.test(changed, rows, rule != "organs by their own names")
    if result is None:
        return VERDICTS[2], "", "nothing is left to count"
    holds, *figures = result
    return VERDICTS[0 if holds else 1], "; ".join(f for f in figures if f), ""


def statements() -> pd.DataFrame:
    """The findings that are tested, in words.

    One row is one finding: ``notebook``, ``finding``, ``counted`` (what the notebook counts), ``other_count`` (what
    else could be counted; empty: nothing), ``figures`` (what the first and the second figure of a cell are).

    >>> statements()["notebook"].nunique()
    6
    """
    rows = [(f.notebook, f.statement, f.unit, f.other, f.figures) for f in FINDINGS]
    return pd.DataFrame(rows, columns=["notebook", "finding", "counted", "other_count", "figures"])


@kept
def findings(ds: Dataset) -> pd.DataFrame:
    """Every finding under every rule.

    One row is one finding under one rule: ``notebook``, ``finding``, ``rule``, ``verdict`` (`VERDICTS`), ``figures``
    (as `statements` says; empty where the rule is not applicable) and ``why_not`` (the reason, where it is not).

    >>> from unreplies import load
    >>> table = findings(load())
    >>> len(table) == len(FINDINGS) * len(RULES), set(table.query("rule == 'as in the notebooks'")["verdict"])
    (True, {'holds'})
    """
    rows = [(f.notebook, f.statement, rule, *verdict(ds, f, rule)) for f in FINDINGS for rule in RULES]
    table = pd.DataFrame(rows, columns=["notebook", "finding", "rule", "verdict", "figures", "why_not"])
    table["verdict"] = pd.Categorical(table["verdict"], VERDICTS)
    assert (table["why_not"].ne("") == table["verdict"].eq(VERDICTS[2])).all(), "a verdict without its reason"
    return table


def summary(ds: Dataset) -> pd.DataFrame:
    """How each finding fares under the rules other than the notebooks' own.

    One row is one finding: ``notebook``, ``finding``, ``rules_that_apply`` (the denominator), ``holds_under`` (how
    many of them) and ``does_not_hold`` (the others by name, with the figures).

    >>> from unreplies import load
    >>> table = summary(load()).query("notebook == '05'")
    >>> table[["rules_that_apply", "holds_under"]].values.tolist()
    [[8, 6], [4, 4]]
    """
    table = findings(ds).query("rule != 'as in the notebooks' and verdict != 'not applicable'")
    rows = []
    for keys, part in table.groupby(["notebook", "finding"], sort=False):
        no = part[part["verdict"] == VERDICTS[1]]
        rows.append(
            (*keys, len(part), len(part) - len(no), ", ".join(f"{r.rule} ({r.figures})" for r in no.itertuples()))
        )
    return pd.DataFrame(rows, columns=["notebook", "finding", "rules_that_apply", "holds_under", "does_not_hold"])


def resting(ds: Dataset) -> pd.DataFrame:
    """What each finding on a table that was read twice rests on, and whether it holds by the second reading too.

    One row is one finding: ``notebook``, ``finding``, ``reads`` (the table), ``soft_codes`` (codes and categories of
    that table on which the readers agree with an alpha below `agreement.SOFT`; empty: none), ``second_reading`` (the
    verdict on the second reader's rows, before settling), ``figures`` by it and ``figures_settled``.

    >>> from unreplies import load
    >>> set(resting(load())["reads"]) <= set(CODED)
    True
    """
    soft = pd.concat(
        [agreement.codes(ds)[["table", "code", "soft"]], agreement.by_category(ds).rename(columns={"category": "code"})]
    )
    soft = soft[soft["soft"]].groupby("table")["code"].agg(", ".join)
    table = findings(ds).set_index(["finding", "rule"])
    rows = []
    for f in FINDINGS:
        if f.reads in agreement.READ_TWICE:
            theirs, ours = (table.loc[(f.statement, r)] for r in ("by the second reading", "as in the notebooks"))
            rows.append(
                (
                    f.notebook,
                    f.statement,
                    f.reads,
                    soft.get(f.reads, ""),
                    theirs["verdict"],
                    theirs["figures"],
                    ours["figures"],
                )
            )
    columns = ["notebook", "finding", "reads", "soft_codes", "second_reading", "figures", "figures_settled"]
    return pd.DataFrame(rows, columns=columns)


def leave_one_out(ds: Dataset) -> pd.DataFrame:
    """On which single replies a finding hangs.

    One row is one finding: ``notebook``, ``finding``, ``replies`` (left out in turn, one at a time: all of them),
    ``holds_without`` (how many of these it survives) and ``hangs_on`` (respondents without whose reply it does not
    hold, counted as in the notebooks).

    >>> from unreplies import load
    >>> leave_one_out(load()).query("notebook == '06'")["hangs_on"].to_list()
    ['', 'UNODC']
    """
    ids = ds.joined("replies").sort_values("position", kind="stable").set_index("respondent")["reply_id"]
    hangs = {f.statement: [] for f in FINDINGS}
    for who in ids.index:  # one dataset after the other, so that what several findings ask of it is counted once
        less = ds.only(ids.drop(who))
        for f in FINDINGS:
            if verdict(less, f, "as in the notebooks")[0] != VERDICTS[0]:
                hangs[f.statement].append(who)
    rows = [
        (f.notebook, f.statement, len(ids), len(ids) - len(hangs[f.statement]), ", ".join(hangs[f.statement]))
        for f in FINDINGS
    ]
    return pd.DataFrame(rows, columns=["notebook", "finding", "replies", "holds_without", "hangs_on"])


def limits(ds: Dataset) -> pd.DataFrame:
    """What the data holds, and of how much.

    One row is one limit: ``what``, ``number``, ``of`` (the denominator, where there is one),
    ``what_follows`` (for whoever counts).

    >>> from unreplies import load
    >>> limits(load()).set_index("what").loc["Member States that replied", ["number", "of"]].to_list()
    [9, 192]
    """
    report, replies = ds.reports.iloc[0], ds.replies
    text, n = when_and_how.lengths(ds), len(replies)
    states, edition = int((replies["section"] == "II").sum()), report["edition_language"]
    summaries = int((replies["form"] == "executive_summary").sum())
    translated = int((replies["original_language"] != edition).sum())
    printed, whole = (int(n) for n in (text.attrs["characters"], report["n_chars"]))
    rows = [
        ("Member States that replied", states, len(ds.states), "Self-selected: they stand for themselves alone"),
        ("replies whose text is printed", int(text.attrs["respondents"]), n, "Most counts have fewer respondents"),
        ("replies marked as executive summaries", summaries, n, "What was left out cannot be counted"),
        ("replies in translation", translated, n, "Wording may be the translator's"),
        ("editions coded, of official languages", 1, len(when_and_how.LANGUAGES), "The others were not compared"),
        (
            "characters in paragraphs and list items of replies",
            printed,
            whole,
            "The rest: introduction, headings, notes",
        ),
        ("reports coded", len(ds.reports), None, "Nothing can be said of change over the years"),
    ]
    table = pd.DataFrame(rows, columns=["what", "number", "of", "what_follows"])
    return table.astype({"of": "Int64"})


def anomalies(ds: Dataset) -> pd.DataFrame:
    """Every anomaly, by respondent in the order of the report.

    One row is one anomaly: ``anomaly_id``, ``respondent`` (``Introduction`` or ``Page`` where the passage is nobody's),
    ``respondent_kind`` (empty there), ``passage_id``, ``anomaly_type``, ``against``, ``note_en``, ``treatment``,
    ``consulted`` and ``from_memory`` (the record was not consulted in whole or in part: general knowledge, inference
    or conjecture, as ``consulted`` says).

    >>> from unreplies import load
    >>> table = anomalies(load())
    >>> len(table) == len(load().anomalies), table.loc[0, "respondent"]
    (True, 'Introduction')
    """
    table = ds.joined("anomalies")
    place = table["reply_id"].map(ds.replies.set_index("reply_id")["position"]).fillna(0).astype(int)
    nobody = table["passage_id"].str.startswith("intro").map({True: "Introduction", False: "Page"})
    table["respondent"] = table["respondent"].fillna(nobody)
    table["consulted"] = table["source"].fillna("")
    table["from_memory"] = table["consulted"].str.contains("not consulted|general knowledge|inference|conjecture")
    table = table.assign(place=place).sort_values(["place", "anomaly_id"])
    columns = ["anomaly_id", "respondent", "respondent_kind", "passage_id", "anomaly_type", "against"]
    return table[[*columns, "note_en", "treatment", "consulted", "from_memory"]].reset_index(drop=True)


def anomaly_types(ds: Dataset) -> pd.DataFrame:
    """Anomalies by type and by what the report disagrees with.

    One row is one type: ``anomaly_type``, ``with_itself``, ``with_the_public_record``, ``anomalies`` (their sum), and
    ``respondents`` in whose reply one stands. ``attrs``: ``anomalies`` and ``respondents``, the denominators.

    >>> from unreplies import load
    >>> int(anomaly_types(load())["anomalies"].sum()) == len(load().anomalies)
    True
    """
    table = anomalies(ds).astype({"anomaly_type": "str", "against": "str"})
    counts = pd.crosstab(table["anomaly_type"], table["against"]).reindex(
        columns=["itself", "public_record"], fill_value=0
    )
    counts = counts.set_axis(["with_itself", "with_the_public_record"], axis=1)
    counts["anomalies"] = counts.sum(axis=1)
    own = table.dropna(subset=["respondent_kind"])
    counts["respondents"] = own.groupby("anomaly_type")["respondent"].nunique()
    assert counts["anomalies"].sum() == len(ds.anomalies), "an anomaly was lost"
    counts = counts.fillna({"respondents": 0}).astype(int).sort_values("anomalies", ascending=False, kind="stable")
    counts = counts.reset_index()
    counts.attrs = {"anomalies": len(table), "respondents": own["respondent"].nunique()}
    return counts


#: What the report says again and again without its being coded: every printed form of it.
TERMS = {
    "terrorists": r"恐怖(?:主义)?分子",
    "non-State actors": r"非国家行为\w",
    "to acquire (such weapons)": r"获\w(?=(?:和使用|或储存|任何|这种|这些)?(?:大规模|武器))",
    "means of delivery": r"运载\w\w",
    "dual-use items": r"(?:军民)?两用\w\w",
    "illicit trafficking": r"非法核?贩\w",
    "radiological": r"辐射(?=[、或和及])|放射性武器",
    "radioactive sources": r"(?:放射|密封辐射|电离辐射|辐射)源",
    "export control": r"出口管\w",
    "focal points": r"(?:联络|协调)中心|联系点",
    "members and participants": r"成员国|会员国|参加国|缔约国|伙伴国",
    "Security Council": r"(?:联合国)?安全理事会|安理会",
    "secretariats": r"(?:技术)?秘书处",
    "sessions": r"第\w{1,4}届\w{2}",
    "regional offices": r"能力建设(?:区域)?办事处",
    "model laws": r"示范法|立法模式",
}
_DATE = r"[0-9]{4}(?:[-至][0-9]{4})?年(?:[0-9]{1,2}月(?:[0-9]{1,2}日)?)?"
_NUMBER = r"第?[0-9][0-9/.,]*(?:\([0-9]{4}\))?(?![0-9/.,]|[-至][0-9]{4}年|年|月|日)[^\W\d]{0,2}"


def printed_forms(ds: Dataset, source: str | Path | None = None) -> pd.DataFrame:
    """Every printed form of what the report names more than once, to be read for forms that do not agree.

    One row is one form: ``kind`` (``instrument``, ``actor``; with ``source``, the text file of the report, also
    ``term``, ``date`` and ``number``), ``of`` (the key, the term, the year or the first number of which it is a form),
    ``form`` (as printed), ``passages`` (where it stands) and ``forms`` (how many ``of`` has). Instruments and actors
    come from the surfaces that are coded, the others from the text. Raises `OSError` and `UnicodeDecodeError` as
    `unreplies.audit` does.

    >>> from unreplies import load
    >>> printed_forms(load()).query("of == 'psi'")[["form", "passages"]].values.tolist()
    [['扩散安全倡议', 'csto.11'], ['防扩散安全倡议', 'est.10']]
    """
    rows = [("instrument", r.instrument_id, r.surface, r.passage_id) for r in ds.instrument_mentions.itertuples()]
    rows += [("actor", r.actor_id, r.surface, r.passage_id) for r in ds.actor_mentions.itertuples()]
    if source is not None:
        texts = passage_texts(ds, normalise(Path(source).read_bytes().decode("utf-8")))
        patterns = [("term", term, pattern) for term, pattern in TERMS.items()]
        patterns += [("date", "", _DATE), ("number", "", _NUMBER)]
        for passage in ds.passages.loc[ds.passages["kind"].isin([*CODED_KINDS, "date"]), "passage_id"]:
            for kind, of, pattern in patterns:
                for form in re.findall(pattern, texts[passage]):
                    rows.append((kind, of or re.search("[0-9]+", form)[0], form, passage))
    table = pd.DataFrame(rows, columns=["kind", "of", "form", "passages"])
    table = table.groupby(["kind", "of", "form"], as_index=False)["passages"].agg(
        lambda ids: ", ".join(dict.fromkeys(ids))
    )
    return table.assign(forms=table.groupby(["kind", "of"])["form"].transform("size"))


def touched(ds: Dataset) -> pd.DataFrame:
    """How many coded rows stand in a passage with an anomaly. The anomaly need not concern the row.

    One row is one coded table: ``table``, ``rows``, ``beside_an_anomaly`` (of these) and ``beside_one_with_the_record``
    (of these: the passage disagrees with the public record; they go under the rule "without disputed passages").

    >>> from unreplies import load
    >>> touched(load()).set_index("table").loc["events", "rows"] == len(load().events)
    np.True_
    """
    every = set(ds.anomalies["passage_id"])
    record = set(ds.anomalies.loc[ds.anomalies["against"] == "public_record", "passage_id"])
    rows = [(n, len(ds[n]), *(int(ds[n]["passage_id"].isin(ids).sum()) for ids in (every, record))) for n in CODED]
    table = pd.DataFrame(rows, columns=["table", "rows", "beside_an_anomaly", "beside_one_with_the_record"])
    return table.assign(table=table["table"].str.replace("_", " "))


@style.drawn
def draw_findings(ds: Dataset) -> style.Chart:
    """Finding by rule as a matrix: a filled box holds, a white circle does not, a dash is not applicable."""
    from textwrap import fill

    from matplotlib.patches import Ellipse, Rectangle

    table = findings(ds)
    rules, places = list(RULES), {f.statement: y for y, f in enumerate(FINDINGS)}
    figure, axes = style.canvas(8.9)
    for row in table.itertuples():
        x, y = rules.index(row.rule), places[row.finding]
        if row.verdict == VERDICTS[2]:
            axes.text(x, y, "–", ha="center", va="center", color=style.GREY)
            continue
        holds = row.verdict == VERDICTS[0]
        if holds:
            axes.add_patch(Rectangle((x - 0.46, y - 0.42), 0.92, 0.84, facecolor="#b7d7ee", edgecolor=style.BLUE))
        else:
            look = {"facecolor": style.WHITE, "edgecolor": style.VERMILION, "linewidth": 2}
            axes.add_patch(Ellipse((x, y), 0.9, 0.88, **look))
        words = ("yes\n" if holds else "no\n") + row.figures.replace("; ", "\n")
        weight = "normal" if holds else "bold"
        axes.text(x, y, words, ha="center", va="center", fontsize=8, fontweight=weight, linespacing=1.05)
    axes.axvline(0.5, color=style.INK, linewidth=1.2)
    axes.set_yticks(range(len(FINDINGS)), [fill(f"{f.notebook}: {f.statement}", 34) for f in FINDINGS], fontsize=8.5)
    heads = [fill(rule.replace("organizations", "organi- zations"), 8, break_long_words=False) for rule in rules]
    axes.set_xticks(range(len(rules)), heads, fontsize=8)
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set(xlim=(-0.52, len(rules) - 0.48), ylim=(len(FINDINGS) - 0.5, -0.5))
    key = "Box, yes: holds. Circle, no: does not hold. Dash: rule not applicable. Figures: as in the table of findings"
    figure.text(0.01, 0.3 / 8.9, key, fontsize=8.5, va="bottom")
    figure.subplots_adjust(left=0.305, right=0.995, top=0.865, bottom=0.065)
    short = summary(ds)
    firm = len(FINDINGS) - table.loc[table["verdict"] == VERDICTS[1], "finding"].nunique()
    base = table[table["rule"] == rules[0]]["verdict"].eq(VERDICTS[0]).sum()
    title = f"{firm} of {len(FINDINGS)} findings hold under every counting rule that applies to them"
    measure = f"Findings of the notebooks 01 to 06 ({base} hold as counted there) by counting rule"
    alt = "Rules under which a finding does not hold: " + "; ".join(
        f"{row.finding}: {row.does_not_hold or 'none'} (holds under {row.holds_under} of {row.rules_that_apply} others)"
        for row in short.itertuples()
    )
    return style.finish(figure, title, measure, alt + ".", table)
