"""What the data is and is not, its anomalies, and what the findings do under other rules of counting.

For the notebook ``07_how_far_to_trust_it``. A finding is a statement of another notebook that the data can contradict:
one function tests it on the rows of any dataset, under any rule. Where a rule leaves alone what a finding counts, or
takes away what it compares, the finding is neither supported nor contradicted: the rule is not applicable.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from . import agreement, events_and_figures, who_works_with_whom
from .completeness import CODED_KINDS
from .dataset import DOMAINS, KINDS, Dataset
from .rows import normalise, passage_texts

VERDICTS = ["holds", "does_not_hold", "not_applicable"]
#: What an anomaly disagrees with: itself, a record that was consulted, one that was not (in whole or in part).
BASES = ["report_itself", "record_consulted", "record_not_consulted"]
_CODED = ("instrument_mentions", "actor_mentions", "measures", "events")

Rows = dict[str, pd.DataFrame]
Result = tuple[bool, str, str] | None  # whether it holds, and its two figures; nothing where nothing is left to count
Test = Callable[[Rows, str], Result]  # of the rows, and the key of what counts once: reply_id for respondents


def _rows(ds: Dataset) -> Rows:
    """What the findings count: the rows of respondents with text of their own, joined once; and all replies."""
    events, mentions, known = events_and_figures.events(ds), who_works_with_whom.mentions(ds), anomalies(ds)
    rows = {name: ds.joined(name) for name in ("instrument_mentions", "measures")}
    rows["events"] = events.assign(recent_month=events["month"].where(events["recent"]))
    rows = _keep(rows, lambda table: table["own_text"], *rows)
    mentions = mentions[~mentions["own"] & mentions["manner"].isin(who_works_with_whom.SPOKEN)]
    kinds = mentions["counts_for"].map(who_works_with_whom.actors(ds).set_index("actor_id")["kind"]).astype("str")
    others = mentions["respondent_kind"].astype("str").map(dict(zip(KINDS, reversed(KINDS))))
    universal = ds.universal_instruments
    texts = universal["instrument_id"].fillna(universal["universal_id"])
    families = texts.map(ds.instruments.set_index("instrument_id")["family_id"]).fillna(texts)
    rows["actor_mentions"] = mentions.assign(of_other_kind=kinds == others)
    universal = universal.assign(instrument_id=texts, family_id=families)
    disputed = known[known["basis"] == "record_consulted"]
    return rows | {"states": ds.states, "replies": ds.respondents, "universal": universal, "disputed": disputed}


# The rules of counting


class Rule(NamedTuple):
    """A rule of counting: what it makes of the rows, and of which findings it says something."""

    change: Callable[[Rows], Rows] = lambda rows: rows
    of: tuple[str, ...] = ()  # of those that count one of these; empty: of all


def _keep(rows: Rows, wanted: Callable[[pd.DataFrame], pd.Series], *tables: str) -> Rows:
    """The rows of some tables for which something is so; of all that have respondents where no table is named."""
    return {**rows, **{name: rows[name][wanted(rows[name])] for name in tables or ("replies", *_CODED)}}


def _without(replies: Callable[[pd.DataFrame], pd.DataFrame]) -> Callable[[Rows], Rows]:
    """The rule that leaves out some of the replies with text."""

    def change(rows: Rows) -> Rows:
        out = replies(rows["replies"][rows["replies"]["own_text"]])["reply_id"]
        return _keep(rows, lambda table: ~table["reply_id"].isin(out))

    return change


def _without_disputed(rows: Rows) -> Rows:
    return _keep(rows, lambda table: ~table["passage_id"].isin(rows["disputed"]["passage_id"]), *_CODED)


def _as(rows: Rows, column: str, other: str, *tables: str) -> Rows:
    """Some tables with another column in place of one."""
    return {**rows, **{name: rows[name].assign(**{column: rows[name][other]}) for name in tables}}


#: The rules, the notebooks' own first; `findings` says what each does.
RULES = {
    "as_counted": Rule(),
    "other_count": Rule(of=("other",)),
    "without_longest": Rule(_without(lambda own: own.nlargest(1, "n_chars"))),
    "states_alone": Rule(_without(lambda own: own[own["respondent_kind"] == KINDS[1]]), ("one_kind",)),
    "organizations_alone": Rule(_without(lambda own: own[own["respondent_kind"] == KINDS[0]]), ("one_kind",)),
    "without_summaries": Rule(_without(lambda own: own[own["form"] == "executive_summary"])),
    "without_cites": Rule(lambda rows: _keep(rows, lambda its: its["relation"] != "cites", _CODED[0]), _CODED[:1]),
    "by_families": Rule(lambda rows: _as(rows, "instrument_id", "family_id", _CODED[0], "universal"), _CODED[:1]),
    "without_urged": Rule(lambda rows: _keep(rows, lambda its: its["status"] != "urged", "measures"), ("measures",)),
    "organs_apart": Rule(lambda rows: _as(rows, "counts_for", "actor_id", "actor_mentions"), ("organs",)),
    "without_disputed": Rule(_without_disputed, _CODED),
    "second_reading": Rule(of=_CODED),  # its rows come from another dataset
}


# The findings


class Finding(NamedTuple):
    """A statement of one of the notebooks 01 to 06, with what is needed to test it."""

    notebook: str
    statement: str
    test: Test
    counts: str = ""  # the table that it counts, `one_kind` where it does not compare two, `organs`
    other: str = ""  # the key of what else could be counted
    unit: str = "reply_id"  # and of what the notebook counts


def _count(table: pd.DataFrame, column: str, unit: str) -> pd.Series:
    """How many there are of what counts once, by the values of a column."""
    return table[[column, unit]].drop_duplicates().groupby(column, observed=True).size()


def _first(table: str, column: str, item: str) -> Test:
    """Whether one value of a column is ahead of every other: its number, and that of the next."""

    def test(rows: Rows, unit: str) -> Result:
        counts = _count(rows[table], column, unit).to_dict()
        own, next_best = counts.pop(item, 0), max(counts.values(), default=0)
        return (own > next_best, str(own), str(next_best)) if own or counts else None

    return test


def _more_states(table: str, column: str, item: object) -> Test:
    """Whether one value of a column has a larger share of States, or of their passages, than of organizations."""

    def test(rows: Rows, unit: str) -> Result:
        whole = rows["replies"][rows["replies"]["own_text"]] if unit == "reply_id" else rows[table]
        parts = (rows[table][rows[table][column] == item], whole)
        counts = [part.drop_duplicates(unit)["respondent_kind"].value_counts() for part in parts]
        own, of, other, of_other = (int(count[kind]) for kind in KINDS for count in counts)
        return (own * of_other > other * of, f"{own} of {of}", f"{other} of {of_other}") if of and of_other else None

    return test


def _groups(rows: Rows, unit: str) -> Result:
    sizes = rows["states"]["regional_group"].value_counts()
    groups, replied = set(sizes.index[sizes > 1]), set(rows["replies"]["regional_group"])
    return groups - replied == {"african"}, f"{len(groups - replied)} of {len(groups)}", ""


def _length(rows: Rows, unit: str) -> Result:
    replies, measures = rows["replies"], rows["measures"].groupby("reply_id")["category"]
    lengths = replies[replies["own_text"]].set_index("reply_id")["n_chars"].astype("int64")
    table = pd.DataFrame({"rows": measures.size(), "once": measures.nunique()}).reindex(lengths.index, fill_value=0)
    every, once = table.assign(length=lengths).rank().corr().loc["length", ["rows", "once"]]
    return (bool(once < every), f"{every:.2f}", f"{once:.2f}") if pd.notna(every) and pd.notna(once) else None


def _alone(rows: Rows, unit: str) -> Result:
    once = _count(rows["instrument_mentions"], "instrument_id", unit) == 1
    return (2 * int(once.sum()) > len(once), f"{once.sum()} of {len(once)}", "") if len(once) else None


def _unnamed(rows: Rows, unit: str) -> Result:
    texts, mentions = rows["universal"]["instrument_id"].drop_duplicates(), rows["instrument_mentions"]
    unnamed = int((~texts.isin(mentions["instrument_id"])).sum())
    return (2 * unnamed >= len(texts), f"{unnamed} of {len(texts)}", "") if len(mentions) else None


def _biological(rows: Rows, unit: str) -> Result:
    measures = rows["measures"]
    counts = {domain: measures.loc[measures[domain], unit].nunique() for domain in DOMAINS[:4]}
    own, others = counts.pop("biological"), min(counts.values())
    return (own < others, str(own), str(others)) if len(measures) else None


#: The findings that are tested, in the order of the notebooks.
FINDINGS = [
    Finding("01", "The African States are the only regional group without a reply", _groups),
    Finding("02", "Counting each kind of measure once lowers the rank correlation with length",
            _length, "measures one_kind"),
    Finding("03", "Resolution 1540 (2004) is mentioned by more respondents than any other instrument",
            _first("instrument_mentions", "instrument_id", "s-res-1540"), "instrument_mentions one_kind", "mention_id"),
    Finding("03", "More than half of the instruments are mentioned by one respondent only",
            _alone, "instrument_mentions one_kind", "mention_id"),
    Finding("03", "Half or more of the universal instruments against terrorism are mentioned by nobody",
            _unnamed, "instrument_mentions one_kind"),
    Finding("04", "Cooperation is reported by more respondents than any other kind of measure",
            _first("measures", "category", "cooperation"), "measures one_kind", "passage_id"),
    Finding("04", "Export controls are reported by a larger share of States than of organizations",
            _more_states("measures", "category", "export_control"), "measures", "passage_id"),
    Finding("04", "Fewer respondents report measures in biological than in nuclear, radiological or chemical terms",
            _biological, "measures one_kind", "passage_id"),
    Finding("05", "The United Nations is mentioned by more respondents than any other actor",
            _first("actor_mentions", "counts_for", "un"), "actor_mentions one_kind organs", "passage_id"),
    Finding("05", "A larger share of States mentions an organization than of organizations a State",
            _more_states("actor_mentions", "of_other_kind", True), "actor_mentions"),
    Finding("06", "Legal acts are the most frequent type of dated event",
            _first("events", "event_type", "legal_act"), "events one_kind", "reply_id", "event_id"),
    Finding("06", "More of the recent events are dated November 2010 than any other month",
            _first("events", "recent_month", "2010-11"), "events one_kind", "reply_id", "event_id"),
]  # fmt: skip


def _tested(rows: Rows, finding: Finding, rule: str) -> tuple[str, str]:
    """The verdict on one finding by rows that the rule has changed, and the figures."""
    counts, of = {*finding.counts.split(), "other" if finding.other else ""}, RULES[rule].of
    unit = finding.other if rule == "other_count" else finding.unit
    result = None if of and counts.isdisjoint(of) else finding.test(rows, unit)
    if result is None:
        return VERDICTS[2], ""
    holds, *figures = result
    return VERDICTS[0 if holds else 1], "; ".join(filter(None, figures))


def findings(ds: Dataset) -> pd.DataFrame:
    """Every finding under every rule.

    One row is one finding under one rule: ``notebook``, ``finding``, ``rule`` (of `RULES`), ``verdict`` (of
    `VERDICTS`) and ``figures``: the number of what the finding says is ahead, and of the next; or one share and
    another; empty where the rule is not applicable. Findings of 06 count events, all others respondents. The rules:

    - ``other_count`` counts passages or mentions instead of respondents, and respondents instead of events;
    - ``without_longest`` leaves out the reply with the most characters, ``without_summaries`` those printed as
      executive summaries, ``states_alone`` and ``organizations_alone`` those of the other kind;
    - ``without_cites`` leaves out mentions that only cite an instrument, ``without_urged`` measures only called for,
      ``without_disputed`` what is coded from passages that disagree with a public record that was consulted;
    - ``by_families`` counts a text as the head of its family, ``organs_apart`` an organ by its own name;
    - ``second_reading`` counts the rows of the second reader, before anything was settled.

    >>> from unreplies import load
    >>> table = findings(load())
    >>> len(table) == len(FINDINGS) * len(RULES), set(table.query("rule == 'as_counted'")["verdict"])
    (True, {'holds'})
    """
    rows = _rows(ds)
    changed = {name: rule.change(rows) for name, rule in RULES.items()}
    twice = (ds.folder / "second_reading").is_dir()  # another report may have been read once
    changed["second_reading"] = _rows(agreement.by_second_reader(ds) if twice else ds.only([]))
    tested = [
        (finding.notebook, finding.statement, rule, *_tested(changed[rule], finding, rule))
        for finding in FINDINGS
        for rule in RULES
    ]
    table = pd.DataFrame(tested, columns=["notebook", "finding", "rule", "verdict", "figures"])
    codes = {"rule": list(RULES), "verdict": VERDICTS}
    return table.assign(**{name: pd.Categorical(table[name], values) for name, values in codes.items()})


def by_rule(ds: Dataset) -> pd.DataFrame:
    """Findings by rules, for reading across.

    One row is one finding: ``notebook``, ``finding``, and a column each rule with the figures where the finding holds,
    ``no`` and the figures where it does not, and a dash where the rule is not applicable.

    >>> from unreplies import load
    >>> by_rule(load()).loc[2, ["as_counted", "states_alone", "without_urged"]].to_list()
    ['8; 4', 'no: 3; 3', '–']
    """
    table = findings(ds)
    words = table["verdict"].astype("str").map(dict(zip(VERDICTS, ("", "no: ", "–"))))
    cells = (words + table["figures"]).to_numpy().reshape(len(FINDINGS), len(RULES))
    names = table[["notebook", "finding"]].drop_duplicates(ignore_index=True)
    return pd.concat([names, pd.DataFrame(cells, columns=list(RULES))], axis="columns")


def leave_one_out(ds: Dataset) -> pd.DataFrame:
    """On which single replies a finding depends.

    One row is one finding: ``notebook``, ``finding``, ``replies`` (left out in turn, one at a time: all of them, the
    one that is not reproduced too), ``holds_without`` (how many of these it survives) and ``depends_on`` (respondents
    without whose reply it does not hold, counted as in the notebooks; empty: none).

    >>> from unreplies import load
    >>> leave_one_out(load()).query("notebook == '06'")["depends_on"].to_list()
    ['', 'UNODC']
    """
    rows, replies = _rows(ds), dict(ds.respondents[["reply_id", "respondent"]].to_numpy())
    less = {who: _keep(rows, lambda table, reply=reply: table["reply_id"] != reply) for reply, who in replies.items()}
    left = []
    for finding in FINDINGS:
        without = [who for who, rest in less.items() if _tested(rest, finding, "as_counted")[0] != VERDICTS[0]]
        left.append((finding.notebook, finding.statement, len(less), len(less) - len(without), ", ".join(without)))
    return pd.DataFrame(left, columns=["notebook", "finding", "replies", "holds_without", "depends_on"])


# What the data is, and where the report disagrees


def limits(ds: Dataset) -> pd.DataFrame:
    """What the data holds, and of how much.

    One row is one limit: ``what``, ``number``, ``of`` (the denominator) and ``what_follows`` (for whoever counts).

    >>> from unreplies import load
    >>> limits(load()).set_index("what").loc["Member States that replied", ["number", "of"]].to_list()
    [9, 192]
    """
    report, replies = ds.reports.iloc[0], ds.respondents
    own, states = replies[replies["own_text"]], (replies["respondent_kind"] == KINDS[0]).sum()
    n, chars, summaries = len(own), own["n_chars"].sum(), (own["form"] == "executive_summary").sum()
    translated = (own["original_language"].astype("str") != report["edition_language"]).sum()
    rows = [
        ("Member States that replied", states, len(ds.states), "They chose to, and stand for themselves alone"),
        ("Replies with text of their own", n, len(replies), "A reply that is not reproduced counts nowhere"),
        ("Of these, executive summaries", summaries, n, "What was left out cannot be counted"),
        ("Of these, in translation", translated, n, "Wording may be the translator's"),
        ("Characters of what they say", chars, report["n_chars"], "The rest: introduction, headings, notes"),
    ]
    return pd.DataFrame(rows, columns=["what", "number", "of", "what_follows"])


def anomalies(ds: Dataset) -> pd.DataFrame:
    """Every anomaly, in the order of the report.

    One row is one anomaly: ``anomaly_id``, ``respondent`` (``Introduction``, or ``Headers and footers``, where the
    passage is nobody's), ``respondent_kind`` (empty there), ``passage_id``, ``anomaly_type``, ``basis`` (one of
    `BASES`; a record counts as consulted where no part of the entry rests on general knowledge, inference or
    conjecture), ``note_en``, ``treatment`` and ``source`` (what was consulted).

    >>> from unreplies import load
    >>> anomalies(load())["basis"].value_counts(sort=False).to_list()
    [47, 21, 10]
    """
    table = ds.joined("anomalies")
    record = (table["against"] == "public_record").astype(int)
    unsure = table["source"].fillna("").str.contains("not consulted|general knowledge|inference|conjecture")
    table["basis"] = pd.Categorical.from_codes(record + record * unsure, BASES)
    nobody = (table["kind"] == "page_furniture").map({True: "Headers and footers", False: "Introduction"})
    table["respondent"] = table["respondent"].fillna(nobody)
    place = table["reply_id"].map(ds.respondents.set_index("reply_id")["position"]).fillna(0)
    table = table.assign(place=place).sort_values(["place", "anomaly_id"], ignore_index=True)
    columns = ["anomaly_id", "respondent", "respondent_kind", "passage_id", "anomaly_type", "basis"]
    return table[[*columns, "note_en", "treatment", "source"]]


def anomaly_types(ds: Dataset) -> pd.DataFrame:
    """Anomalies by type and by what the report disagrees with.

    One row is one type, the most frequent first: ``anomaly_type``, ``report_itself``, ``record_consulted`` and
    ``record_not_consulted`` (see `anomalies`), ``anomalies`` (their sum), and ``respondents`` in whose reply there is
    one, of ``of``.

    >>> from unreplies import load
    >>> anomaly_types(load()).head(1).to_numpy().tolist()
    [['variant_label', 22, 1, 0, 23, 15, 23]]
    """
    table, who = anomalies(ds), ds.count_respondents("anomalies", "anomaly_type").set_index("anomaly_type")
    flags = {basis: (table["basis"] == basis).astype("int64") for basis in BASES}
    counts = table[["anomaly_type"]].assign(**flags, anomalies=1).groupby("anomaly_type", observed=True).sum()
    counts["respondents"] = who["respondents"].reindex(counts.index).fillna(0).astype("int64")
    counts = counts.sort_values("anomalies", ascending=False, kind="stable").reset_index()
    return counts.assign(of=ds.denominators["of"])


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
    """Every printed form of what the report mentions more than once, to be read for forms that do not agree.

    One row is one form: ``list`` (``instrument``, ``actor``; with ``source``, the text file of the report, also
    ``term``, ``date`` and ``number``), ``of`` (the key, the term, the year or the first number of which it is a form),
    ``form`` (as printed), ``passages`` (where) and ``forms`` (how many ``of`` has). Instruments and actors come from
    the surfaces that are coded, the others from the text. Raises `OSError` and `UnicodeDecodeError` as
    `unreplies.audit` does.

    >>> from unreplies import load
    >>> printed_forms(load()).query("of == 'psi'")[["form", "passages"]].values.tolist()
    [['扩散安全倡议', 'csto.11'], ['防扩散安全倡议', 'est.10']]
    """
    rows = []
    for name in ("instrument", "actor"):
        rows += [(name, *row) for row in ds[f"{name}_mentions"][[f"{name}_id", "surface", "passage_id"]].to_numpy()]
    rows += [] if source is None else _forms_in_text(ds, normalise(Path(source).read_bytes().decode("utf-8")))
    table = pd.DataFrame(rows, columns=["list", "of", "form", "passages"], dtype="str")
    groups = table.groupby(["list", "of", "form"], as_index=False)["passages"]
    table = groups.agg(lambda ids: ", ".join(dict.fromkeys(ids)))
    return table.assign(forms=table.groupby(["list", "of"])["form"].transform("size"))


def _forms_in_text(ds: Dataset, document: str) -> Iterator[tuple[str, str, str, str]]:
    texts = passage_texts(ds, document)
    terms = [("term", term, pattern) for term, pattern in TERMS.items()]
    for passage in ds.passages.loc[ds.passages["kind"].isin([*CODED_KINDS, "date"]), "passage_id"]:
        for name, of, pattern in [*terms, ("date", "", _DATE), ("number", "", _NUMBER)]:
            for form in re.findall(pattern, texts[passage]):
                yield name, of or re.search("[0-9]+", form)[0], form, passage
