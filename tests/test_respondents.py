"""The respondents: nothing coded is lost or counted for another, and any two can be set side by side."""

import csv
import random
from collections import defaultdict
from itertools import combinations

import pandas as pd
import pytest
from conftest import ROOT

import unreplies as ur
from unreplies import respondents

#: The tables that are counted, with the column that tells one item from another.
KEYS = {
    "categories": ("measures", "category"),
    "instruments": ("instrument_mentions", "instrument_id"),
    "actors": ("actor_mentions", "actor_id"),
    "events": ("events", "event_id"),
    "quantities": ("quantities", "quantity_id"),
    "anomalies": ("anomalies", "anomaly_id"),
}
TABLES = [respondents.items, respondents.overview, respondents.standing, respondents.pairs, respondents.sharing]


def raw(name):
    with open(ROOT / "data" / f"{name}.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def order():
    """The replies with text of their own, in the order of the report."""
    replies = sorted(raw("replies"), key=lambda row: int(row["position"]))
    return [row["reply_id"] for row in replies if row["form"] != "not_reproduced"]


@pytest.fixture(scope="module")
def found(order):
    """By column of the overview and by reply: the different items, counted by hand, and the passages of each."""
    passages = {row["passage_id"]: row for row in raw("passages")}
    result = {column: defaultdict(lambda: defaultdict(list)) for column in KEYS}
    for column, (table, key) in KEYS.items():
        for row in raw(table):
            passage = passages[row["passage_id"]]
            if passage["reply_id"] in order and not (column == "actors" and passage["kind"] == "footnote"):
                result[column][passage["reply_id"]][row[key]].append(row["passage_id"])
    return result


@pytest.fixture(scope="module")
def portraits(ds):
    return {reply: respondents.portrait(ds, reply) for reply in ds.replies["reply_id"]}


def test_the_overview_is_a_recount_of_the_raw_tables(ds, order, found):
    table = respondents.overview(ds).set_index("reply_id")
    for column in KEYS:
        assert table.loc[order, column].to_list() == [len(found[column][reply]) for reply in order]
    passages = [row["reply_id"] for row in raw("passages") if row["kind"] in ("paragraph", "list_item")]
    assert table.loc[order, "passages"].to_list() == [passages.count(reply) for reply in order]


def test_the_wholes_of_what_several_replies_can_have_are_columns(ds, found):
    table = respondents.overview(ds)
    assert set(table["of_categories"]) == {len(raw("measure_categories"))}
    assert set(table["of_instruments"]) == {len({item for its in found["instruments"].values() for item in its})}
    assert set(table["of_actors"]) == {len({item for its in found["actors"].values() for item in its})}


def test_a_reply_that_is_not_reproduced_has_empty_counts_and_no_zero(ds):
    (away,) = ds.respondents.query("not own_text")["reply_id"]
    counts = respondents.overview(ds).set_index("reply_id").loc[away, ["passages", *KEYS]]
    assert counts.isna().all()
    standing = respondents.standing(ds).set_index("reply_id").loc[away]
    assert standing.index[standing.notna()].to_list() == ["respondent", "days_before_cutoff", "of"]
    assert away not in set(respondents.items(ds)["reply_id"])


def test_standing_is_a_recount_of_the_raw_tables(ds, order, found):
    table = respondents.standing(ds).set_index("reply_id")
    names = {row["actor_id"]: row["short_name"] for row in raw("actors")}
    for column, kind in (("instruments_only_here", "instruments"), ("actors_only_here", "actors")):
        users = defaultdict(set)
        for reply, its in found[kind].items():
            for item in its:
                users[item].add(reply)
        assert table.loc[order, column].to_list() == [sum(its == {reply} for its in users.values()) for reply in order]
    spoken = {(reply, other) for reply in order for other in order if found["actors"][reply].get(other)}
    spoken.remove(("unodc", "ukr"))  # only the place of a meeting: unodc.09
    for reply in order:
        for column, others in (
            ("mentions", {other for one, other in spoken if one == reply}),
            ("mentioned_by", {one for one, other in spoken if other == reply}),
        ):
            given = [name for name in table.loc[reply, column].split(", ") if name]
            assert sorted(given) == sorted(names[other] for other in others)
    assert set(table["of"]) == {len(order)}


def test_the_ranks_and_days_are_those_of_the_replies(ds, order):
    table = respondents.standing(ds).set_index("reply_id")
    chars = {row["reply_id"]: int(row["n_chars"]) for row in raw("replies")}
    assert table["length_rank"].dropna().sort_values().index.to_list() == sorted(order, key=lambda r: -chars[r])
    dated = {row["reply_id"]: pd.Timestamp(row["dated"]) for row in raw("replies")}
    cutoff = pd.Timestamp(raw("reports")[0]["cutoff"])
    assert {reply: (cutoff - day).days for reply, day in dated.items()} == table["days_before_cutoff"].to_dict()


def test_pairs_are_a_recount_of_the_raw_tables(ds, order, found):
    table = respondents.pairs(ds)
    assert list(zip(table["one"], table["other"])) == list(combinations(order, 2))
    for column in ("categories", "instruments", "actors"):
        sets = {reply: set(its) for reply, its in found[column].items()}
        both = [(sets.get(one, set()), sets.get(other, set())) for one, other in combinations(order, 2)]
        assert table[column].to_list() == [len(one & other) for one, other in both]
        assert table[f"{column}_of_either"].to_list() == [len(one | other) for one, other in both]


def test_sharing_adds_the_pairs_up(ds, part):
    for data in (ds, part):
        pairs, table = respondents.pairs(data), respondents.sharing(data).set_index("kind")
        for kind, column in (("measure", "categories"), ("instrument", "instruments"), ("actor", "actors")):
            numbers = [sum(n == 0 for n in pairs[column]), sum(n == 1 for n in pairs[column])]
            assert table.loc[kind, ["none", "one"]].to_list() == numbers
            assert table.loc[kind, ["none", "one", "more"]].sum() == table.loc[kind, "of"] == len(pairs)


def test_chance_is_that_of_random_draws(ds, order, found):
    draw, table = random.Random(1), respondents.sharing(ds).set_index("kind")
    for kind, column in (("measure", "categories"), ("instrument", "instruments")):
        whole = respondents.overview(ds)[f"of_{column}"].max()
        sizes, none = [len(found[column][reply]) for reply in order], 0
        for _ in range(300):
            sets = [set(draw.sample(range(whole), size)) for size in sizes]
            none += sum(not one & other for one, other in combinations(sets, 2))
        assert none / 300 == pytest.approx(table.loc[kind, "none_by_chance"], rel=0.15)


@pytest.mark.parametrize("pair", [("icao", "imo"), ("rus", "unodc"), ("osce", "ukr"), ("tha", "tkm"), ("est", "est")])
def test_two_replies_side_by_side_have_all_their_items_once_with_all_their_passages(ds, found, pair):
    table = respondents.compare(ds, *pair)
    kinds = {"measure": "categories", "instrument": "instruments", "actor": "actors", "event": "events"}
    for kind, column in kinds.items():
        rows = table[table["kind"] == kind]
        one, other = (found[column][reply] for reply in pair)
        expected = sorted((", ".join(one.get(x, [])), ", ".join(other.get(x, []))) for x in {*one, *other})
        given = [
            (", ".join(dict.fromkeys(a.split(", "))), ", ".join(dict.fromkeys(b.split(", "))))
            for a, b in zip(rows["passages_of_one"], rows["passages_of_other"])
        ]
        distinct = [tuple(", ".join(dict.fromkeys(side.split(", "))) for side in row) for row in expected]
        assert sorted(given) == sorted(distinct)
        assert (rows["who"] == "both").sum() == len({*one} & {*other})


def test_who_has_an_item_is_said_by_name(ds):
    table = respondents.compare(ds, "icao", "imo")
    has = table[["passages_of_one", "passages_of_other"]].ne("").to_numpy().tolist()
    words = {(True, True): "both", (True, False): "ICAO", (False, True): "IMO"}
    assert table["who"].to_list() == [words[tuple(row)] for row in has]
    assert table.equals(table.sort_values(["kind", "who", "item"], ignore_index=True))


def test_the_order_of_the_two_changes_no_row(ds):
    there, back = respondents.compare(ds, "rus", "est"), respondents.compare(ds, "est", "rus")
    names = {"passages_of_one": "passages_of_other", "passages_of_other": "passages_of_one"}
    key = ["kind", "item"]
    back = back.rename(columns=names)[there.columns].sort_values(key, ignore_index=True)
    pd.testing.assert_frame_equal(there.sort_values(key, ignore_index=True), back, check_categorical=False)


@pytest.mark.parametrize("call", [("iaa", "imo"), ("imo", "iaa")])
def test_a_wrong_name_is_answered_with_the_right_ones(ds, call):
    with pytest.raises(ur.UnknownName, match="no respondent 'iaa'; did you mean 'iaea'"):
        respondents.compare(ds, *call)
    with pytest.raises(ur.UnknownName, match="did you mean 'interpol'"):
        respondents.portrait(ds, "interpoll")


def test_a_portrait_has_every_coded_row_of_its_reply_and_of_no_other(portraits):
    owner = {row["passage_id"]: row["reply_id"] for row in raw("passages")}
    tables = {column: table for column, (table, _) in KEYS.items()} | {"measures": "measures", "passages": "passages"}
    del tables["categories"]
    for reply, portrait in portraits.items():
        for name, table in tables.items():
            shown = portrait[name]
            column = "passage_id" if "passage_id" in shown else "passages"
            rows = [row for row in raw(table) if owner[row["passage_id"]] == reply and row.get("gist_en", "x")]
            expected = {row["passage_id"] for row in rows}
            assert {passage for cell in shown[column] for passage in cell.split(", ")} == expected
            if column == "passage_id":
                assert len(shown) == len(rows)


def test_a_portrait_says_of_the_respondent_what_the_tables_say(ds, portraits):
    facts = portraits["au"]["respondent"]
    assert len(facts) == 1
    for table in (ds.respondents, respondents.overview(ds), respondents.standing(ds)):
        row = table[table["reply_id"] == "au"].reset_index(drop=True)
        assert facts[list(row)].astype("str").equals(row.astype("str"))
    standings = [row["standing"] for row in raw("memberships") if row["actor_id"] == "au"]
    assert facts["members"].item() == standings.count("member")
    assert facts["members_suspended"].item() == standings.count("suspended") > 0
    assert portraits["aus"]["respondent"]["members"].isna().all()


def test_an_actor_of_an_editorial_note_shows_in_the_portrait_alone(ds, portraits):
    notes = {row["passage_id"] for row in raw("passages") if row["kind"] == "footnote"}
    expected = {row["passage_id"] for row in raw("actor_mentions")} & notes
    shown = pd.concat([its["actors"] for its in portraits.values()])
    assert {p for cell in shown.query("editorial_note")["passages"] for p in cell.split(", ")} == expected
    assert not set(respondents.items(ds).query("kind == 'actor'")["passage_id"]) & notes


def test_the_portrait_of_a_reply_that_is_not_reproduced_shows_what_is_printed_in_its_place(ds, portraits):
    (away,) = ds.respondents.query("not own_text")["reply_id"]
    portrait = portraits[away]
    assert not portrait["respondent"]["own_text"].item()
    assert len(portrait["passages"]) == 1
    assert portrait["measures"].empty


def test_events_come_by_date_with_place_and_parts(portraits):
    events = portraits["iaea"]["events"]
    assert events["date"].is_monotonic_increasing
    assert events.loc[1, ["place", "actors"]].to_list() == ["Serbia", "IAEA (organizer)"]


def test_everything_runs_on_a_part_and_keeps_its_columns(ds, part):
    for table in TABLES:
        rows = table(part)
        assert rows.dtypes.to_dict() == table(ds).dtypes.to_dict()
        assert rows.index.equals(pd.RangeIndex(len(rows)))
    assert len(respondents.overview(part)) == len(part.replies)
    n = part.denominators["of"]
    assert len(respondents.pairs(part)) == n * (n - 1) // 2
    for reply in part.replies["reply_id"][:1]:
        assert set(respondents.portrait(part, reply)["passages"]["passage_id"].str.split(".").str[0]) == {reply}
        assert set(respondents.compare(part, reply, reply)["who"]) <= {"both"}


def test_what_a_reply_has_is_the_same_in_a_part_and_what_it_alone_has_is_not_less(ds, part):
    whole, own = (respondents.overview(data).set_index("reply_id") for data in (ds, part))
    assert own[["passages", *KEYS]].equals(whole.loc[own.index, ["passages", *KEYS]])
    whole, own = (respondents.standing(data).set_index("reply_id") for data in (ds, part))
    columns = ["instruments_only_here", "actors_only_here"]
    assert (own[columns].dropna() >= whole.loc[own.index, columns].dropna()).all(axis=None)


def test_the_tables_follow_a_change_of_the_data(ds):
    fewer = ds.where("measures", ~ds.measures["passage_id"].str.startswith("guy."))
    assert respondents.overview(fewer).set_index("reply_id").loc["guy", "categories"] == 0
    assert respondents.portrait(fewer, "guy")["measures"].empty
    assert "measure" not in set(respondents.compare(fewer, "guy", "guy")["kind"])
