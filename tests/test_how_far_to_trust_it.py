"""Findings under counting rules: verdicts recounted by another route, and statements that the data can contradict."""

from collections import Counter, defaultdict

import pandas as pd
import pytest

import unreplies as ur
from unreplies import how_far_to_trust_it as trust
from unreplies import which_instruments_recur
from unreplies.audit import passage_texts


@pytest.fixture(scope="module")
def table(ds):
    return trust.findings(ds)


def cell(table, finding, rule="as in the notebooks"):
    row = table[table["finding"].str.startswith(finding) & (table["rule"] == rule)]
    assert len(row) == 1
    return row[["verdict", "figures"]].iloc[0].to_list()


def owners(ds):
    """The reply of each passage whose text is a respondent's own."""
    printed = {r.reply_id for r in ds.replies.itertuples() if r.form != "not_reproduced"}
    return {p.passage_id: p.reply_id for p in ds.passages.itertuples() if p.reply_id in printed}


def test_every_finding_meets_every_rule_once(table):
    assert len(table) == len(trust.FINDINGS) * len(trust.RULES)
    assert not table.duplicated(["finding", "rule"]).any()
    assert (table["figures"].eq("") == table["verdict"].eq("not applicable")).all()


def test_no_finding_is_shown_as_holding_where_its_rule_does_not_apply(ds, table):
    """A rule that changes one table says nothing of a finding on another; one kind says nothing of both."""
    for rule, rows in (("without cites", "instrument_mentions"), ("without urged", "measures")):
        reads = {f.statement for f in trust.FINDINGS if f.reads == rows}
        applied = table[(table["rule"] == rule) & (table["verdict"] != "not applicable")]
        assert set(applied["finding"]) == reads
    compared = {f.statement for f in trust.FINDINGS if f.kinds != "together"}
    one_kind = table[table["rule"].isin(["States alone", "organizations alone"]) & table["finding"].isin(compared)]
    assert set(one_kind["verdict"]) == {"not applicable"}
    assert one_kind["why_not"].ne("").all()


def test_the_first_instrument_recounted_by_hand(ds, table):
    own, states = owners(ds), set(ds.replies.query("section == 'II'")["reply_id"])
    for rule, keep in (
        ("as in the notebooks", lambda m: True),
        ("without cites", lambda m: m.relation != "cites"),
        ("States alone", lambda m: own[m.passage_id] in states),
        ("organizations alone", lambda m: own[m.passage_id] not in states),
    ):
        who = defaultdict(set)
        for m in ds.instrument_mentions.itertuples():
            if m.passage_id in own and keep(m):
                who[m.instrument_id].add(own[m.passage_id])
        lead = len(who.pop("s-res-1540"))
        most = max(map(len, who.values()))
        verdict = "holds" if lead > most else "does not hold"
        assert cell(table, "Resolution 1540", rule) == [verdict, f"{lead}; {most}"]


def test_without_cites_agrees_with_the_module_of_the_notebook(ds, table):
    counts = which_instruments_recur.recurrence(ds, cites=False)["respondents"]
    assert cell(table, "More than half", "without cites")[1] == f"{(counts == 1).sum()} of {len(counts)}"


def test_the_first_kind_of_measure_recounted_by_hand(ds, table):
    own = owners(ds)
    doubted = {a.passage_id for a in ds.anomalies.itertuples() if a.against == "public_record"}
    summaries = set(ds.replies.query("form == 'executive_summary'")["reply_id"])
    longest = Counter()
    for p in ds.passages.itertuples():
        if p.kind in ("paragraph", "list_item") and p.passage_id in own:
            longest[p.reply_id] += p.n_chars
    (first, _), *_ = longest.most_common(1)
    for rule, keep in (
        ("without disputed passages", lambda p: p not in doubted),
        ("without the summaries", lambda p: own[p] not in summaries),
        ("without the longest reply", lambda p: own[p] != first),
    ):
        who = defaultdict(set)
        for m in ds.measures.itertuples():
            if keep(m.passage_id):
                who[m.category].add(own[m.passage_id])
        lead = len(who.pop("cooperation"))
        assert cell(table, "Cooperation", rule)[1] == f"{lead}; {max(map(len, who.values()))}"


def test_export_controls_recounted_by_hand(ds, table):
    own, states = owners(ds), set(ds.replies.query("section == 'II'")["reply_id"])
    who = {own[m.passage_id] for m in ds.measures.itertuples() if m.category == "export_control"}
    every = set(own.values())
    words = f"{len(who & states)} of {len(every & states)}; {len(who - states)} of {len(every - states)}"
    assert cell(table, "Export controls") == ["holds", words]
    part, whole = Counter(), Counter()
    for m in ds.measures.itertuples():
        whole[own[m.passage_id] in states] += 1
        part[own[m.passage_id] in states] += m.category == "export_control"
    words = f"{part[True]} of {whole[True]}; {part[False]} of {whole[False]}"
    assert cell(table, "Export controls", "the other count")[1] == words


def test_a_tie_does_not_hold():
    assert trust._ahead(pd.Series({"a": 3, "b": 3}), "a") == (False, "3", "3")
    assert trust._ahead(pd.Series({"a": 3, "b": 2}), "a") == (True, "3", "2")
    assert trust._ahead(pd.Series({"b": 2}), "a") == (False, "0", "2")
    assert trust._ahead(pd.Series(dtype="int64"), "a") is None


def test_shares_are_compared_with_their_denominators():
    assert trust._larger(1, 2, 2, 5) == (True, "1 of 2", "2 of 5")
    assert trust._larger(2, 4, 1, 2) == (False, "2 of 4", "1 of 2")
    assert trust._larger(0, 0, 1, 2) is None


def test_a_wrong_rule_is_answered_with_the_right_ones(ds):
    with pytest.raises(ur.UnknownName, match="did you mean 'without cites'"):
        trust.verdict(ds, trust.FINDINGS[0], "without cite")


def test_the_summary_counts_what_the_matrix_shows(ds, table):
    for row in trust.summary(ds).itertuples():
        part = table[(table["finding"] == row.finding) & (table["rule"] != "as in the notebooks")]
        counts = part["verdict"].astype("str").value_counts()
        assert row.holds_under == counts.get("holds", 0)
        assert row.rules_that_apply == len(part) - counts.get("not applicable", 0)
        assert (row.does_not_hold == "") == (row.holds_under == row.rules_that_apply)


def test_one_leave_out_by_another_route(ds):
    hang = trust.leave_one_out(ds).set_index("finding")
    assert hang.index.to_list() == [finding.statement for finding in trust.FINDINGS]
    row = hang[hang.index.str.startswith("More of the recent")].iloc[0]
    less = ds.only(set(ds.replies["reply_id"]) - {"unodc"})
    months = Counter(str(e.date)[:7] for e in less.events.itertuples() if e.date_precision != "year")
    (_, most), (_, second) = months.most_common(2)
    assert (months["2010-11"] > second) == ("UNODC" not in row["hangs_on"])
    assert most == max(months.values())
    assert row["holds_without"] + len(row["hangs_on"].split(", ")) == row["replies"] == len(ds.replies)


def test_november_counts_no_event_of_the_introduction(ds, table):
    own = owners(ds)
    states = set(ds.replies.query("section == 'II'")["reply_id"])
    told = [e for e in ds.events.itertuples() if own.get(e.passage_id) in states and e.date_precision != "year"]
    months = Counter(str(e.date)[:7] for e in told if pd.isna(e.date_end) and e.date.year >= 2010)
    lead = months.pop("2010-11")
    assert cell(table, "More of the recent", "States alone")[1] == f"{lead}; {max(months.values())}"


def test_anomalies_are_all_there_once_and_in_the_order_of_the_report(ds):
    table = trust.anomalies(ds)
    assert sorted(table["anomaly_id"]) == sorted(ds.anomalies["anomaly_id"])
    order = {name: place for place, name in enumerate(ds.joined("replies").sort_values("position")["respondent"])}
    places = [order.get(name, -1) for name in table["respondent"]]
    assert places == sorted(places)
    assert (table["treatment"] != "").all()
    assert not (table["from_memory"] & (table["against"] == "itself")).any()


def test_types_and_touched_rows_recounted(ds):
    types = trust.anomaly_types(ds).set_index("anomaly_type")["anomalies"].to_dict()
    assert types == Counter(ds.anomalies["anomaly_type"].astype("str"))
    touched = trust.touched(ds).set_index("table")
    record = {a.passage_id for a in ds.anomalies.itertuples() if a.against == "public_record"}
    assert touched.loc["events", "beside_one_with_the_record"] == sum(p in record for p in ds.events["passage_id"])
    assert (touched["beside_one_with_the_record"] <= touched["beside_an_anomaly"]).all()
    assert (touched["beside_an_anomaly"] <= touched["rows"]).all()


def test_limits_have_denominators_that_hold_them(ds):
    table = trust.limits(ds)
    known = table.dropna(subset=["of"])
    assert (known["number"] <= known["of"]).all()
    assert table.set_index("what").loc["replies in translation", "number"] == len(ds.replies)


def test_the_figure_is_the_same_bytes_twice_and_says_what_it_shows(ds, table):
    chart = trust.draw_findings(ds)
    assert chart.svg == trust.draw_findings(ur.load()).svg
    assert len(chart.alt) > 80
    assert chart.svg.count(">yes</text>") == (table["verdict"] == "holds").sum()
    assert chart.svg.count(">no</text>") == (table["verdict"] == "does not hold").sum()
    assert len(chart.table) == len(table)


def test_title_and_verdicts_follow_changed_data(copy):
    """Without a measure of export control the statement on it is untrue, and the title no longer counts it."""
    path = copy / "measures.csv"
    lines = path.read_text("utf-8").split("\n")
    path.write_text("\n".join(line for line in lines if ",export_control," not in line), "utf-8")
    changed = trust.draw_findings(ur.load(copy))
    assert cell(changed.table, "Export controls") == ["does not hold", "0 of 8; 0 of 15"]
    firm = changed.table.groupby("finding")["verdict"].agg(lambda v: (v != "does not hold").all())
    assert changed.alt.startswith(f"{firm.sum()} of {len(firm)} findings hold")
    assert not firm[firm.index.str.startswith("Export controls")].item()
    assert "11 hold as counted there" in changed.svg


def test_printed_forms_are_the_surfaces_once_each(ds):
    table = trust.printed_forms(ds)
    expected = {("instrument", m.instrument_id, m.surface) for m in ds.instrument_mentions.itertuples()}
    expected |= {("actor", m.actor_id, m.surface) for m in ds.actor_mentions.itertuples()}
    assert len(table) == len(expected)
    assert set(zip(table["kind"], table["of"], table["form"])) == expected
    many = Counter((kind, of) for kind, of, _ in expected)
    assert table["forms"].tolist() == [many[key] for key in zip(table["kind"], table["of"])]


def test_printed_forms_of_the_text(ds, source):
    table = trust.printed_forms(ds, source)
    assert set(table.loc[table["kind"] == "term", "of"]) == set(trust.TERMS), "a term that nothing is found for"
    places = {(row.of, row.form): row.passages for row in table.itertuples()}
    assert places["terrorists", "恐怖主义分子"] == "csto.08"
    assert places["focal points", "联络中心"] == "tha.04"
    assert places["focal points", "协调中心"] == "tha.05, tha.06"
    assert places["2011", "2011年6月3日"] == "intro.03, tha.03"
    assert places["1540", "第1540号决"] == "caricom.07, caricom.09"
    texts = passage_texts(ds, ur.normalise(source.read_text("utf-8")))
    assert all(row.form in texts[passage] for row in table.itertuples() for passage in row.passages.split(", "))
