"""Who names whom: every naming accounted for, the links recounted by another route, titles that follow the data."""

import csv
import re

import pandas as pd
import pytest
from conftest import ROOT

import unreplies as ur
from unreplies import who_works_with_whom as network


def rows(name):
    with (ROOT / "data" / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def nearest_respondent(actor, parents, replies):
    """The rule for organs, walked step by step: up until a respondent, or to the top."""
    first, here = None, actor
    while here:
        if here in replies and first is None:
            first = here
        top, here = here, parents[here]
    return first or top


@pytest.fixture(scope="module")
def recounted():
    """The links as a dictionary from (respondent, actor) to the passages, from the raw files."""
    parents = {row["actor_id"]: row["parent_id"] for row in rows("actors")}
    replies = {row["reply_id"] for row in rows("replies")}
    owner = {row["passage_id"]: row["reply_id"] for row in rows("passages")}
    found = {}
    for row in rows("actor_mentions"):
        reply, actor = owner[row["passage_id"]], nearest_respondent(row["actor_id"], parents, replies)
        if reply and actor != reply:
            found.setdefault((reply, actor), set()).add(row["passage_id"])
    return found


def test_the_links_agree_with_the_raw_tables(ds, recounted):
    table = network.links(ds)
    ours = {(row.reply_id, row.named_id): set(row.passages.split(", ")) for row in table.itertuples()}
    assert ours == recounted
    assert len(ours) == len(table)


def test_every_naming_of_a_reply_has_one_manner(ds):
    table = network.namings(ds)
    introduction = ds.actor_mentions["passage_id"].str.startswith("intro.").sum()
    assert len(table) + introduction == len(ds.actor_mentions)
    assert table["manner"].notna().all()
    footnotes = set(ds.passages.loc[ds.passages["kind"] == "footnote", "passage_id"])
    notes = table["manner"] == "editorial note"
    assert set(table.loc[notes, "passage_id"]) == {
        p for p in table["passage_id"] if p in footnotes or p.startswith("tkm.")
    }


def test_a_place_is_a_state_without_a_part(ds):
    table = network.namings(ds).query("manner == 'place of an event'")
    events = {row["event_id"]: row for row in rows("events")}
    parts = {(events[row["event_id"]]["passage_id"], row["actor_id"]) for row in rows("event_actors")}
    places = {(row["passage_id"], row["iso3"].lower()) for row in rows("events")}
    keys = set(zip(table["passage_id"], table["actor_id"]))
    assert keys <= places
    assert not keys & parts
    assert len(keys) > 0


def test_an_own_organ_is_not_another_actor(ds):
    own = network.namings(ds).query("own")
    links = network.links(ds, with_organs=False)
    assert not set(zip(own["reply_id"], own["actor_id"])) & set(zip(links["reply_id"], links["named_id"]))
    assert set(own["actor_id"]) & {"iaea-itdb", "tha-cabinet", "unodc-tpb"} == {"iaea-itdb", "tha-cabinet", "unodc-tpb"}


def test_organs_count_for_the_nearest_respondent(ds):
    who = network.actors(ds).set_index("actor_id")
    parents = ds.actors.set_index("actor_id")["parent_id"].fillna("").to_dict()
    for actor, target in who["counts_for"].items():
        assert target == nearest_respondent(actor, parents, set(ds.replies["reply_id"]))
    assert who.loc["ctitf-border", "counts_for"] == "un"  # three steps up, past no respondent
    assert who.loc[ds.replies["reply_id"], "counts_for"].to_list() == ds.replies["reply_id"].to_list()
    assert (who.loc[ds.replies.query("section == 'III.A'")["reply_id"], "kind"] == "United Nations system").all()
    assert (who.loc[who["actor_type"] == "national_body", "kind"] == "Member States").all()


@pytest.mark.parametrize("with_organs", [True, False])
def test_the_most_named_add_up_to_the_links(ds, with_organs):
    table, links = network.most_named(ds, with_organs), network.links(ds, with_organs)
    assert table["named_id"].is_unique
    assert (table[["respondents", "as_place", "in_a_note"]].sum(axis=1) == table["all"]).all()
    for row in table.itertuples():
        assert row.all == len(set(links.loc[links["named_id"] == row.named_id, "reply_id"]))
    assert table["respondents"].max() <= table.attrs["with_text"] == 23


def test_mutual_naming_by_another_route(ds, recounted):
    replies = {row["reply_id"] for row in rows("replies")}
    both = {key for key in recounted if key[::-1] in recounted and set(key) <= replies}
    table = network.among_respondents(ds)
    assert set(zip(table["reply_id"], table["named_id"])) == {key for key in recounted if key[1] in replies}
    assert set(table.loc[table["mutual"], ["reply_id", "named_id"]].itertuples(index=False, name=None)) == both
    bare = network.links(ds, with_organs=False)
    by_name = set(zip(bare["reply_id"], bare["named_id"]))
    assert {key for key in zip(table["reply_id"], table["named_id"]) if key in by_name} == set(
        table.loc[table["by_its_name"], ["reply_id", "named_id"]].itertuples(index=False, name=None)
    )


def test_bridges_have_every_respondent_with_text_as_denominator(ds):
    table = network.bridges(ds)
    assert len(table) == 4 * len(network.KINDS)
    assert table.drop_duplicates("respondent_kind")["of"].sum() == len(ds.replies) - 1
    assert (table["respondents"] <= table["all"]).all()
    assert (table["all"] <= table["of"]).all()
    assert (table["who"].map(lambda names: len(names.split(", ")) if names else 0) == table["respondents"]).all()


def test_shared_events_have_two_actors_and_their_teller_is_the_passages(ds):
    table = network.shared_events(ds)
    parts = {}
    who = network.actors(ds).set_index("actor_id")["counts_for"]
    for row in rows("event_actors"):
        parts.setdefault(row["event_id"], set()).add(who[row["actor_id"]])
    assert set(table["event_id"]) == {event for event, actors in parts.items() if len(actors) > 1}
    assert table["event_id"].is_unique
    assert (table["actors"].str.count(r"\(") == table["event_id"].map(parts).map(len)).all()


def test_texts_of_others_are_nobodys_own(ds):
    table = network.through_texts(ds)
    assert (table["reply_id"] != table["issuer_id"]).all()
    assert not table.duplicated(["reply_id", "issuer_id"]).any()
    assert "tkm" not in set(table["reply_id"])
    assert table.attrs["without_issuer"] < table.attrs["mentions"] < len(ds.instrument_mentions)


def test_a_wrong_passage_is_answered(ds):
    with pytest.raises(ur.UnknownName, match=r"unodc\.05"):
        network.gists(ds, pd.Series(["rus.07, unodc.5"]))


def test_a_reply_in_return_makes_a_naming_mutual(copy):
    before = network.among_respondents(ur.load(copy))
    path = copy / "actor_mentions.csv"
    text = path.read_text("utf-8")
    line = re.search(r"^opcw\.06,un,.*\n", text, flags=re.MULTILINE).group()
    path.write_text(text.replace(line, line.replace(",un,", ",oco,")), "utf-8")
    after = network.among_respondents(ur.load(copy))
    assert after["mutual"].sum() == before["mutual"].sum() + 2
    assert len(after) == len(before) + 1
    shared = network.shared_events(ur.load(copy)).set_index("event_id")["naming_the_teller"]
    assert shared["oco-opcw-workshop"] == "OPCW"
    assert "OCO and OPCW" in network.draw_among_respondents(ur.load(copy)).alt


def test_titles_follow_the_data(copy):
    path = copy / "actor_mentions.csv"
    lines = path.read_text("utf-8").splitlines(keepends=True)
    path.write_text(
        "".join(line for line in lines if ",gicnt," not in line and not line.startswith("nato.07,cze")), "utf-8"
    )
    spoiled, whole = ur.load(copy), ur.load()
    for draw in (network.draw_network, network.draw_bridges):
        assert draw(spoiled).alt.split(".")[0] != draw(whole).alt.split(".")[0]


def test_every_respondent_with_text_stands_in_the_network(ds):
    svg = network.draw_network(ds).svg
    for row in ds.joined("replies").itertuples():
        if row.form != "not_reproduced":
            assert f">{row.respondent}" in svg
