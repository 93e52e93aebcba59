"""Recurrence of instruments: every count again from the raw tables, in plain Python, and on data that were changed."""

import csv
from collections import Counter, defaultdict

import pytest
from conftest import ROOT

import unreplies as ur
from unreplies import which_instruments_recur as recur


def rows(name):
    with open(ROOT / "data" / f"{name}.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def raw():
    """Instrument by reply: the relations of its mentions, read from the CSV files alone."""
    reply_of = {row["passage_id"]: row["reply_id"] for row in rows("passages")}
    printed = {row["reply_id"] for row in rows("replies") if row["form"] != "not_reproduced"}
    found = defaultdict(list)
    for row in rows("instrument_mentions"):
        if reply_of[row["passage_id"]] in printed:
            found[row["instrument_id"], reply_of[row["passage_id"]]].append(row["relation"])
    return found


def test_pairs_and_mentions_are_those_of_the_raw_tables(ds, raw):
    table = recur.pairs(ds)
    assert {(r.instrument_id, r.reply_id): r.mentions for r in table.itertuples()} == {
        k: len(v) for k, v in raw.items()
    }
    order = ["party", "signed", "adopted", "drafting", "implements", "promotes", "supports", "cites"]
    for row in table.itertuples():
        assert row.relation == min(raw[row.instrument_id, row.reply_id], key=order.index)
        assert all(p.split(".")[0] == row.reply_id for p in row.passages.split(", "))


def test_the_words_of_the_secretary_general_count_for_nobody(ds):
    table = recur.pairs(ds)
    assert "tkm" not in set(table["reply_id"])
    left_out = ds.joined("instrument_mentions")
    left_out = left_out[left_out["reply_form"].isna() | (left_out["reply_form"] == "not_reproduced")]
    assert table["mentions"].sum() + len(left_out) == len(ds.instrument_mentions)
    assert not set(left_out.loc[left_out["reply_id"].notna(), "instrument_id"]) & set(table["instrument_id"])


@pytest.mark.parametrize("cites", [True, False])
def test_recurrence_by_another_route(ds, raw, cites):
    who, mentions = Counter(), Counter()
    for (instrument, _), relations in raw.items():
        kept = [r for r in relations if cites or r != "cites"]
        who[instrument] += bool(kept)
        mentions[instrument] += len(kept)
    table = recur.recurrence(ds, cites).set_index("instrument_id")
    assert table["respondents"].to_dict() == {k: n for k, n in who.items() if n}
    assert table["mentions"].to_dict() == {k: n for k, n in mentions.items() if n}
    assert (table["Member States"] + table["organizations"] == table["respondents"]).all()
    for row in table.itertuples():
        assert row.rank_by_respondents == 1 + sum(n > row.respondents for n in who.values())
        assert row.rank_by_mentions == 1 + sum(n > row.mentions for n in mentions.values())
        assert len(row.named_by.split(", ")) == row.respondents
    assert table["respondents"].is_monotonic_decreasing


def test_recurrence_agrees_with_the_shared_count_of_respondents(ds):
    shared = ds.count_respondents("instrument_mentions", "instrument_id").set_index("instrument_id")["respondents"]
    table = recur.recurrence(ds).set_index("instrument_id")["respondents"]
    assert shared.reindex(table.index).to_list() == table.to_list()


@pytest.mark.parametrize("by", ["text_class", "scope", "decade"])
def test_groups_add_up(ds, by):
    table, whole = recur.groups(ds, by), recur.recurrence(ds)
    assert table["instruments"].sum() == len(whole)
    assert table["mentions"].sum() == whole["mentions"].sum()
    assert table["named_by_one_only"].sum() == (whole["respondents"] == 1).sum()
    named = recur.pairs(ds)
    for row in table.to_dict("records"):
        assert row["respondents"] == len(set(named.loc[named[by] == row[by], "reply_id"])) <= table.attrs["respondents"]


def test_a_wrong_grouping_is_answered_with_the_right_ones(ds):
    with pytest.raises(ur.UnknownName, match="did you mean 'scope'"):
        recur.groups(ds, "scopes")


def test_every_type_of_instrument_has_one_class(ds):
    types = [kind for kinds in recur.CLASSES.values() for kind in kinds]
    assert len(types) == len(set(types))
    assert set(types) == set(ds.instruments["instrument_type"].cat.categories)
    national = recur.pairs(ds).query("text_class == 'national laws and plans'")
    assert set(national["scope"]) == {"national"}


def test_no_text_is_dated_after_the_report(ds):
    table = recur.recurrence(ds).merge(ds.instruments[["instrument_id", "adopted"]], validate="one_to_one")
    cutoff = ds.reports["cutoff"].item()
    for row in table.itertuples():
        assert (row.decade == "no date") == (not row.adopted <= cutoff)
        assert row.decade == "no date" or row.decade == f"{str(row.adopted.year)[:3]}0s"


def test_the_universal_instruments_are_named_or_not(ds, raw):
    table = recur.universal(ds).set_index("universal_id")
    assert len(table) == len(rows("universal_instruments"))
    assert table["adopted"].is_monotonic_increasing
    for row in rows("universal_instruments"):
        named = [reply for instrument, reply in raw if instrument and instrument == row["instrument_id"]]
        beyond = [reply for reply in named if set(raw[row["instrument_id"], reply]) != {"cites"}]
        mine = table.loc[row["universal_id"]]
        assert (mine["respondents"], mine["beyond_cites"]) == (len(named), len(beyond))
        assert bool(mine["named_by"]) == bool(mine["passages"]) == bool(named)


def test_universal_conventions_of_the_report_are_all_in_the_list(ds):
    coded = ds.instruments.query("counter_terrorism and scope == 'universal'")["instrument_id"]
    assert set(coded) == set(ds.universal_instruments["instrument_id"].dropna())


def test_pairs_named_together_by_another_route(ds, raw):
    who = defaultdict(set)
    for instrument, reply in raw:
        who[instrument].add(reply)
    names = ds.instruments.set_index("short_name")["instrument_id"]
    table = recur.together(ds)
    often = [i for i in who if len(who[i]) > 1]
    assert len(table) == len(often) * (len(often) - 1) // 2
    for row in table.itertuples():
        a, b = who[names[row.first]], who[names[row.second]]
        assert (row.name_the_first, row.name_the_second, row.name_both) == (len(a), len(b), len(a & b))
        assert row.expected == pytest.approx(len(a) * len(b) / table.attrs["respondents"])
        assert row.in_one_passage <= row.name_both <= min(len(a), len(b))


def test_what_each_respondent_names(ds, raw):
    table = recur.by_respondent(ds).set_index("respondent")
    names = ds.actors.set_index("actor_id")["short_name"]
    times = Counter(instrument for instrument, _ in raw)
    for reply in ds.replies.query("form != 'not_reproduced'")["reply_id"]:
        mine = [instrument for instrument, who in raw if who == reply]
        row = table.loc[names[reply]]
        assert row["instruments"] == len(mine) == row[list(recur.CLASSES)].sum()
        assert row["only_here"] == sum(times[instrument] == 1 for instrument in mine)
    assert table["instruments"].sum() == len(raw)


def test_a_small_case_by_hand(copy):
    """Five mentions: two respondents name x, one of them twice; y is named once; the introduction names x."""
    path = copy / "instrument_mentions.csv"
    head = path.read_text("utf-8").split("\n")[0]
    places = [("intro.01", "npt"), ("aus.04", "npt"), ("aus.05", "npt"), ("wco.04", "npt"), ("wco.04", "ctbt")]
    lines = [f"{passage}-i{n + 1:02},{passage},{text},x,0,1,full,cites" for n, (passage, text) in enumerate(places)]
    path.write_text("\n".join([head, *lines]) + "\n", "utf-8")
    changed = ur.load(copy)
    table = recur.recurrence(changed).set_index("instrument_id")
    assert table.loc["npt", ["respondents", "mentions"]].to_list() == [2, 3]
    assert table.loc["ctbt", ["respondents", "mentions", "rank_by_respondents"]].to_list() == [1, 1, 2]
    assert recur.recurrence(changed, cites=False).empty
    assert recur.together(changed).empty  # one recurrent instrument makes no pair
    assert recur.by_respondent(changed)["only_here"].sum() == 1


DRAWINGS = [recur.draw_recurrence, recur.draw_matrix, recur.draw_universal]


def test_the_matrix_has_every_pair_of_a_recurrent_instrument(ds):
    table, texts = recur.draw_matrix(ds).table.set_index("instrument"), recur.recurrence(ds).query("respondents > 1")
    assert table.ne("").sum(axis=1).to_dict() == texts.set_index("instrument")["respondents"].to_dict()
    assert len(table.columns) == recur.recurrence(ds).attrs["respondents"]


def without(copy, name, *parts):
    path = copy / f"{name}.csv"
    lines = path.read_text("utf-8").split("\n")
    kept = [line for line in lines if not any(part in line for part in parts)]
    assert len(kept) < len(lines)
    path.write_text("\n".join(kept), "utf-8")
    return ur.load(copy)


def test_titles_follow_the_data(ds, copy):
    changed = without(copy, "instrument_mentions", ",s-res-1540,", ",icsant,", ",cppnm,")
    for draw in DRAWINGS:
        assert draw(changed).alt.split(". ")[0] != draw(ds).alt.split(". ")[0]
    first = recur.recurrence(changed).iloc[0]
    assert first["instrument"] in recur.draw_recurrence(changed).alt.split(";")[0]
    named = (recur.universal(changed)["respondents"] > 0).sum()
    assert recur.draw_universal(changed).alt.startswith(f"{named} of ")
