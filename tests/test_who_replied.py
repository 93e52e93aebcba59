"""The measures of coverage: denominators that add up, and a model of chance checked by counting."""

from itertools import combinations

import pandas as pd
import pytest

import unreplies as ur
from unreplies import who_replied


def test_every_member_state_is_counted_once(ds):
    table = who_replied.coverage(ds)
    assert len(table) == table["iso3"].nunique() == 192
    assert set(table.loc[table["coverage"] == "replied", "iso3"]) == set(
        ds.replies.query("section == 'II'")["reply_id"].str.upper()
    )
    only = table["coverage"] == "only through an organization"
    assert (table.loc[only, "organizations"] > 0).all()
    assert (table.loc[table["coverage"] == "neither", "organizations"] == 0).all()


@pytest.mark.parametrize("by", ["regional_group", "m49_region", "m49_subregion"])
def test_groups_add_up_to_the_denominator(ds, by):
    table = who_replied.by_group(ds, by)
    assert (table[who_replied.COVERAGE].sum(axis=1) == table["member_states"]).all()
    assert table["member_states"].sum() == len(ds.states)
    assert table["replied"].sum() == 9
    assert table["share_replied"].between(0, 1).all()


def test_a_wrong_grouping_is_answered_with_the_right_ones(ds):
    with pytest.raises(ur.UnknownName, match="did you mean 'm49_region'"):
        who_replied.by_group(ds, "m49_regions")


def test_the_sizes_of_the_regional_groups_are_those_of_2011(ds):
    sizes = who_replied.by_group(ds).set_index("regional_group")["member_states"].to_dict()
    assert sizes == {"african": 53, "asia_pacific": 53, "eastern_european": 23, "grulac": 33, "weog": 29, "none": 1}


def test_a_suspended_member_is_not_covered(ds):
    table = who_replied.coverage(ds).set_index("iso3")
    for row in ds.memberships.query("standing == 'suspended'").itertuples():
        name = ds.actors.set_index("actor_id").loc[row.actor_id, "short_name"]
        assert name not in table.loc[row.iso3, "through"]
    organizations = who_replied.by_organization(ds)
    assert (
        organizations[["replied", "also_in_another", "in_no_other"]].sum(axis=1) == organizations["member_states"]
    ).all()
    assert organizations["suspended"].sum() == (ds.memberships["standing"] == "suspended").sum()


class Small(dict):
    """Just enough of a dataset for the coverage: seven States in three groups, two of them replied."""

    __getattr__ = dict.__getitem__


@pytest.fixture
def small():
    groups = ["african"] * 3 + ["grulac"] * 3 + ["none"]
    states = pd.DataFrame({"iso3": list("ABCDEFG"), "name_en": list("ABCDEFG"), "m49_region": "Africa"})
    states["regional_group"] = pd.Categorical(groups, ["african", "grulac", "none"])
    states["m49_subregion"] = "Northern Africa"
    replies = pd.DataFrame({"reply_id": ["d", "e"], "section": ["II", "II"], "position": [1, 2]})
    memberships = pd.DataFrame({"actor_id": [], "iso3": [], "standing": []}, dtype="str")
    actors = pd.DataFrame({"actor_id": ["d", "e"], "short_name": ["D", "E"], "iso3": ["D", "E"]})
    return Small(states=states, replies=replies, memberships=memberships, actors=actors)


def test_the_model_of_chance_agrees_with_counting_all_draws(small):
    table = who_replied.spread_by_chance(small).set_index("regional_group")
    groups = dict(zip(small.states["iso3"], small.states["regional_group"]))
    draws = [[groups[x] for x in draw] for draw in combinations(groups, 2)]
    assert len(draws) == 21
    assert table["replied"].to_dict() == {"african": 0, "grulac": 2, "none": 0}
    for group, row in table.iterrows():
        counts = [draw.count(group) for draw in draws]
        assert row["expected"] == pytest.approx(sum(counts) / 21)
        assert row["p_none"] == pytest.approx(counts.count(0) / 21)
        assert row["p_as_few"] == pytest.approx(sum(n <= row["replied"] for n in counts) / 21)
        assert row["p_as_many"] == pytest.approx(sum(n >= row["replied"] for n in counts) / 21)
    spreads = [tuple(sorted(draw)) for draw in draws]
    as_rare = [s for s in spreads if spreads.count(s) <= spreads.count(("grulac", "grulac"))]
    assert table.attrs["p_as_uneven"] == pytest.approx(len(as_rare) / 21)
    empty = [draw for draw in draws if not {"african", "grulac"} <= set(draw)]
    assert table.attrs["p_some_empty"] == pytest.approx(len(empty) / 21)


def test_a_figure_does_not_take_over_the_notebooks_style(ds):
    import matplotlib

    before = who_replied.draw_groups(ds).svg
    with matplotlib.rc_context({"font.size": 30, "axes.facecolor": "black", "lines.linewidth": 9, "axes.grid": True}):
        assert who_replied.draw_groups(ds).svg == before


def test_every_member_state_has_a_mark_of_its_own(ds):
    svg = who_replied.draw_member_states(ds).svg
    assert all(f">{code}</text>" in svg for code in ds.states["iso3"])


def test_the_titles_say_what_was_counted(ds):
    """42 neither replied nor belong to an organization that did; those that belong to none are more."""
    table = who_replied.coverage(ds)
    neither = (table["coverage"] == "neither").sum()
    none = (table["organizations"] == 0).sum()
    assert none == neither + ((table["coverage"] == "replied") & (table["organizations"] == 0)).sum() > neither
    assert f"{neither} neither replied nor belong" in who_replied.draw_member_states(ds).alt
    assert f"{len(table) - none} of 192 Member States belong to at least one" in who_replied.draw_organizations(ds).alt


def test_a_title_follows_the_data(copy):
    path = copy / "memberships.csv"
    text = path.read_text("utf-8").split("\n")
    path.write_text("\n".join(line for line in text if not line.startswith("oco,")), "utf-8")
    title = who_replied.draw_member_states(ur.load(copy)).alt
    assert "; 42 neither" not in title
    assert title != who_replied.draw_member_states(ur.load()).alt
