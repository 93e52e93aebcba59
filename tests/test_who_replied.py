"""Who replied: every Member State once, denominators that add up, and a model of chance checked by counting draws."""

from collections import Counter
from itertools import combinations
from math import isclose, log

import pandas as pd
import pytest

import unreplies as ur
from unreplies import who_replied

COUNTS = ["replied", "only_through_an_organization", "neither"]


def replied_by_hand(ds):
    """The States among the respondents, from the raw tables: a State's actor has its code."""
    codes = dict(zip(ds.actors["actor_id"], ds.actors["iso3"]))
    return {codes[reply] for reply in ds.replies["reply_id"] if pd.notna(codes[reply])}


def organizations_by_hand(ds, standing="member"):
    """For each State the organizations that replied and of which it is a member, from the raw tables."""
    reached = {code: set() for code in ds.states["iso3"]}
    for row in ds.memberships.itertuples():
        if row.actor_id in set(ds.replies["reply_id"]) and row.standing == standing:
            reached[row.iso3].add(row.actor_id)
    return reached


# coverage


def test_every_member_state_has_one_row_and_the_coverage_that_the_raw_tables_give(part):
    table = who_replied.coverage(part).set_index("iso3")
    assert table.index.to_list() == part.states["iso3"].to_list()
    assert len(table) == 192
    replied, reached = replied_by_hand(part), organizations_by_hand(part)
    for code, row in table.iterrows():
        assert row["organizations"] == len(reached[code])
        expected = "replied" if code in replied else "only through an organization" if reached[code] else "neither"
        assert row["coverage"] == expected


@pytest.mark.parametrize(
    ("which", "replied", "only", "neither"),
    [
        ("respondent_kind == 'Member State'", 9, 0, 183),
        ("respondent_kind == 'organization'", 0, 147, 45),
        ("reply_id == 'au'", 0, 51, 141),
        ("reply_id == ''", 0, 0, 192),
    ],
)
def test_a_part_reaches_what_its_own_replies_reach(ds, which, replied, only, neither):
    part = ds.only(ds.respondents.query(which)["reply_id"])
    counts = who_replied.coverage(part)["coverage"].value_counts()
    assert [counts[value] for value in who_replied.COVERAGE] == [replied, only, neither]


def test_a_reply_that_is_not_reproduced_counts_here(ds):
    assert ds.respondents.query("not own_text")["respondent_iso3"].to_list() == ["TKM"]
    assert who_replied.coverage(ds).set_index("iso3").loc["TKM", "coverage"] == "replied"


def test_through_names_the_organizations_in_the_order_of_the_report(ds):
    names = ds.actors.set_index("actor_id")["short_name"]
    place = ds.replies.set_index("reply_id")["position"]
    reached = organizations_by_hand(ds)
    for row in who_replied.coverage(ds).itertuples():
        assert row.through == ", ".join(names[actor] for actor in sorted(reached[row.iso3], key=place.get))


def test_a_suspended_member_is_not_reached_through_that_organization(ds):
    table = who_replied.coverage(ds).set_index("iso3")
    assert table.loc["MDG", ["coverage", "through"]].to_list() == ["neither", ""]
    assert table.loc["LBY", ["coverage", "through"]].to_list() == ["only through an organization", "African Union"]


def test_a_correction_of_a_membership_takes_effect(ds):
    fewer = ds.where("memberships", ds.memberships["actor_id"] != "oco")
    assert (who_replied.coverage(fewer)["coverage"] == "neither").sum() == 42 + 14  # its fifteen members less Australia
    assert (who_replied.coverage(ds)["coverage"] == "neither").sum() == 42


# The tiles


def test_no_two_states_have_the_same_tile(ds):
    assert not ds.states.duplicated(["tile_row", "tile_column"]).any()


def test_the_tiles_put_each_continent_where_one_looks_for_it(ds):
    middle = ds.states.groupby("m49_region", observed=True)[["tile_row", "tile_column"]].mean()
    rows, columns = middle["tile_row"], middle["tile_column"]
    assert columns["Americas"] < min(columns["Europe"], columns["Africa"])
    assert max(columns["Europe"], columns["Africa"]) < columns["Asia"] < columns["Oceania"]
    assert rows["Europe"] < rows["Asia"] < rows["Africa"] < rows["Oceania"]


def test_a_tile_is_wide_enough_for_its_code(ds):
    assert ds.states["tile_column"].max() - ds.states["tile_column"].min() < 26


# Groups


@pytest.mark.parametrize("by", ["regional_group", "m49_region", "m49_subregion"])
def test_groups_add_up_to_the_denominator(part, by):
    table = who_replied.by_group(part, by)
    sizes = Counter(part.states[by])
    assert table.set_index(by)["member_states"].to_dict() == dict(sizes)
    assert (table[COUNTS].sum(axis=1) == table["member_states"]).all()
    assert table["replied"].sum() == len(replied_by_hand(part))
    assert (table["share_replied"] == table["replied"] / table["member_states"]).all()


def test_the_sizes_of_the_regional_groups_are_those_of_2011_and_their_replies_those_of_the_report(ds):
    table = who_replied.by_group(ds).set_index("regional_group")
    assert table["member_states"].to_dict() == {
        "african": 53, "asia_pacific": 53, "eastern_european": 23, "grulac": 33, "weog": 29, "none": 1
    }  # fmt: skip
    assert table["replied"].to_list() == [0, 2, 3, 3, 1, 0]


def test_a_sub_region_comes_with_its_region(ds):
    table = who_replied.by_group(ds, "m49_subregion")
    pairs = ds.states.drop_duplicates("m49_subregion").set_index("m49_subregion")["m49_region"]
    assert table.set_index("m49_subregion")["m49_region"].to_dict() == pairs.to_dict()


def test_a_wrong_grouping_is_answered_with_the_right_ones(ds):
    with pytest.raises(ur.UnknownName, match="did you mean 'm49_region'"):
        who_replied.by_group(ds, "m49_regions")


# Organizations


def test_an_organizations_members_are_counted_by_how_else_they_are_reached(part):
    replied, reached = replied_by_hand(part), organizations_by_hand(part)
    table = who_replied.by_organization(part)
    members = part.memberships[part.memberships["actor_id"].isin(part.replies["reply_id"])]
    assert set(table["actor_id"]) == set(members["actor_id"])
    for row in table.itertuples():
        own = [code for code, through in reached.items() if row.actor_id in through]
        assert row.member_states == len(own)
        assert row.replied == sum(code in replied for code in own)
        assert row.also_in_another == sum(code not in replied and len(reached[code]) > 1 for code in own)
        assert row.in_no_other == sum(code not in replied and len(reached[code]) == 1 for code in own)
        suspended = members.query("actor_id == @row.actor_id and standing == 'suspended'")
        assert row.suspended == len(suspended)


def test_organizations_stand_in_the_order_of_the_report_and_their_members_by_group(part):
    place = part.replies.set_index("reply_id")["position"]
    groups = who_replied.members_by_group(part)
    for table in (who_replied.by_organization(part), groups):
        assert table["actor_id"].map(place).is_monotonic_increasing
    group, reached = dict(zip(part.states["iso3"], part.states["regional_group"])), organizations_by_hand(part)
    by_hand = Counter((actor, group[code]) for code, actors in reached.items() for actor in actors)
    assert dict(zip(zip(groups["actor_id"], groups["regional_group"]), groups["members"])) == dict(by_hand)
    sizes = who_replied.by_organization(part).set_index("actor_id")["member_states"]
    assert (groups["member_states"] == groups["actor_id"].map(sizes)).all()


# Chance


@pytest.fixture
def small(ds):
    """Nine States in three groups, of which two of one group replied: all 36 draws of two can be listed."""
    states = ds.states[ds.states["iso3"].isin(["CHL", "GUY", "PER", "CUB", "DZA", "EGY", "TUN", "MAR", "KIR"])]
    part = ds.only(["chl", "guy"])
    return part.where("states", part.states["iso3"].isin(states["iso3"]))


@pytest.fixture
def draws(small):
    groups = dict(zip(small.states["iso3"], small.states["regional_group"]))
    return [Counter(groups[code] for code in draw) for draw in combinations(groups, 2)]


def test_the_chance_of_each_group_is_that_of_counting_all_draws(small, draws):
    table = who_replied.spread_by_chance(small)
    assert len(draws) == 36
    assert table.set_index("regional_group")["replied"].to_dict() == {"african": 0, "grulac": 2, "none": 0}
    for row in table.itertuples():
        counts = [draw[row.regional_group] for draw in draws]
        assert row.expected == sum(counts) / 36
        assert row.p_none == counts.count(0) / 36
        assert row.p_as_few == sum(n <= row.replied for n in counts) / 36
        assert row.p_as_many == sum(n >= row.replied for n in counts) / 36


def test_the_chance_of_an_uneven_spread_is_that_of_counting_all_draws(small, draws):
    sizes = Counter(small.states["regional_group"])
    means = {group: 2 * size / 9 for group, size in sizes.items()}
    alike = Counter(tuple(sorted(draw.elements())) for draw in draws)
    uneven = {
        "improbable": lambda draw: -alike[tuple(sorted(draw.elements()))],
        "Pearson's statistic": lambda draw: sum((draw[g] - mean) ** 2 / mean for g, mean in means.items()),
        "G": lambda draw: 2 * sum(n * log(n / means[g]) for g, n in draw.items()),
        "some group empty": lambda draw: not {"african", "grulac"} <= set(draw),
    }
    observed = Counter({"grulac": 2})
    found = who_replied.uneven_by_chance(small).set_index("uneven")["probability"]
    assert found.index.to_list() == list(uneven)
    for words, measure in uneven.items():
        as_uneven = sum(measure(draw) >= measure(observed) - 1e-9 for draw in draws)
        assert found[words] == as_uneven / 36


def test_three_ways_to_say_uneven_give_nine_eleven_and_thirteen_per_cent(ds):
    found = who_replied.uneven_by_chance(ds).set_index("uneven")["probability"]
    assert found.round(2).to_dict() == {
        "improbable": 0.09, "Pearson's statistic": 0.13, "G": 0.11, "some group empty": 0.65
    }  # fmt: skip


def test_the_model_runs_on_every_part(part):
    table, uneven = who_replied.spread_by_chance(part), who_replied.uneven_by_chance(part)
    drawn = len(replied_by_hand(part))
    assert isclose(table["expected"].sum(), drawn)
    assert table[["p_none", "p_as_few", "p_as_many"]].stack().between(0, 1).all()
    assert uneven["probability"].between(0, 1).all()
    if not drawn:  # one spread alone is possible, and every group is empty
        assert (uneven["probability"] == 1).all()
        assert (table["p_none"] == 1).all()
