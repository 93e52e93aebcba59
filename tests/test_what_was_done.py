"""The measures: counts that add up by another route, status by its rule, gaps against all deals of the names."""

import csv
import itertools
import math
from collections import Counter, defaultdict

import pandas as pd
import pytest
from conftest import ROOT

import unreplies as ur
from unreplies import what_was_done as done
from unreplies.dataset import DOMAINS

STATUSES = ["in_place", "in_progress", "urged"]
TABLES = [done.by, done.gaps, done.stages, done.profiles, done.breadth, done.profile_matrix, done.by_paragraph]
TABLES += [done.domains, lambda ds: done.by(ds, "status"), lambda ds: done.by(ds, "level")]
TABLES += [lambda ds: done.who_reports(ds, "urged"), lambda ds: done.respondents_under(ds, done.by_paragraph(ds))]


def rows(table):
    with open(ROOT / "data" / f"{table}.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def raw(ds):
    """(reply, is it a State, measure, passage) of every measure of the replies in a dataset, joined in plain Python."""
    replies = set(ds.replies["reply_id"])
    states = {actor["actor_id"] for actor in rows("actors") if actor["iso3"]}
    passages = {passage["passage_id"]: passage for passage in rows("passages")}
    labels = {category["category"]: category["label"] for category in rows("measure_categories")}
    result = []
    for measure in rows("measures"):
        passage = passages[measure["passage_id"]]
        reply = passage["reply_id"]
        if reply in replies:
            result.append((reply, reply in states, {**measure, "label": labels[measure["category"]]}, passage))
    return result


def printed(ds):
    """The replies whose text is printed: of States, and of organizations."""
    states = {actor["actor_id"] for actor in rows("actors") if actor["iso3"]}
    own = {reply["reply_id"] for reply in rows("replies") if reply["form"] != "not_reproduced"}
    own &= set(ds.replies["reply_id"])
    return own & states, own - states


def test_categories_agree_with_a_count_in_plain_python(part):
    reporters, passages, (states, organizations) = defaultdict(set), Counter(), printed(part)
    for reply, _, measure, _ in raw(part):
        reporters[measure["label"]].add(reply)
        passages[measure["label"]] += 1
    table = done.by(part).set_index("category_label")
    assert set(table.index) == set(part.measure_categories["label"])
    for label, row in table.iterrows():
        assert row["member_states"] == len(reporters[label] & states)
        assert row["organizations"] == len(reporters[label] & organizations)
        assert row["respondents"] == len(reporters[label])
        assert row["passages"] == row["measures"] == passages[label]
        assert (row["of_member_states"], row["of_organizations"]) == (len(states), len(organizations))
    assert table["respondents"].is_monotonic_decreasing


def test_percentages_are_of_each_kind_and_empty_where_there_are_none(ds, part):
    exports = done.by(ds).set_index("category_label").loc["Export controls"]
    assert exports["percent_of_member_states"] == 62.5
    assert round(exports["percent_of_organizations"], 1) == 13.3
    for table in (done.by(part), done.by_paragraph(part)):
        for kind in ("member_states", "organizations"):
            percent = table[f"percent_of_{kind}"].dropna()
            assert len(percent) == (table[kind].count() if table[f"of_{kind}"].iloc[0] else 0)
            assert percent.between(0, 100).all()


@pytest.mark.parametrize("column", ["status", "level"])
def test_status_and_level_add_up_to_all_measures(part, column):
    table = done.by(part, column).set_index(column)
    found = Counter(measure[column] for _, _, measure, _ in raw(part))
    assert {value: n for value, n in table["measures"].items() if n} == found
    assert table.index.dtype == part.measures[column].dtype
    assert (table["respondents"] <= table["of"]).all()


def test_a_wrong_name_is_answered_with_the_right_ones(ds):
    with pytest.raises(ur.UnknownName, match="did you mean 'status'"):
        done.by(ds, "state")
    with pytest.raises(ur.UnknownName, match="did you mean 'urged'"):
        done.who_reports(ds, "urge")
    spoiled = ds.measure_categories.assign(resolution_1540="OP 13")
    with pytest.raises(ur.UnknownName, match="no paragraph of resolution 1540"):
        done.by_paragraph(ds.replace(measure_categories=spoiled))


def test_the_chance_of_a_gap_in_one_category_is_hypergeometric(ds):
    def gap(named, reporters):
        return abs(named * 15 - (reporters - named) * 8)

    for row in done.gaps(ds).itertuples():
        deals = 0
        for named in range(9):
            if gap(named, row.respondents) >= gap(row.member_states, row.respondents):
                deals += math.comb(row.respondents, named) * math.comb(23 - row.respondents, 8 - named)
        assert row.by_chance == deals / math.comb(23, 8)
        assert row.by_chance <= row.any_by_chance


def test_the_chance_of_a_gap_in_any_category_is_counted_over_all_deals(ds):
    few = ds.only(["est", "rus", "guy", "las", "wco", "osce", "iaea"])
    reports, (states, organizations) = defaultdict(set), printed(few)
    for reply, _, measure, _ in raw(few):
        reports[measure["label"]].add(reply)

    def gaps(named):
        return {label: len(who & named) / 3 - len(who - named) / 4 for label, who in reports.items()}

    table = done.gaps(few).set_index("category_label")
    seen = gaps(states)
    deals = [gaps(set(named)) for named in itertools.combinations(states | organizations, 3)]
    for label in seen:
        as_wide = [max(map(abs, deal.values())) > abs(seen[label]) - 1e-9 for deal in deals]
        assert table.loc[label, "any_by_chance"] == as_wide.count(True) / 35
        assert table.loc[label, "gap"] == pytest.approx(100 * seen[label])


def test_there_is_no_gap_where_one_kind_is_alone(ds):
    for replies in (["est", "tha"], ["wco"], []):
        assert done.gaps(ds.only(replies))[["gap", "by_chance", "any_by_chance"]].isna().all(axis=None)


def test_a_profile_has_the_first_status_that_applies(part):
    found = defaultdict(list)
    for reply, _, measure, _ in raw(part):
        found[reply, measure["label"]].append((measure["status"], measure["passage_id"]))
    cells = done.profiles(part)
    assert len(cells) == len(found)
    for row in cells.itertuples():
        statuses = Counter(status for status, _ in found[row.reply_id, row.category_label])
        assert row.status == next(status for status in STATUSES if statuses[status])
        assert [row.in_place, row.in_progress, row.urged] == [statuses[status] for status in STATUSES]
        assert row.passages == statuses.total()
        assert sorted(row.passage_ids.split(", ")) == sorted(p for _, p in found[row.reply_id, row.category_label])


def test_the_stages_count_each_respondent_once(part):
    reached = defaultdict(dict)
    for reply, _, measure, _ in raw(part):
        first = reached[measure["label"]].get(reply, "urged")
        reached[measure["label"]][reply] = min(first, measure["status"], key=STATUSES.index)
    for row in done.stages(part).itertuples():
        counts = Counter(reached[row.category_label].values())
        assert [row.in_place, row.in_progress, row.urged] == [counts[status] for status in STATUSES]
        assert row.respondents == counts.total()


def test_the_matrix_has_a_cell_for_each_profile_and_nothing_else(part):
    matrix = done.profile_matrix(part).set_index("reply_id")
    keys = part.measure_categories.set_index("label")["category"]
    cells = {(row.reply_id, keys[row.category_label]): row.status for row in done.profiles(part).itertuples()}
    shown = matrix[keys.to_list()].stack()
    assert shown[shown.notna()].to_dict() == cells
    assert matrix.index.to_list() == done.breadth(part)["reply_id"].to_list()
    assert (matrix[keys.to_list()].notna().sum(axis=1) == matrix["categories"]).all()


def test_breadth_has_those_whose_text_is_printed_states_first(part):
    states, organizations = printed(part)
    table = done.breadth(part)
    assert set(table["reply_id"][: len(states)]) == states
    assert set(table["reply_id"][len(states) :]) == organizations
    for row in table.itertuples():
        own = [(m["category"], m["passage_id"]) for reply, _, m, _ in raw(part) if reply == row.reply_id]
        assert row.categories == len({category for category, _ in own})
        assert row.passages == len({passage for _, passage in own}) <= row.of_passages


@pytest.mark.parametrize("status", STATUSES)
def test_who_reports_a_status_lists_each_passage_once(part, status):
    table = done.who_reports(part, status)
    listed = [passage for ids in table["passage_ids"] for passage in ids.split(", ")]
    assert sorted(listed) == sorted({m["passage_id"] for _, _, m, _ in raw(part) if m["status"] == status})
    assert table["passages"].sum() == len(listed)


def test_a_category_with_two_paragraphs_counts_in_both_and_one_without_in_none(ds, part):
    table = done.by_paragraph(part).set_index("paragraph")
    law = {reply for reply, _, m, _ in raw(part) if m["category"] in ("financing", "legislation")}
    assert table.loc["OP 2", "respondents"] == len(law)
    listed = Counter(label for labels in table["categories"].dropna() for label in labels.split(", "))
    twice = {"Legislation", "Export controls", "Financing", "Cooperation", "Information-sharing"}
    assert {label for label, n in listed.items() if n == 2} == twice
    assert set(ds.measure_categories["label"]) - set(listed) == {"Institutions and plans", "Preparedness"}
    assert table["respondents"].isna().equals(table["categories"].isna())
    assert (table["in_place"].dropna() <= table["respondents"].dropna()).all()


def test_export_controls_are_under_3_c_and_3_d_and_legislation_under_8_b(ds):
    categories = done.by_paragraph(ds).set_index("paragraph")["categories"]
    assert categories["OP 3 (c)"] == "Border controls and law enforcement, Export controls"
    assert categories["OP 3 (d)"] == "Export controls, Financing"
    assert categories["OP 8 (b)"] == "Legislation"


def test_respondents_under_provisions_count_once_however_many_provisions(part):
    binding = done.by_paragraph(part).query("character == @done.BINDING")
    assert binding["paragraph"].to_list() == ["OP 1", "OP 2", "OP 3 (a)", "OP 3 (b)", "OP 3 (c)", "OP 3 (d)"]
    duties = {"legislation", "financing", "accounting", "physical_protection", "border_enforcement", "export_control"}
    who = {(reply, state) for reply, state, m, _ in raw(part) if m["category"] in duties}
    under = done.respondents_under(part, binding).set_index("kind")
    states, organizations = printed(part)
    assert under.loc["Member State"].to_list() == [sum(state for _, state in who), len(states)]
    assert under.loc["organization"].to_list() == [sum(not state for _, state in who), len(organizations)]
    assert done.respondents_under(part, binding.query("paragraph == 'OP 1'"))["respondents"].to_list() == [0, 0]


def test_a_domain_is_alone_only_where_no_other_of_the_four_is_named(part):
    table, weapons = done.domains(part).set_index("domain"), DOMAINS[:4]
    passages = {passage["passage_id"]: passage for _, _, _, passage in raw(part)}
    assert table.index.to_list() == list(DOMAINS)
    for domain, row in table.iterrows():
        flagged = [passage for passage in passages.values() if passage[domain] == "true"]
        named = [{weapon for weapon in weapons if passage[weapon] == "true"} - {domain} for passage in flagged]
        assert row["passages"] == len(flagged)
        assert row["respondents"] == len({passage["reply_id"] for passage in flagged})
        assert row["with_no_other_of_the_four"] == named.count(set())
        assert row["with_all_four"] == sum(all(p[weapon] == "true" for weapon in weapons) for p in flagged)
        assert row["of_passages"] == len(passages)


@pytest.mark.parametrize("make", TABLES)
def test_every_table_is_a_plain_frame_with_the_same_columns_on_every_part(ds, part, make):
    whole, table = make(ds), make(part)
    assert type(table) is pd.DataFrame
    assert not table.attrs
    assert sorted(table) == sorted(whole)  # the matrix has its categories in the order of the part
    assert table.index.equals(pd.RangeIndex(len(table)))
    assert table.dtypes.to_dict() == whole.dtypes.to_dict()


def test_a_changed_frame_changes_what_is_counted(ds):
    fewer = ds.where("measures", ds.measures["category"] != "export_control")
    assert done.by(fewer).set_index("category_label").loc["Export controls", "respondents"] == 0
    assert done.stages(fewer).set_index("category_label").loc["Export controls", "in_place"] == 0
