"""Findings under rules of counting: verdicts recounted by another route, statements that the data can contradict."""

from collections import Counter, defaultdict

import pandas as pd
import pytest

import unreplies as ur
from unreplies import how_far_to_trust_it as trust
from unreplies import what_was_done, when_and_how, which_instruments_recur, who_works_with_whom
from unreplies.rows import passage_texts


@pytest.fixture(scope="module")
def table(ds):
    return trust.findings(ds)


def cell(table, finding, rule="as_counted"):
    row = table[table["finding"].str.startswith(finding) & (table["rule"] == rule)]
    assert len(row) == 1
    return row[["verdict", "figures"]].iloc[0].to_list()


def owners(ds):
    """The reply of each passage whose text is a respondent's own."""
    printed = {r.reply_id for r in ds.replies.itertuples() if r.form != "not_reproduced"}
    return {p.passage_id: p.reply_id for p in ds.passages.itertuples() if p.reply_id in printed}


def states_of(ds):
    return set(ds.replies.loc[ds.replies["section"] == "II", "reply_id"])


def consulted(ds):
    """The passages that disagree with a public record that was consulted, in whole."""
    words = ("not consulted", "general knowledge", "inference", "conjecture")
    rows = ds.anomalies[ds.anomalies["against"] == "public_record"]
    return {a.passage_id for a in rows.itertuples() if not any(word in str(a.source) for word in words)}


# Findings and rules


def test_every_finding_meets_every_rule_once(table):
    assert len(table) == len(trust.FINDINGS) * len(trust.RULES)
    assert not table.duplicated(["finding", "rule"]).any()
    assert (table["figures"].eq("") == table["verdict"].eq("not_applicable")).all()


def test_every_finding_holds_as_its_notebook_counts_it(table):
    assert set(table.loc[table["rule"] == "as_counted", "verdict"]) == {"holds"}


@pytest.mark.parametrize(
    ("rule", "numbers"),
    [
        ("other_count", {"03", "04", "05", "06"}),
        ("without_longest", {"01", "02", "03", "04", "05", "06"}),
        ("states_alone", {"02", "03", "04", "05", "06"}),
        ("without_cites", {"03"}),
        ("by_families", {"03"}),
        ("without_urged", {"02", "04"}),
        ("organs_apart", {"05"}),
        ("without_disputed", {"02", "03", "04", "05", "06"}),
        ("second_reading", {"02", "03", "04", "05", "06"}),
    ],
)
def test_a_rule_is_applied_to_findings_that_count_what_it_changes(table, rule, numbers):
    applied = table[(table["rule"] == rule) & (table["verdict"] != "not_applicable")]
    assert set(applied["notebook"]) == numbers


def test_what_compares_states_with_organizations_is_not_tested_on_one_of_them(table):
    compared = table["finding"].str.contains("of States than of organizations|of organizations a State|African")
    assert set(table.loc[compared & table["rule"].isin(["states_alone", "organizations_alone"]), "verdict"]) == {
        "not_applicable"
    }


def test_the_first_instrument_recounted_by_hand(ds, table):
    own, states = owners(ds), states_of(ds)
    family = dict(zip(ds.instruments["instrument_id"], ds.instruments["family_id"]))
    for rule, keep, key in (
        ("as_counted", lambda m: True, str),
        ("without_cites", lambda m: m.relation != "cites", str),
        ("by_families", lambda m: True, family.get),
        ("states_alone", lambda m: own[m.passage_id] in states, str),
        ("organizations_alone", lambda m: own[m.passage_id] not in states, str),
        ("without_disputed", lambda m: m.passage_id not in consulted(ds), str),
    ):
        who = defaultdict(set)
        for m in ds.instrument_mentions.itertuples():
            if m.passage_id in own and keep(m):
                who[key(m.instrument_id)].add(own[m.passage_id])
        once = sum(len(replies) == 1 for replies in who.values())
        assert cell(table, "More than half", rule)[1] == f"{once} of {len(who)}"
        lead = len(who.pop("s-res-1540"))
        most = max(map(len, who.values()))
        assert cell(table, "Resolution 1540", rule) == ["holds" if lead > most else "does_not_hold", f"{lead}; {most}"]


def test_universal_instruments_recounted_by_hand(ds, table):
    """A family is mentioned if one of its texts is; a universal instrument that nobody mentions may have no row."""
    own, family = owners(ds), dict(zip(ds.instruments["instrument_id"], ds.instruments["family_id"]))
    named = {m.instrument_id for m in ds.instrument_mentions.itertuples() if m.passage_id in own}
    universal = [u.instrument_id if isinstance(u.instrument_id, str) else u.universal_id
                 for u in ds.universal_instruments.itertuples()]  # fmt: skip
    assert cell(table, "Half or more")[1] == f"{len(set(universal) - named)} of {len(universal)}"
    heads, mentioned = {family.get(key, key) for key in universal}, {family[key] for key in named}
    assert cell(table, "Half or more", "by_families")[1] == f"{len(heads - mentioned)} of {len(heads)}"


def test_mentions_of_the_other_kind_recounted_by_hand(ds, table):
    """By the topmost body that an actor belongs to; places of events, notes and the respondent's own bodies apart."""
    own, states, actors = owners(ds), states_of(ds), ds.actors.set_index("actor_id")
    spoken = who_works_with_whom.mentions(ds).query("not own and manner in ['part in an event', 'in the text']")
    who = {True: set(), False: set()}
    for m in spoken.itertuples():
        actor = m.actor_id
        while isinstance(actors["parent_id"][actor], str):
            actor = actors["parent_id"][actor]
        kind, state = actors["actor_type"][actor], own[m.passage_id] in states
        if kind == "state" if not state else kind in ("un_body", "global_org", "regional_org"):
            who[state].add(own[m.passage_id])
    assert cell(table, "A larger share")[1] == f"{len(who[True])} of 8; {len(who[False])} of 15"


def test_the_first_kind_of_measure_recounted_by_hand(ds, table):
    own, disputed = owners(ds), consulted(ds)
    summaries = set(ds.replies.query("form == 'executive_summary'")["reply_id"])
    longest = Counter()
    for p in ds.passages.itertuples():
        if p.kind in ("paragraph", "list_item") and p.passage_id in own:
            longest[p.reply_id] += p.n_chars
    (first, _), *_ = longest.most_common(1)
    for rule, keep in (
        ("without_disputed", lambda m: m.passage_id not in disputed),
        ("without_summaries", lambda m: own[m.passage_id] not in summaries),
        ("without_longest", lambda m: own[m.passage_id] != first),
        ("without_urged", lambda m: m.status != "urged"),
    ):
        who = defaultdict(set)
        for m in ds.measures.itertuples():
            if keep(m):
                who[m.category].add(own[m.passage_id])
        lead = len(who.pop("cooperation"))
        assert cell(table, "Cooperation", rule)[1] == f"{lead}; {max(map(len, who.values()))}"


def test_export_controls_recounted_by_hand(ds, table):
    own, states, every = owners(ds), states_of(ds), set(owners(ds).values())
    who = {own[m.passage_id] for m in ds.measures.itertuples() if m.category == "export_control"}
    words = f"{len(who & states)} of {len(every & states)}; {len(who - states)} of {len(every - states)}"
    assert cell(table, "Export controls") == ["holds", words]
    part, whole = defaultdict(set), defaultdict(set)
    for m in ds.measures.itertuples():
        whole[own[m.passage_id] in states].add(m.passage_id)
        if m.category == "export_control":
            part[own[m.passage_id] in states].add(m.passage_id)
    counts = [len(group[state]) for state in (True, False) for group in (part, whole)]
    assert cell(table, "Export controls", "other_count")[1] == "{} of {}; {} of {}".format(*counts)


def test_november_counts_no_event_of_the_introduction(ds, table):
    own, states = owners(ds), states_of(ds)
    events = [e for e in ds.events.itertuples() if own.get(e.passage_id) in states and e.date_precision != "year"]
    months = Counter(str(e.date)[:7] for e in events if pd.isna(e.date_end) and e.date.year >= 2010)
    lead = months.pop("2010-11")
    assert cell(table, "More of the recent", "states_alone")[1] == f"{lead}; {max(months.values())}"


def test_the_figures_are_those_of_the_notebooks(ds, table):
    """The modules of the other notebooks count the same by their own routes."""
    for rule, arguments in (
        ("as_counted", {}),
        ("without_cites", {"cites": False}),
        ("by_families", {"by": "family_id"}),
    ):
        counts = which_instruments_recur.recurrence(ds, **arguments)["respondents"]
        assert cell(table, "Resolution 1540", rule)[1] == f"{counts[0]}; {counts[1]}"
    counts = what_was_done.by(ds)["respondents"]
    assert cell(table, "Cooperation")[1] == f"{counts[0]}; {counts[1]}"
    for rule, organs in (("as_counted", True), ("organs_apart", False)):
        counts = who_works_with_whom.most_named(ds, organs).set_index("named_id")["respondents"]
        assert cell(table, "The United Nations", rule)[1] == f"{counts.pop('un')}; {counts.max()}"
    row = when_and_how.length_effect(ds).set_index("table").loc["measures"]
    assert cell(table, "Counting each")[1] == f"{row['rows_with_length']:.2f}; {row['once_with_length']:.2f}"


# Parts, and other data


def test_a_part_counts_what_the_rule_counts(ds, table):
    """States alone, as a part of the dataset, and as a rule."""
    part = trust.findings(ds.only(states_of(ds)))
    for finding in {f.statement for f in trust.FINDINGS}:
        verdict = cell(table, finding, "states_alone")
        if verdict[0] != "not_applicable":
            assert cell(part, finding) == verdict


def test_every_part_can_be_asked(part):
    table = trust.findings(part)
    assert len(table) == len(trust.FINDINGS) * len(trust.RULES)
    hang = trust.leave_one_out(part)
    assert (hang["replies"] == len(part.replies)).all()
    assert sorted(trust.anomalies(part)["anomaly_id"]) == sorted(part.anomalies["anomaly_id"])
    assert trust.anomaly_types(part)["anomalies"].sum() == len(part.anomalies)
    limits = trust.limits(part)
    assert (limits["number"] <= limits["of"]).all()
    assert limits["of"].iloc[0] == 192
    assert len(trust.printed_forms(part).query("list == 'actor'")) == len(
        part.actor_mentions[["actor_id", "surface"]].drop_duplicates()
    )


def test_nothing_left_is_not_applicable_rather_than_untrue(ds):
    table = trust.findings(ds.only([])).query("rule == 'as_counted'")
    assert set(table.loc[table["notebook"] != "01", "verdict"]) == {"not_applicable"}


def test_a_finding_that_the_data_contradict_does_not_hold(ds):
    """Without a measure of export control the statement on it is untrue; what ties is not ahead."""
    without = ds.replace(measures=ds.measures[ds.measures["category"] != "export_control"])
    assert cell(trust.findings(without), "Export controls") == ["does_not_hold", "0 of 8; 0 of 15"]
    table = trust.findings(ds)
    assert cell(table, "Cooperation", "organizations_alone") == ["does_not_hold", "14; 14"]


def test_the_table_for_reading_has_the_same_figures(ds, table):
    wide = trust.by_rule(ds)
    assert wide["finding"].to_list() == [f.statement for f in trust.FINDINGS]
    for row in table.itertuples():
        shown = wide.set_index("finding").loc[row.finding, row.rule]
        expected = {"holds": row.figures, "does_not_hold": f"no: {row.figures}", "not_applicable": "–"}
        assert shown == expected[row.verdict]


def test_every_reply_left_out_by_another_route(ds):
    """The same with datasets in which the reply is not there."""
    hang, depends = trust.leave_one_out(ds), defaultdict(list)
    for reply, respondent in ds.respondents[["reply_id", "respondent"]].to_numpy():
        table = trust.findings(ds.only(set(ds.replies["reply_id"]) - {reply})).query("rule == 'as_counted'")
        for finding in table.loc[table["verdict"] != "holds", "finding"]:
            depends[finding].append(respondent)
    assert hang["depends_on"].to_list() == [", ".join(depends[finding]) for finding in hang["finding"]]
    assert (hang["replies"] - hang["holds_without"]).to_list() == [len(depends[finding]) for finding in hang["finding"]]


# Anomalies and limits


def test_anomalies_are_all_there_once_and_in_the_order_of_the_report(ds):
    table = trust.anomalies(ds)
    assert sorted(table["anomaly_id"]) == sorted(ds.anomalies["anomaly_id"])
    order = {name: place for place, name in enumerate(ds.respondents["respondent"])}
    places = [order.get(name, -1) for name in table["respondent"]]
    assert places == sorted(places)
    assert (table["treatment"] != "").all()


def test_only_what_was_consulted_counts_as_against_the_record(ds):
    table = trust.anomalies(ds)
    assert set(table.loc[table["basis"] == "record_consulted", "passage_id"]) == consulted(ds)
    assert (table["basis"] != "report_itself").sum() == (ds.anomalies["against"] == "public_record").sum()
    unsure = table[table["basis"] == "record_not_consulted"]
    assert unsure["source"].str.contains("consulted|general knowledge|inference|conjecture").all()
    assert table.loc[table["basis"] == "report_itself", "source"].isna().all()


def test_types_of_anomalies_recounted(ds):
    table = trust.anomaly_types(ds).set_index("anomaly_type")
    assert table["anomalies"].to_dict() == Counter(ds.anomalies["anomaly_type"].astype("str"))
    assert (table[trust.BASES].sum(axis=1) == table["anomalies"]).all()
    own, who = owners(ds), defaultdict(set)
    for a in ds.anomalies.itertuples():
        if a.passage_id in own:
            who[a.anomaly_type].add(own[a.passage_id])
    assert table["respondents"].to_dict() == {kind: len(who[kind]) for kind in table.index}
    assert set(table["of"]) == {len(set(own.values()))}


def test_limits_recounted(ds):
    table = trust.limits(ds).set_index("what")[["number", "of"]].T.to_dict("list")
    assert table["Member States that replied"] == [len(states_of(ds)), len(ds.states)]
    own = set(owners(ds).values())
    assert table["Replies with text of their own"] == [len(own), len(ds.replies)]
    body = ds.passages[ds.passages["kind"].isin(["paragraph", "list_item"]) & ds.passages["reply_id"].isin(own)]
    assert table["Characters of what they say"] == [body["n_chars"].sum(), ds.reports["n_chars"].sum()]
    assert table["Of these, executive summaries"][0] == (ds.replies["form"] == "executive_summary").sum()


# The systematic lists


def test_printed_forms_are_the_surfaces_once_each(ds):
    table = trust.printed_forms(ds)
    expected = {("instrument", m.instrument_id, m.surface) for m in ds.instrument_mentions.itertuples()}
    expected |= {("actor", m.actor_id, m.surface) for m in ds.actor_mentions.itertuples()}
    assert len(table) == len(expected)
    assert set(zip(table["list"], table["of"], table["form"])) == expected
    many = Counter((kind, of) for kind, of, _ in expected)
    assert table["forms"].tolist() == [many[key] for key in zip(table["list"], table["of"])]


def test_printed_forms_of_the_text(ds, source):
    table = trust.printed_forms(ds, source)
    assert set(table.loc[table["list"] == "term", "of"]) == set(trust.TERMS), "a term that nothing is found for"
    places = {(row.of, row.form): row.passages for row in table.itertuples()}
    assert places["terrorists", "恐怖主义分子"] == "csto.08"
    assert places["focal points", "联络中心"] == "tha.04"
    assert places["focal points", "协调中心"] == "tha.05, tha.06"
    assert places["2011", "2011年6月3日"] == "intro.03, tha.03"
    assert places["1540", "第1540号决"] == "caricom.07, caricom.09"
    texts = passage_texts(ds, ur.normalise(source.read_text("utf-8")))
    assert all(row.form in texts[passage] for row in table.itertuples() for passage in row.passages.split(", "))
