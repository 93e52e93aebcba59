"""Recurrence of instruments: every count again from the raw tables, in plain Python, and on data that were changed."""

import csv
from collections import Counter, defaultdict

import pandas as pd
import pytest
from conftest import ROOT

import unreplies as ur
from unreplies import which_instruments_recur as recur

RELATIONS = ["party", "signed", "adopted", "drafting", "implements", "promotes", "supports", "cites"]
GROUPS = ["african", "asia_pacific", "eastern_european", "grulac", "weog"]


def rows(name):
    with open(ROOT / "data" / f"{name}.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def raw(ds, by="instrument_id", cites=True):
    """Text by reply: the relations of its mentions, from the CSV files, of the replies that the dataset has."""
    reply_of = {row["passage_id"]: row["reply_id"] for row in rows("passages")}
    printed = {row["reply_id"] for row in rows("replies") if row["form"] != "not_reproduced"} & set(
        ds.replies["reply_id"]
    )
    text = {row["instrument_id"]: row[by] for row in rows("instruments")}
    found = defaultdict(list)
    for row in rows("instrument_mentions"):
        if reply_of[row["passage_id"]] in printed and (cites or row["relation"] != "cites"):
            found[text[row["instrument_id"]], reply_of[row["passage_id"]]].append(row["relation"])
    return found


def group_of_replies():
    """The regional group of each reply of a Member State."""
    group = {row["iso3"]: row["regional_group"] for row in rows("states")}
    return {row["actor_id"]: group[row["iso3"]] for row in rows("actors") if row["iso3"]}


@pytest.mark.parametrize("by", recur.BY)
@pytest.mark.parametrize("cites", [True, False])
def test_pairs_and_mentions_are_those_of_the_raw_tables(part, by, cites):
    table, found = recur.pairs(part, cites, by), raw(part, by, cites)
    mentions = table.set_index(["instrument_id", "reply_id"])["mentions"].to_dict()
    assert mentions == {pair: len(relations) for pair, relations in found.items()}
    names = {row["instrument_id"]: row["short_name"] for row in rows("instruments")}
    for row in table.itertuples():
        assert row.relation == min(found[row.instrument_id, row.reply_id], key=RELATIONS.index)
        assert all(passage.split(".")[0] == row.reply_id for passage in row.passages.split(", "))
        assert row.instrument == names[row.instrument_id]


def test_the_words_of_the_secretary_general_count_for_nobody(ds):
    table, mentions = recur.pairs(ds), rows("instrument_mentions")
    assert "tkm" not in set(table["reply_id"])
    left_out = [row for row in mentions if row["passage_id"].startswith(("intro", "tkm"))]
    assert [row["passage_id"] for row in left_out] == ["intro.01", "tkm.04", "tkm.04"]
    assert table["mentions"].sum() + len(left_out) == len(mentions)


@pytest.mark.parametrize("by", recur.BY)
@pytest.mark.parametrize("cites", [True, False])
def test_recurrence_by_another_route(part, by, cites):
    states, who, mentions = group_of_replies(), defaultdict(set), Counter()
    for (text, reply), relations in raw(part, by, cites).items():
        who[text].add(reply)
        mentions[text] += len(relations)
    table = recur.recurrence(part, cites, by).set_index("instrument_id")
    assert table["mentions"].to_dict() == mentions
    assert set(table.index) == set(who)
    for row in table.itertuples():
        of_states = len(who[row.Index] & set(states))
        assert (row.member_states, row.organizations) == (of_states, len(who[row.Index]) - of_states)
        assert row.respondents == row.member_states + row.organizations == len(row.named_by.split(", "))
        assert row.rank_by_respondents == 1 + sum(len(replies) > row.respondents for replies in who.values())
        assert row.rank_by_mentions == 1 + sum(n > row.mentions for n in mentions.values())
        assert (row.of_member_states, row.of_organizations, row.of) == tuple(part.denominators.values())
    assert table["respondents"].is_monotonic_decreasing


def test_recurrence_agrees_with_the_shared_count_of_respondents(part):
    shared = part.count_respondents("instrument_mentions", "instrument_id").set_index("instrument_id")
    columns = ["member_states", "organizations", "respondents", "of_member_states", "of_organizations", "of"]
    table = recur.recurrence(part).set_index("instrument_id")
    assert shared.loc[table.index, columns].equals(table[columns])


def test_how_many_texts_and_families_recur(ds):
    texts, families = (recur.recurrence(ds, by=by)["respondents"] for by in recur.BY)
    assert (len(texts), (texts > 1).sum()) == (85, 10)
    assert (len(families), (families > 1).sum()) == (66, 11)


def test_a_wrong_way_to_count_is_answered_with_the_right_ones(ds):
    with pytest.raises(ur.UnknownName, match="did you mean 'family_id'"):
        recur.recurrence(ds, by="family")


@pytest.mark.parametrize("by", recur.BY)
def test_by_region_counts_states_in_their_group_and_organizations_apart(part, by):
    group, listed = group_of_replies(), {row["actor_id"] for row in rows("memberships")}
    counts = Counter()
    for text, reply in raw(part, by):
        counts[text, group.get(reply) or ("regional_bodies" if reply in listed else "global_bodies")] += 1
    table = recur.by_region(part, by=by).set_index("instrument_id")
    columns = [*GROUPS, "none", *recur.ORGANIZATIONS]
    for text, row in table.iterrows():
        assert row[columns].to_dict() == {column: counts[text, column] for column in columns}
        assert row["respondents"] == row[columns].sum()
        assert row["regional_groups"] == sum(counts[text, column] > 0 for column in GROUPS)
    assert table.index.to_list() == recur.recurrence(part, by=by)["instrument_id"].to_list()


def test_three_instruments_cross_the_regional_groups_and_none_reaches_a_third(ds):
    table = recur.by_region(ds).set_index("instrument_id")
    assert table["regional_groups"].max() == 2
    assert set(table.index[table["regional_groups"] == 2]) == {"s-res-1540", "icsant", "nss-work-plan"}


def test_regions_have_their_denominators(part):
    group, named = group_of_replies(), raw(part)
    table = recur.regions(part).set_index("region")
    assert table["member_states"].dropna().to_dict() == Counter(row["regional_group"] for row in rows("states"))
    with_text = {row["reply_id"] for row in rows("replies") if row["form"] != "not_reproduced"}
    with_text &= set(part.replies["reply_id"])
    states = {reply for reply in with_text if reply in group}
    assert table["respondents"].sum() == len(with_text)
    for name in GROUPS:
        mine = {reply for reply in states if group[reply] == name}
        texts = {text for text, reply in named if reply in mine}
        elsewhere = {text for text, reply in named if reply not in mine}
        assert table.loc[name, ["respondents", "naming", "instruments", "also_elsewhere"]].to_list() == [
            len(mine),
            len({reply for _, reply in named if reply in mine}),
            len(texts),
            len(texts & elsewhere),
        ]


def test_the_two_largest_groups_name_nothing(ds):
    table = recur.regions(ds).set_index("region").loc[["african", "asia_pacific"]]
    assert table.to_numpy().tolist() == [[53, 0, 0, 0, 0], [53, 1, 0, 0, 0]]


def test_an_organization_has_the_groups_of_its_members_and_shares_what_their_states_name(part):
    group = {row["iso3"]: row["regional_group"] for row in rows("states")}
    members = Counter(
        (row["actor_id"], group[row["iso3"]]) for row in rows("memberships") if row["standing"] == "member"
    )
    state_group, named = group_of_replies(), raw(part)
    table = recur.shared(part).set_index(["reply_id", "regional_group"])
    there = set(part.replies["reply_id"])
    assert table["members"].to_dict() == {key: n for key, n in members.items() if key[0] in there}
    for (organization, region), row in table.iterrows():
        its = {text for text, reply in named if reply == organization}
        theirs = {text: reply for text, reply in named if state_group.get(reply) == region}
        assert (row["instruments"], row["shared"]) == (len(its), len(its & set(theirs)))
        assert bool(row["shared_instruments"]) == bool(row["named_by"]) == bool(row["shared"])
    assert (table["states_naming"] <= table["states"]).all()


def test_two_organizations_share_an_instrument_with_a_member(ds):
    table = recur.shared(ds).query("shared > 0")
    assert dict(zip(table["reply_id"], table["shared_instruments"])) == {
        "caricom": "resolution 1540 (2004)",
        "csto": "Nuclear Terrorism Convention",
    }
    members = set(zip(ds.memberships["actor_id"], ds.memberships["iso3"]))
    assert {("caricom", "GUY"), ("csto", "RUS")} <= members
    assert ("csto", "EST") not in members


def test_the_universal_instruments_are_named_or_not(part):
    table, found = recur.universal(part).set_index("universal_id"), raw(part)
    assert len(table) == len(rows("universal_instruments")) == 18
    assert table["adopted"].is_monotonic_increasing
    for row in rows("universal_instruments"):
        named = [reply for text, reply in found if text and text == row["instrument_id"]]
        beyond = [reply for reply in named if set(found[row["instrument_id"], reply]) != {"cites"}]
        mine = table.loc[row["universal_id"]]
        assert (mine["respondents"], mine["beyond_cites"]) == (len(named), len(beyond))
        assert mine["member_states"] == len(set(named) & set(group_of_replies()))
        assert bool(mine["named_by"]) == bool(mine["passages"]) == bool(named)


def test_universal_conventions_of_the_report_are_all_in_the_list(ds):
    coded = ds.instruments.query("counter_terrorism and scope == 'universal'")["instrument_id"]
    assert set(coded) == set(ds.universal_instruments["instrument_id"].dropna())


FUNCTIONS = [recur.pairs, recur.recurrence, recur.by_region, recur.regions, recur.shared, recur.universal]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_part_has_the_same_columns_and_types(ds, part, function):
    table = function(part)
    assert table.dtypes.astype("str").to_dict() == function(ds).dtypes.astype("str").to_dict()
    assert table.index.equals(pd.RangeIndex(len(table)))


def test_a_small_case_by_hand(ds):
    """Five mentions: two respondents name the NPT, one of them twice; the introduction names it too."""
    places = [("intro.01", "npt"), ("aus.04", "npt"), ("aus.05", "npt"), ("wco.04", "npt"), ("wco.04", "ctbt")]
    mentions = ds.instrument_mentions.head(len(places)).assign(relation="cites")
    mentions["passage_id"], mentions["instrument_id"] = zip(*places)
    mentions["mention_id"] = [f"{passage}-i{n:02}" for n, passage in enumerate(mentions["passage_id"], 1)]
    changed = ds.replace(instrument_mentions=mentions)
    table = recur.recurrence(changed).set_index("instrument_id")
    assert table.loc["npt", ["member_states", "organizations", "respondents", "mentions"]].to_list() == [1, 1, 2, 3]
    assert table.loc["ctbt", ["respondents", "mentions", "rank_by_respondents"]].to_list() == [1, 1, 2]
    assert recur.by_region(changed).set_index("instrument_id").loc["npt", ["weog", "global_bodies"]].to_list() == [1, 1]
    assert recur.recurrence(changed, cites=False).empty
