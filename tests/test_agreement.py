"""Agreement of the two readings: coefficients against published examples, the readings, the differences settled."""

import shutil

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT

import unreplies as ur
from unreplies import agreement
from unreplies.descriptor import read_descriptor


def spans(*rows):
    return pd.DataFrame(rows, columns=["passage_id", "start", "end"])


# Krippendorff, Computing Krippendorff's Alpha-Reliability (2011): A, binary; B, nominal, two observers, none missing.
def test_alpha_of_the_published_examples():
    assert agreement.alpha([0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]) == pytest.approx(
        0.095, abs=5e-4
    )
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


def test_the_formula_of_the_draws_is_that_of_the_package():
    random = np.random.default_rng(1)
    for codes in (2, 3, 7):
        first, second = random.integers(0, codes, (2, 60))
        second = np.where(random.random(60) < 0.6, first, second)
        counts = agreement._value_counts(pd.Series(first), pd.Series(second))
        ours = agreement._alphas(
            np.array([[60.0]]), np.array([[float((first != second).sum())]]), counts.sum(axis=0)[None]
        )
        assert ours[0] == pytest.approx(agreement.alpha(first, second))


def test_spans_are_matched_one_to_one_and_equal_ones_first():
    first, second = spans(("a.01", 0, 10), ("a.01", 4, 10)), spans(("a.01", 4, 10), ("a.02", 0, 10))
    assert agreement.matched(first, second).values.tolist() == [[1, 0]]
    assert agreement.matched(first, spans(("a.01", 4, 10), ("a.01", 0, 9))).values.tolist() == [[0, 1], [1, 0]]
    assert agreement.matched(first, spans(("a.01", 10, 12))).empty, "spans that only touch do not overlap"
    assert agreement.matched(first, spans(("a.01", 4, 9)), exactly=True).empty
    assert agreement.matched(spans(), second).empty


@pytest.fixture(scope="module")
def read(ds):
    return agreement.readings(ds)


def test_both_readings_have_the_same_form(ds):
    """The second covers some of the tables, in the same form; and it says which keys are the same."""
    one, two = (
        {r["name"]: r["schema"] for r in read_descriptor(ds.folder / f"{name}_reading")["resources"]}
        for name in ("first", "second")
    )
    assert two.keys() - one.keys() == {"identities"}
    assert {name: one[name] for name in two if name in one} == {name: two[name] for name in two if name in one}


def test_the_tables_read_twice_are_those_that_the_second_reading_has(read):
    assert set(agreement.READ_TWICE) == read.first.keys() & read.second.keys() - {"instruments", "actors"}


def test_both_readings_cover_every_reply_with_text(ds, read):
    text = set(ds.replies.loc[ds.replies["form"] != "not_reproduced", "reply_id"])
    for tables in read:
        assert text <= set(tables["measures"]["document"])


def test_surfaces_of_both_readings_stand_in_the_text(ds, read, source):
    document = ur.normalise(source.read_text("utf-8"))
    text = {}
    for row in ds.passages.itertuples():
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


def test_a_passage_that_does_not_exist_is_named(tmp_path):
    folder = tmp_path / "data"
    shutil.copytree(ROOT / "data", folder)
    path = folder / "second_reading" / "measures.csv"
    path.write_text(path.read_text("utf-8").replace("aus.04,", "aus.77,", 1), "utf-8")
    with pytest.raises(ur.DataError, match=r"second_reading/measures, row 1, column passage_id: 'aus.77'"):
        agreement.readings(ur.load(folder))


def test_readings_without_a_difference_agree_fully(ds, read, monkeypatch):
    same = agreement.Readings(read.first, dict(read.first))
    assert agreement.differences(same).empty
    monkeypatch.setattr(agreement, "readings", lambda ds: same)
    table = agreement.found.__wrapped__(ds)
    assert (table[["precision", "recall", "f1", "low", "high"]] == 1).all(axis=None)
    table = agreement.codes.__wrapped__(ds)
    assert (table[["alpha", "low", "high"]] == 1).all(axis=None)


def test_every_change_of_a_reading_is_a_difference(read):
    """Each table once, also those that the second reading does not have: what is changed is told, and nothing else."""
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
    found = agreement.differences(agreement.Readings(read.first, second)).astype("str").fillna("")
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
        assert table.loc[(name, "span, exactly"), ["first", "second", "both"]].tolist() == [
            len(one),
            len(two),
            len(one & two),
        ]
    one, two = (
        dict(zip(zip(t["measures"]["passage_id"], t["measures"]["category"]), t["measures"]["status"])) for t in read
    )
    assert table.loc[("measures", "passage and category"), "both"] == len(one.keys() & two.keys())
    body = ds.passages[ds.passages["kind"].isin(["paragraph", "list_item"]) & ds.passages["reply_id"].notna()]
    keys = [(p, c) for p in body["passage_id"] for c in ds.measure_categories["category"]]
    row = agreement.codes(ds).query("code == 'status, or not reported'").iloc[0]
    assert row["units"] == len(keys)
    assert row["alike"] == sum(one.get(k) == two.get(k) for k in keys)
    assert row["alpha"] == pytest.approx(
        agreement.alpha([str(one.get(k)) for k in keys], [str(two.get(k)) for k in keys])
    )


def test_an_interval_encloses_its_measure(ds):
    for table, value in (
        (agreement.found(ds), "f1"),
        (agreement.codes(ds), "alpha"),
        (agreement.by_category(ds), "alpha"),
    ):
        known = table.dropna(subset=["low", value])
        assert len(known)
        assert ((known["low"] <= known[value]) & (known[value] <= known["high"])).all()


def settled(ds):
    """The tables of the dataset in the form of a reading."""
    tables = {name: pd.DataFrame(ds[name]) for name in agreement._COMPARED if name != "domain_flags"}
    flags = ds.passages[ds.passages["kind"].isin(["paragraph", "list_item"])]
    return tables | {"domain_flags": flags[["passage_id", *agreement.FLAGS]].reset_index(drop=True)}


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
        check_dtype=False,
    )
    changed = agreement.differences(agreement.Readings(read.first, settled(ds)))
    decided = adjudication[adjudication["settled"] != adjudication["first"]]
    pd.testing.assert_frame_equal(
        decided[[*key, "first", "settled"]].sort_values(key, ignore_index=True),
        changed.rename(columns={"second": "settled"}).sort_values(key, ignore_index=True),
        check_dtype=False,
    )


def test_a_decision_is_what_its_name_says(ds):
    for row in ds.adjudication.astype("str").fillna("").itertuples():
        expected = {"first": row.first, "second": row.second}.get(row.decision)
        assert row.settled == expected if expected is not None else row.settled not in (row.first, row.second)


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
    (mine / "third").mkdir()
    for path in (mine / "second_reading").iterdir():
        shutil.copy(path, mine / "third")
    head, *lines = (mine / "third" / "measures.csv").read_text("utf-8").splitlines(keepends=True)
    (mine / "third" / "measures.csv").write_text(head + "".join(n for i, n in enumerate(lines) if i % 10), "utf-8")
    shutil.rmtree(mine / "second_reading")
    (mine / "third").rename(mine / "second_reading")
    monkeypatch.chdir(mine.parent)
    names = {}
    exec(blocks_of_the_guide()[1], names)
    theirs, ours = (agreement.found(its).set_index(["table", "same"]) for its in (names["ds"], ds))
    left = len(lines) - len(range(0, len(lines), 10))
    assert theirs.loc["measures", "second"].item() == left < ours.loc["measures", "second"].item()
    pd.testing.assert_frame_equal(theirs.drop("measures", level=0), ours.drop("measures", level=0))


def test_a_third_reading_of_some_tables_alone_is_compared(copy):
    """Tables that a reader did not read have their header alone, and identities are still to be filled."""
    for name in ("identities", "quantities", "domain_flags", "event_actors", "events"):
        path = copy / "second_reading" / f"{name}.csv"
        path.write_text(path.read_text("utf-8").partition("\n")[0] + "\n", "utf-8")
    table = agreement.found(ur.load(copy)).set_index(["table", "same"])
    assert table.loc[("measures", "passage and category"), "f1"] > 0.9
    assert (table.loc["quantities", "second"] == 0).all()
    agreement.codes(ur.load(copy))
    agreement.differences(agreement.readings(ur.load(copy)))
