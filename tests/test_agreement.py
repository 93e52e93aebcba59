"""Agreement of the two readings: coefficients against published examples, the readings, the differences settled."""

import shutil

import krippendorff
import numpy as np
import pandas as pd
import pytest
from conftest import ROOT

import unreplies as ur
from unreplies import agreement, descriptor
from unreplies.dataset import DOMAINS


def spans(*rows):
    return pd.DataFrame(rows, columns=["passage_id", "start", "end"])


# Coefficients


# Krippendorff, Computing Krippendorff's Alpha-Reliability (2011): A, binary; B, nominal, two observers, none missing.
def test_alpha_of_the_published_examples():
    first, second = [0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]
    assert agreement.alpha(first, second) == pytest.approx(0.095, abs=5e-4)
    ben, gerry = list("aabbdcccedda"), list("babbbccceddd")
    assert agreement.alpha(ben, gerry) == pytest.approx(0.692, abs=5e-4)


# The search engine of the article "Precision and recall": 30 pages returned, 20 of them relevant, 40 more left out.
def test_precision_recall_and_f1_of_the_published_example():
    precision, recall, f1 = agreement.precision_recall_f1(first=60, second=30, both=20)
    assert (precision, recall) == (2 / 3, 1 / 3)
    assert f1 == pytest.approx(2 * precision * recall / (precision + recall))


def test_empty_cases_are_not_defined_rather_than_perfect():
    assert np.isnan(agreement.precision_recall_f1(0, 0, 0)).all()
    assert np.isnan(agreement.precision_recall_f1(3, 0, 0)[0])
    assert agreement.precision_recall_f1(3, 0, 0)[1:] == (0, 0)
    assert np.isnan(agreement.alpha([], []))
    assert np.isnan(agreement.alpha(["x", "x"], ["x", "x"])), "one code alone: chance agrees fully too"
    assert agreement.alpha(["x", "y"], ["x", "y"]) == 1
    with pytest.raises(ValueError, match="2 codes of the first reader and 1 of the second"):
        agreement.alpha(["x", "y"], ["x"])


def test_spans_are_matched_one_to_one_and_equal_ones_first():
    first, second = spans(("a.01", 0, 10), ("a.01", 4, 10)), spans(("a.01", 4, 10), ("a.02", 0, 10))
    assert agreement.matched(first, second).values.tolist() == [[1, 0]]
    assert agreement.matched(first, spans(("a.01", 4, 10), ("a.01", 0, 9))).values.tolist() == [[0, 1], [1, 0]]
    assert agreement.matched(first, spans(("a.01", 10, 12))).empty, "spans that only touch do not overlap"
    assert agreement.matched(first, spans(("a.01", 4, 9)), exactly=True).empty
    assert agreement.matched(spans(), second).empty


# The readings


@pytest.fixture(scope="module")
def read(ds):
    return agreement.readings(ds)


def test_both_readings_have_the_same_form(ds):
    """The second covers all tables of the first, in the same form; and it says which keys are the same."""
    one, two = (
        {its["name"]: its["schema"] for its in descriptor.own_descriptor(ds.folder / name)["resources"]}
        for name in ("first_reading", "second_reading")
    )
    assert two.pop("identities")
    assert one == two


def test_the_tables_read_twice_are_those_that_the_second_reading_has(read):
    assert set(agreement.READ_TWICE) == read.first.keys() & read.second.keys() - {"instruments", "actors"}


def test_both_readings_cover_every_reply_with_text(ds, read):
    text = set(ds.respondents.query("own_text")["reply_id"])
    for tables in read:
        assert text <= set(tables["measures"]["document"])


def test_surfaces_of_both_readings_are_in_the_text(ds, read, source):
    document = ur.normalise(source.read_text("utf-8"))
    text = {}
    for row in ds.passage_places.itertuples():
        pieces = (map(int, span.split("-")) for span in row.spans.split(";"))
        text[row.passage_id] = "".join(document[a:b] for a, b in pieces)
    for tables in read:
        for name in tables.keys() & {"instrument_mentions", "actor_mentions", "quantities"}:
            for row in tables[name].itertuples():
                assert text[row.passage_id][row.start : row.end] == row.surface, row


def test_identities_name_every_key_of_the_second_reading_once(ds):
    same = pd.read_csv(ds.folder / "second_reading" / "identities.csv", dtype=str)
    for kind, part in same.groupby("kind"):
        key = f"{kind.removesuffix('s')}_id"
        one, two = (
            pd.read_csv(ds.folder / f"{name}_reading" / f"{kind}.csv", dtype=str) for name in ("first", "second")
        )
        assert set(part["second_id"]) == set(two[key])
        assert set(part["first_id"].dropna()) <= set(one[key])


def test_a_passage_that_does_not_exist_is_named(copy):
    path = copy / "second_reading" / "measures.csv"
    path.write_text(path.read_text("utf-8").replace("aus.04,", "aus.77,", 1), "utf-8")
    with pytest.raises(ur.DataError, match=r"second_reading/measures, row 1, column passage_id: 'aus.77'"):
        agreement.readings(ur.load(copy))


def test_a_reading_elsewhere_has_to_keep_the_schema_of_the_readings(copy):
    path = copy / "second_reading" / "datapackage.json"
    path.write_text(path.read_text("utf-8").replace('"in_progress"', '"under_way"'), "utf-8")
    with pytest.raises(ur.DataError, match="measures, column status"):
        agreement.readings(ur.load(copy))


def test_states_of_the_readings_are_those_of_the_data(ds, read):
    """The readings have codes of States in lower case, the data in capitals; both are the same States."""
    raw = pd.read_csv(ds.folder / "first_reading" / "events.csv", dtype=str)["iso3"].dropna()
    assert set(raw) == set(raw.str.lower())
    for tables in read:
        assert set(tables["events"]["iso3"].dropna()) <= set(ds.states["iso3"])
    assert (agreement.by_second_reader(ds).joined("events").query("iso3 == 'UKR'")["state"] == "Ukraine").all()


# Figures


def test_readings_without_a_difference_agree_fully(copy):
    for path in (copy / "first_reading").glob("*.csv"):
        shutil.copy(path, copy / "second_reading")
    rows = []
    for kind in ("instrument", "actor"):
        keys = pd.read_csv(copy / "first_reading" / f"{kind}s.csv", dtype=str)[f"{kind}_id"]
        rows += [f"{kind}s,{key},{key}\n" for key in keys]
    (copy / "second_reading" / "identities.csv").write_text("kind,second_id,first_id\n" + "".join(rows), "utf-8")
    same = ur.load(copy)
    assert agreement.differences(agreement.readings(same)).empty
    assert agreement.settling(same).empty
    assert (agreement.found(same)[["precision", "recall", "f1", "low", "high"]] == 1).all(axis=None)
    assert (agreement.codes(same)[["alpha", "low", "high"]] == 1).all(axis=None)


def test_every_change_of_a_reading_is_a_difference(read):
    """One change in each table: what is changed is told, and nothing else."""
    second = {name: frame.copy() for name, frame in read.first.items()}
    mention, actor = second["instrument_mentions"].loc[0].copy(), second["actor_mentions"].loc[0].copy()
    second["instrument_mentions"].loc[0, ["end", "relation"]] = [mention["end"] + 1, "party"]
    second["actor_mentions"] = second["actor_mentions"].drop(0)
    measure, event = second["measures"].loc[0].copy(), second["events"].loc[2].copy()
    second["measures"].loc[0, "level"] = "international"
    second["events"].loc[2, "city"] = "Elsewhere"
    part, number = second["event_actors"].loc[0].copy(), second["quantities"].loc[0].copy()
    second["event_actors"].loc[0, "role"] = "participant"
    second["quantities"].loc[0, "qualifier"] = "about"
    second["domain_flags"].loc[0, "chemical"] = True
    flags = second["domain_flags"].loc[0]
    found = agreement.differences(agreement.Readings(read.first, second))
    span = f"{mention['passage_id']} {mention['start']}-{mention['end']}"
    expected = {
        ("instrument_mentions", span, "span", f"{mention['start']}-{mention['end'] + 1}"),
        ("instrument_mentions", span, "relation", "party"),
        ("actor_mentions", f"{actor['passage_id']} {actor['start']}-{actor['end']}", "found", ""),
        ("measures", f"{measure['passage_id']} {measure['category']}", "level", "international"),
        ("events", f"{event['passage_id']} {event['date'].date()}", "city", "Elsewhere"),
        ("event_actors", f"{part['event_id']} {part['actor_id']}", "role", "participant"),
        ("quantities", f"{number['passage_id']} {number['start']}-{number['end']}", "qualifier", "about"),
        ("domain_flags", flags["passage_id"], "chemical", "True"),
    }
    assert set(zip(found["table"], found["key"], found["code"], found["second"])) == expected


def test_agreement_recounted_by_hand(ds, read):
    table = agreement.found(ds).set_index(["table", "same"])
    for name in ("instrument_mentions", "actor_mentions", "quantities"):
        one, two = (set(zip(t[name]["passage_id"], t[name]["start"], t[name]["end"])) for t in read)
        row = table.loc[(name, "span, exactly"), ["first", "second", "both"]]
        assert row.tolist() == [len(one), len(two), len(one & two)]
    one, two = (
        dict(zip(zip(t["measures"]["passage_id"], t["measures"]["category"]), t["measures"]["status"])) for t in read
    )
    assert table.loc[("measures", "passage and category"), "both"] == len(one.keys() & two.keys())
    body = ds.passages[ds.passages["kind"].isin(["paragraph", "list_item"]) & ds.passages["reply_id"].notna()]
    keys = [(p, c) for p in body["passage_id"] for c in ds.measure_categories["category"]]
    row = agreement.codes(ds).query("code == 'status, or not reported'").iloc[0]
    assert row["units"] == len(keys)
    assert row["alike"] == sum(one.get(k) == two.get(k) for k in keys)
    given = [[{None: 0, "in_place": 1, "in_progress": 2, "urged": 3}[t.get(k)] for k in keys] for t in (one, two)]
    assert row["alpha"] == pytest.approx(krippendorff.alpha(given, level_of_measurement="nominal"))


def test_events_of_one_passage_and_date_are_one_and_their_actors_go_with_them(ds):
    raw = {n: pd.read_csv(ds.folder / f"{n}_reading" / "events.csv", dtype=str) for n in ("first", "second")}
    when = [frame.groupby(["passage_id", "date", "date_precision"]).size() for frame in raw.values()]
    both = np.minimum(*when[0].align(when[1], fill_value=0)).sum()
    assert agreement.found(ds).set_index("same").loc["passage and date", "both"] == both
    read = agreement.readings(ds)
    assert len(set(read.first["events"]["event_id"]) & set(read.second["events"]["event_id"])) == both


def test_an_interval_is_what_the_package_finds_in_draws_of_documents(ds):
    """The quick formula of the draws against alpha of the package, draw by draw, for the softest category."""
    read = agreement.readings(ds)
    body = ds.passages[ds.passages["kind"].isin(["paragraph", "list_item"]) & ds.passages["reply_id"].notna()]
    given = [set(t["measures"].query("category == 'outreach'")["passage_id"]) for t in read]
    units = pd.DataFrame([body["passage_id"].isin(part).astype(int).to_list() for part in given])
    documents = ["", *ds.replies.sort_values("position", kind="stable")["reply_id"]]
    places = [np.flatnonzero(body["reply_id"] == document) for document in documents]
    n = len(documents)
    draws = np.random.default_rng(agreement.SEED).multinomial(n, np.full(n, 1 / n), agreement.DRAWS)
    values = []
    for draw in draws:
        drawn = units.iloc[:, np.concatenate([np.tile(place, times) for place, times in zip(places, draw)])]
        if drawn.to_numpy().any():
            values.append(krippendorff.alpha(drawn.to_numpy(), level_of_measurement="nominal"))
    row = agreement.by_category(ds).query("code == 'outreach'").iloc[0]
    assert [row["low"], row["high"]] == pytest.approx(np.percentile(values, [2.5, 97.5]))
    assert row["soft"] == (row["alpha"] < 0.8)


def test_an_interval_encloses_its_measure(ds):
    measured = [(agreement.found(ds), "f1"), (agreement.codes(ds), "alpha"), (agreement.by_category(ds), "alpha")]
    for table, value in measured:
        known = table.dropna(subset=["low", value])
        assert len(known)
        assert ((known["low"] <= known[value]) & (known[value] <= known["high"])).all()


# Parts


def test_a_part_compares_the_replies_that_are_there(part, ds):
    inside = set(part.passages["passage_id"])
    found = agreement.found(part).set_index("same")
    for name in ("first", "second"):
        rows = pd.read_csv(ds.folder / f"{name}_reading" / "measures.csv", dtype=str)
        assert found.loc["passage and category", name] == rows["passage_id"].isin(inside).sum()
    table = agreement.by_respondent(part)
    assert table["respondent"].to_list() == ["Introduction", *part.respondents["respondent"]]
    whole = agreement.by_respondent(ds).set_index("respondent")
    pd.testing.assert_frame_equal(table.set_index("respondent"), whole.loc[table["respondent"]], check_dtype=False)
    assert len(agreement.codes(part)) == len(agreement.codes(ds))
    assert len(agreement.by_category(part)) == len(agreement.by_category(ds))
    assert agreement.settling(part)["differences"].sum() == len(agreement.differences(agreement.readings(part)))
    other = agreement.by_second_reader(part)
    assert set(other.measures["passage_id"]) <= inside
    assert len(other.joined("measures")) == len(other.measures)


# The differences, settled


def settled(ds):
    """The tables of the dataset in the form of a reading."""
    tables = {name: ds[name] for name in agreement.READ_TWICE if name != "domain_flags"}
    flags = ds.passages[ds.passages["kind"].isin(["paragraph", "list_item"])]
    return tables | {"domain_flags": flags[["passage_id", *DOMAINS]].reset_index(drop=True)}


def test_every_difference_is_adjudicated_and_nothing_else_was_changed(ds, read):
    """The dataset is the first reading with what `adjudication` decided, no more and no less."""
    key, adjudication = ["table", "key", "code"], ds.adjudication.astype("str").fillna("")
    between = agreement.differences(read)
    differ = adjudication["first"] != adjudication["second"]
    both = (adjudication["code"] == "found") & adjudication[["first", "second"]].ne("").all(axis=1)  # and then dropped
    listed = adjudication[differ & ~both]
    pd.testing.assert_frame_equal(
        listed[[*key, "first", "second"]].sort_values(key, ignore_index=True),
        between.sort_values(key, ignore_index=True),
    )
    changed = agreement.differences(agreement.Readings(read.first, settled(ds)))
    decided = adjudication[adjudication["settled"] != adjudication["first"]]
    pd.testing.assert_frame_equal(
        decided[[*key, "first", "settled"]].sort_values(key, ignore_index=True),
        changed.rename(columns={"second": "settled"}).sort_values(key, ignore_index=True),
    )
    counts = agreement.settling(ds)
    assert (counts["differences"] == counts[["first", "second", "other"]].sum(axis=1)).all()
    assert counts["other"].sum() == (listed["decision"] == "other").sum()


def test_a_decision_is_what_its_name_says(ds):
    for row in ds.adjudication.astype("str").fillna("").itertuples():
        expected = {"first": row.first, "second": row.second}.get(row.decision)
        assert row.settled == expected if expected is not None else row.settled not in (row.first, row.second)


def test_the_data_by_the_second_reader_has_that_reader_s_rows(ds):
    other = agreement.by_second_reader(ds)
    raw = pd.read_csv(ds.folder / "second_reading" / "measures.csv", dtype=str)
    theirs = other.measures[["passage_id", "category", "status", "level"]].astype("str").reset_index(drop=True)
    assert theirs.values.tolist() == raw.values.tolist()
    assert other.measures.dtypes.equals(ds.measures.dtypes)
    assert set(other.instrument_mentions["instrument_id"]) <= set(other.instruments["instrument_id"])
    assert set(other.event_actors["event_id"]) <= set(other.events["event_id"])


# A third reader


def blocks_of_the_guide():
    """The Python of the section that tells a third reader what to do: the passages, then the comparison."""
    guide = (ROOT / "data" / "README.md").read_text("utf-8").partition("## A third reader")[2].partition("\n## ")[0]
    return [part.partition("```")[0] for part in guide.split("```python\n")[1:]]


def test_the_guide_for_a_third_reader_prints_the_passages(source, tmp_path, monkeypatch, capsys):
    shutil.copy(source, tmp_path / "a-66-115.zh.txt")
    monkeypatch.chdir(tmp_path)
    exec(blocks_of_the_guide()[0], {})
    lines = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert len(lines) == len(ur.load().passages)
    assert all(len(text) == n for (_, _, text), n in zip(lines, ur.load().passages["n_chars"]))


def test_the_guide_for_a_third_reader_compares_its_reading(copy, ds, monkeypatch):
    """A third reader who read as the second did, measures apart: of these every tenth row is left out."""
    mine = copy.rename(copy.parent / "mine")
    path = mine / "second_reading" / "measures.csv"
    head, *lines = path.read_text("utf-8").splitlines(keepends=True)
    path.write_text(head + "".join(line for place, line in enumerate(lines) if place % 10), "utf-8")
    monkeypatch.chdir(mine.parent)
    names = {}
    exec(blocks_of_the_guide()[1], names)
    theirs, ours = (agreement.found(its).set_index(["table", "same"]) for its in (names["ds"], ds))
    left = len(lines) - len(range(0, len(lines), 10))
    assert theirs.loc["measures", "second"].item() == left < ours.loc["measures", "second"].item()
    pd.testing.assert_frame_equal(theirs.drop("measures", level=0), ours.drop("measures", level=0))
    open_cases = agreement.settling(names["ds"]).query("table == 'measures'")
    assert (open_cases["differences"] > open_cases[["first", "second", "other"]].sum(axis=1)).any(), "not yet decided"


def test_a_third_reading_of_some_tables_alone_is_compared(copy):
    """Tables that a reader did not read have their header alone, and identities are still to be filled."""
    for name in ("identities", "quantities", "domain_flags", "event_actors", "events"):
        path = copy / "second_reading" / f"{name}.csv"
        path.write_text(path.read_text("utf-8").partition("\n")[0] + "\n", "utf-8")
    third = ur.load(copy)
    table = agreement.found(third).set_index(["table", "same"])
    assert table.loc[("measures", "passage and category"), "f1"] > 0.9
    assert (table.loc["quantities", "second"] == 0).all()
    agreement.codes(third)
    agreement.differences(agreement.readings(third))
