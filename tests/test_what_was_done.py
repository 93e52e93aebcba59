"""The measures: counts that add up by another route, status by its rule, titles that follow the data."""

import csv
from collections import Counter, defaultdict

import pytest
from conftest import ROOT

import unreplies as ur
from unreplies import what_was_done as done


def rows(table, folder=ROOT / "data"):
    with open(folder / f"{table}.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def raw():
    """(reply, is it a State, measure, passage) of every row of the raw table, joined in plain Python."""
    passages = {p["passage_id"]: p for p in rows("passages")}
    states = {r["reply_id"] for r in rows("replies") if r["section"] == "II"}
    labels = {c["category"]: c["label"] for c in rows("measure_categories")}
    return [
        (passages[m["passage_id"]]["reply_id"], passages[m["passage_id"]]["reply_id"] in states, m, passage, labels)
        for m in rows("measures")
        for passage in [passages[m["passage_id"]]]
    ]


def test_categories_agree_with_a_count_in_plain_python(ds, raw):
    states, organizations, passages = defaultdict(set), defaultdict(set), Counter()
    for reply, is_state, measure, _, labels in raw:
        label = labels[measure["category"]]
        (states if is_state else organizations)[label].add(reply)
        passages[label] += 1
    table = done.by(ds).set_index("category_label")
    assert set(table.index) == set(ds.measure_categories["label"])
    for label, row in table.iterrows():
        assert row["Member States"] == len(states[label])
        assert row["organizations"] == len(organizations[label])
        assert row["respondents"] == row["Member States"] + row["organizations"]
        assert row["passages"] == passages[label]
    assert table["passages"].sum() == len(raw)


@pytest.mark.parametrize("column", ["status", "level"])
def test_status_and_level_add_up_to_all_measures(ds, raw, column):
    table = done.by(ds, column).set_index(column)
    assert table["measures"].to_dict() == Counter(m[column] for _, _, m, _, _ in raw)
    assert (table["respondents"] <= table.attrs["respondents"]).all()


def test_wrong_names_are_answered_with_the_right_ones(ds):
    with pytest.raises(ur.UnknownName, match="did you mean 'status'"):
        done.by(ds, "state")
    with pytest.raises(ur.UnknownName, match="did you mean 'urged'"):
        done.who_reports(ds, "urge")


def test_a_cell_of_the_domains_counts_flagged_passages(ds, raw):
    cells = done.by_domain(ds).set_index(["category_label", "domain"])
    assert len(cells) == len(ds.measure_categories) * (len(done.DOMAINS) + 1)
    found = defaultdict(set)
    for reply, _, measure, passage, labels in raw:
        for domain in [*done.DOMAINS, done.GENERAL]:
            if passage[domain] == "true":
                found[labels[measure["category"]], domain].add(reply)
    assert {key: n for key, n in cells["respondents"].items() if n} == {key: len(who) for key, who in found.items()}


def test_a_domain_is_alone_only_where_no_other_is_named(ds, raw):
    table = done.domains(ds).set_index("domain")
    weapons = done.DOMAINS[:4]
    passages = {p["passage_id"]: [d for d in weapons if p[d] == "true"] for _, _, _, p, _ in raw}
    for domain in weapons:
        assert table.loc[domain, "with_no_other_of_the_four"] == list(passages.values()).count([domain])
        assert table.loc[domain, "with_all_four"] == list(passages.values()).count(weapons)
    assert table.loc[done.GENERAL, ["with_no_other_of_the_four", "with_all_four"]].isna().all()
    delivery = [p for _, _, _, p, _ in raw if p["delivery"] == "true"]
    none = {p["passage_id"] for p in delivery if not passages[p["passage_id"]]}
    assert table.loc["delivery", "with_no_other_of_the_four"] == len(none)


def test_the_status_of_a_cell_is_the_first_that_applies(ds, raw):
    found = defaultdict(set)
    for reply, _, measure, _, labels in raw:
        found[reply, labels[measure["category"]]].add(measure["status"])
    cells = done.profiles(ds)
    assert len(cells) == len(found)
    for row in cells.itertuples():
        first = next(s for s in ("in_place", "in_progress", "urged") if s in found[row.reply_id, row.category_label])
        assert row.status == first
        assert row.passages == row.in_place + row.in_progress + row.urged == len(row.passage_ids.split(", "))


def test_who_reports_a_status_lists_each_passage_once(ds, raw):
    for status in ("in_place", "in_progress", "urged"):
        table = done.who_reports(ds, status)
        listed = [passage for ids in table["passage_ids"] for passage in ids.split(", ")]
        assert sorted(listed) == sorted({m["passage_id"] for _, _, m, _, _ in raw if m["status"] == status})
        assert table["passages"].sum() == len(listed)


def test_a_category_with_two_paragraphs_counts_in_both_and_one_without_in_none(ds, raw):
    table = done.by_paragraph(ds).set_index("paragraph")
    finance = {reply for reply, _, m, _, _ in raw if m["category"] in ("financing", "legislation")}
    assert table.loc["OP 2", "respondents"] == len(finance)
    listed = Counter(label for row in table["categories"] for label in row.split("; "))
    assert listed.pop("outside the coding") == table["respondents"].isna().sum()
    twice = {"Legislation", "Export controls", "Financing", "Cooperation", "Information-sharing"}
    assert {label for label, n in listed.items() if n == 2} == twice
    assert set(ds.measure_categories["label"]) - set(listed) == {"Institutions and plans", "Preparedness"}
    assert (table["in_place"].dropna() <= table["respondents"].dropna()).all()


def test_every_respondent_has_a_profile_also_one_without_text(ds):
    table = done.breadth(ds).set_index("reply_id")
    assert set(table.index) == set(ds.replies["reply_id"])
    missing = table["form"] == "not_reproduced"
    assert missing.sum() == len(table) - done.denominators(ds)["respondents"]
    for number in ("categories", "passages", "of_passages", "n_chars"):
        assert table[number].isna().equals(missing)
    assert table["categories"].sum() == len(done.profiles(ds))


def test_the_first_title_names_the_widest_gap_in_each_direction(ds, raw):
    sides = {True: defaultdict(set), False: defaultdict(set)}
    for reply, is_state, measure, _, labels in raw:
        sides[is_state][labels[measure["category"]]].add(reply)
    of = done.denominators(ds)
    gap = {
        label: len(sides[True][label]) / of["Member States"] - len(sides[False][label]) / of["organizations"]
        for label in ds.measure_categories["label"]
    }
    alt = done.draw_categories(ds).alt
    assert alt.startswith(f"Widest gap towards States: {max(gap, key=gap.get).lower()} (")
    assert f"; towards organizations: {min(gap, key=gap.get).lower()} (" in alt


DRAWINGS = [done.draw_categories, done.draw_domains, done.draw_paragraphs, done.draw_profiles]


def test_titles_follow_the_data(copy):
    """Without the measures of two replies, and with a flag taken away, no title stays as it was."""
    before = [draw(ur.load(copy)).alt.split(". ")[0] for draw in DRAWINGS]
    path = copy / "measures.csv"
    kept = [line for line in path.read_text("utf-8").split("\n") if not line.startswith(("est.", "caricom.", "au."))]
    path.write_text("\n".join(kept), "utf-8")
    after = [draw(ur.load(copy)).alt.split(". ")[0] for draw in DRAWINGS]
    assert all(one != other for one, other in zip(before, after))
