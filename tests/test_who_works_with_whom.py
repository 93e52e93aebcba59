"""Who mentions whom: every mention accounted for, each table recounted from the raw files, on every part."""

import csv
import re

import pytest
from conftest import ROOT

import unreplies as ur
from unreplies import who_works_with_whom as network


def rows(name):
    with (ROOT / "data" / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


PARENTS = {row["actor_id"]: row["parent_id"] for row in rows("actors")}


def line(actor):
    """An actor and the bodies above it, walked step by step."""
    return [actor, *line(PARENTS[actor])] if PARENTS[actor] else [actor]


LINES = {actor: line(actor) for actor in PARENTS}
OWNER = {row["passage_id"]: row["reply_id"] for row in rows("passages")}
FOOTNOTES = {row["passage_id"] for row in rows("passages") if row["kind"] == "footnote"}
WITH_TEXT = {row["reply_id"] for row in rows("replies") if row["form"] != "not_reproduced"}
STATES = {row["reply_id"] for row in rows("replies") if row["section"] == "II"}


def recounted(replies, counted_by):
    """From (respondent, actor) to the passages of its mentions beyond its own organs; the replies are given."""
    found = {}
    for row in rows("actor_mentions"):
        reply, actor = OWNER[row["passage_id"]], row["actor_id"]
        if reply in replies and reply not in LINES[actor]:
            found.setdefault((reply, counted_by(actor)), set()).add(row["passage_id"])
    return found


def topmost(actor):
    return LINES[actor][-1]


def printed(ds):
    return WITH_TEXT & set(ds.replies["reply_id"])


# Mentions, and how an actor is mentioned


def test_every_mention_of_a_respondent_has_one_manner(ds):
    table = network.mentions(ds)
    assert len(table) == sum(OWNER[row["passage_id"]] in WITH_TEXT for row in rows("actor_mentions")) == 153
    assert table["manner"].notna().all()
    assert set(table.loc[table["manner"] == "editorial note", "passage_id"]) == FOOTNOTES & set(table["passage_id"])


def test_a_part_has_the_mentions_of_its_replies(part, ds):
    whole = network.mentions(ds)
    expected = whole[whole["reply_id"].isin(printed(part))].reset_index(drop=True)
    assert network.mentions(part).astype("str").equals(expected.astype("str"))


def test_a_place_is_a_state_without_a_part(ds):
    table = network.mentions(ds).query("manner == 'place of an event'")
    passage_of = {row["event_id"]: row["passage_id"] for row in rows("events")}
    parts = {(passage_of[row["event_id"]], row["actor_id"]) for row in rows("event_actors")}
    places = {(row["passage_id"], row["iso3"].lower()) for row in rows("events")}
    keys = set(zip(table["passage_id"], table["actor_id"]))
    assert len(keys) == 10
    assert keys <= places
    assert not keys & parts


def test_an_own_organ_is_not_another_actor(ds):
    own = network.mentions(ds).query("own")
    assert all(reply in LINES[actor] for reply, actor in zip(own["reply_id"], own["actor_id"]))
    assert {"iaea-itdb", "tha-cabinet", "unodc-tpb"} <= set(own["actor_id"])
    others = network.links(ds, with_organs=False)
    assert not set(zip(own["reply_id"], own["actor_id"])) & set(zip(others["reply_id"], others["named_id"]))


# For whom an actor counts


def test_an_organ_counts_for_the_topmost_body(ds):
    who = network.actors(ds).set_index("actor_id")
    assert who["counts_for"].to_dict() == {actor: topmost(actor) for actor in LINES}
    assert who.loc["ctitf-border", "counts_for"] == "un"  # three steps up
    assert who.loc[["unodc-tpb", "iaea-nsf"], "reply_id"].to_list() == ["unodc", "iaea"]
    assert who.loc["unsc", ["reply_id"]].isna().all()
    assert (who.loc[who["actor_type"] == "national_body", "kind"] == "Member State").all()
    assert who.loc[["iaea", "gicnt"], "kind"].to_list() == ["organization", "arrangement"]


def test_for_whom_an_organ_counts_does_not_depend_on_who_else_replied(part, ds):
    assert network.actors(part)["counts_for"].equals(network.actors(ds)["counts_for"])
    assert set(network.actors(part)["reply_id"].dropna()) <= set(part.replies["reply_id"])


# Links, and the most mentioned


@pytest.mark.parametrize("with_organs", [True, False])
def test_the_links_are_those_of_the_raw_files(part, with_organs):
    table = network.links(part, with_organs)
    ours = {(row.reply_id, row.named_id): set(row.passages.split(", ")) for row in table.itertuples()}
    assert ours == recounted(printed(part), topmost if with_organs else str)
    assert len(ours) == len(table)
    assert table["n_passages"].to_list() == [len(row.passages.split(", ")) for row in table.itertuples()]
    assert set(table.loc[table["replied"], "named_id"]) <= set(part.replies["reply_id"])


@pytest.mark.parametrize("with_organs", [True, False])
def test_the_most_named_add_up_to_the_links(part, with_organs):
    table, links = network.most_named(part, with_organs), network.links(part, with_organs)
    assert table["named_id"].is_unique
    assert table["respondents"].is_monotonic_decreasing
    assert (table["member_states"] + table["organizations"]).equals(table["respondents"])
    assert table[["respondents", "as_place", "in_a_note"]].to_numpy().sum() == len(links)
    assert (table["member_states"] <= table["of_member_states"]).all()
    assert (table["organizations"] <= table["of_organizations"]).all()
    assert set(table["of"]) <= {len(printed(part))}
    names = table["named_by"].map(lambda its: len(its.split(", ")) if its else 0)
    assert names.to_list() == table["respondents"].to_list()


def test_who_is_most_mentioned_depends_on_the_rule_for_organs(ds):
    both = [network.most_named(ds, with_organs).set_index("named_id") for with_organs in (True, False)]
    counts = ["member_states", "organizations", "respondents"]
    assert both[0].loc[["un", "gicnt"], counts].to_numpy().tolist() == [[4, 7, 11], [5, 2, 7]]
    assert both[1].loc[["gicnt", "un"], counts].to_numpy().tolist() == [[5, 2, 7], [3, 3, 6]]


def test_the_matrix_has_the_links_in_its_cells(part):
    table = network.matrix(part).set_index("named_id")
    spoken = recounted(printed(part), topmost)
    for reply in printed(part):
        assert table[reply].dtype == "int64"
        for actor, n in table[reply].items():
            assert n <= len(spoken.get((reply, actor), ()))
    marked = (table[sorted(printed(part))] > 0).sum(axis="columns")
    assert marked.to_list() == table["respondents"].to_list()


# Among the respondents


def nearest(replies):
    return lambda actor: next((body for body in LINES[actor] if body in replies), None)


def test_mentions_among_respondents_by_another_route(part):
    replies = set(part.replies["reply_id"])
    found = recounted(printed(part), nearest(replies))
    expected = {key for key, passages in found.items() if key[1] and passages - FOOTNOTES}
    table = network.among_respondents(part)
    assert set(zip(table["reply_id"], table["named_id"])) == expected
    mutual = table[table["mutual"]]
    assert set(zip(mutual["reply_id"], mutual["named_id"])) == {key for key in expected if key[::-1] in expected}
    by_name = set(recounted(printed(part), str))
    keys = zip(table["reply_id"], table["named_id"])
    assert table["by_its_name"].to_list() == [key in by_name for key in keys]


def test_of_how_many_pairs_a_mutual_mention_is_one(ds):
    table = network.among_respondents(ds)
    assert len(table) == 18
    assert set(table["of_pairs"]) == {23 * 22 // 2}
    assert set(table.loc[table["mutual"], "reply_id"]) == {"rus", "iaea"}


def test_a_reply_in_return_makes_a_mention_mutual(copy):
    before = network.among_respondents(ur.load(copy))
    path = copy / "actor_mentions.csv"
    text = path.read_text("utf-8")
    found = re.search(r"^opcw\.06,un,.*\n", text, flags=re.MULTILINE).group()
    path.write_text(text.replace(found, found.replace(",un,", ",oco,")), "utf-8")
    after = network.among_respondents(ur.load(copy))
    assert after["mutual"].sum() == before["mutual"].sum() + 2
    assert len(after) == len(before) + 1
    shared = network.shared_events(ur.load(copy)).set_index("event_id")["names_reporter"]
    assert shared["oco-opcw-workshop"] == "OPCW"


# Across kinds, in events, through texts


def test_bridges_count_the_links_between_kinds(part):
    table = network.bridges(part)
    assert len(table) == 6
    links = network.links(part).query("manner in ['part in an event', 'in the text']")
    for row in table.itertuples():
        block = links[(links["respondent_kind"] == row.respondent_kind) & (links["named_kind"] == row.named_kind)]
        assert (row.respondents, row.actors) == (len(set(block["reply_id"])), len(set(block["named_id"])))
        kind = STATES if row.respondent_kind == "Member State" else WITH_TEXT - STATES
        assert row.of == len(kind & printed(part))


def test_states_mention_organizations_and_hardly_the_reverse(ds):
    table = network.bridges(ds).set_index(["respondent_kind", "named_kind"])[["respondents", "of"]]
    assert table.loc[("Member State", "organization")].to_list() == [6, 8]
    assert table.loc[("organization", "Member State")].to_list() == [3, 15]


def test_a_shared_event_has_parts_of_two_bodies(part):
    table = network.shared_events(part)
    events = {row["event_id"]: OWNER[row["passage_id"]] for row in rows("events")}
    parts = {}
    for row in rows("event_actors"):
        parts.setdefault(row["event_id"], []).append(row["actor_id"])
    here = {event for event, reply in events.items() if reply in printed(part)}
    assert set(table["event_id"]) == {event for event in here if len(set(map(topmost, parts.get(event, [])))) > 1}
    assert table["event_id"].is_unique
    assert table["actors"].str.count(r"\(").to_list() == [len(parts[event]) for event in table["event_id"]]
    assert set(table["of"]) <= {len(here)}


def test_no_partner_in_an_event_mentions_the_one_that_reports_it(ds):
    table = network.shared_events(ds)
    assert len(table) == 12
    partners = table.query("other_respondents != ''")
    assert partners["other_respondents"].value_counts().to_dict() == {"OPCW": 4, "IAEA": 2, "OSCE": 1}
    assert (partners["names_reporter"] == "").all()


def test_texts_of_others_are_nobodys_own(part):
    table = network.through_texts(part)
    issuers = {row["instrument_id"]: row["issuer_id"] for row in rows("instruments")}
    expected = {}
    for row in rows("instrument_mentions"):
        reply, issuer = OWNER[row["passage_id"]], issuers[row["instrument_id"]]
        if reply in printed(part) and issuer and reply not in LINES[issuer]:
            expected.setdefault((reply, topmost(issuer)), set()).add(row["passage_id"])
    ours = {(row.reply_id, row.issuer_id): set(row.passages.split(", ")) for row in table.itertuples()}
    assert ours == expected
    named = {key for key, passages in recounted(printed(part), topmost).items() if passages - FOOTNOTES}
    keys = zip(table["reply_id"], table["issuer_id"])
    assert table["also_named"].to_list() == [key in named for key in keys]


QUESTIONS = (
    network.actors, network.mentions, network.links, network.most_named, network.matrix,
    network.among_respondents, network.bridges, network.shared_events, network.through_texts,
)  # fmt: skip


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.__name__)
def test_a_part_gives_a_table_of_the_same_columns_and_types(part, ds, question):
    whole, some = question(ds), question(part)
    replies = set(ds.replies["reply_id"]) if question is network.matrix else set()
    assert [column for column in whole if column not in replies] == [c for c in some if c not in replies]
    assert some.dtypes.astype("str").to_dict().items() <= whole.dtypes.astype("str").to_dict().items()
    assert some.index.to_list() == list(range(len(some)))
