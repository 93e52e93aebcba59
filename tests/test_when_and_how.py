"""Dates against requests, and length against rows: recounted another way, and on data that is spoiled on purpose."""

import csv
from collections import Counter

import pytest
from conftest import ROOT

import unreplies as ur
from unreplies import when_and_how


def raw(name):
    with (ROOT / "data" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def change(folder, table, old, new):
    path = folder / f"{table}.csv"
    text = path.read_text("utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), "utf-8")


def test_every_reply_is_dated_against_the_request_to_its_kind(ds):
    table, report = when_and_how.timetable(ds), raw("reports")[0]
    assert sorted(table["reply_id"]) == sorted(row["reply_id"] for row in raw("replies"))
    assert table["dated"].is_monotonic_increasing
    asked = dict(zip(table["reply_id"], table["asked"].dt.strftime("%Y-%m-%d")))
    for row in raw("replies"):
        assert asked[row["reply_id"]] == report["note_verbale" if row["section"] == "II" else "letters_sent"]
    early = {row["reply_id"] for row in raw("replies") if row["dated"] < report["note_verbale"]}
    assert set(table.loc[table["before_note_verbale"], "reply_id"]) == early
    assert early
    assert not early & {row["reply_id"] for row in raw("replies") if row["section"] == "II"}
    between = table["days_since_asked"] + table["days_to_cutoff"]
    assert set(between[table["asked_by"] == "letter"]) == {(ds.reports.cutoff - ds.reports.letters_sent).dt.days.item()}


@pytest.mark.parametrize("date", ["2011-03-08", "2011-06-04"])
def test_a_state_cannot_reply_before_the_note_verbale_nor_after_the_cutoff(copy, date):
    change(copy, "replies", "est,a-66-115,4,II,en,2011-04-19", f"est,a-66-115,4,II,en,{date}")
    with pytest.raises(ValueError, match="est"):
        when_and_how.timetable(ur.load(copy))


def test_an_organization_can_reply_before_the_note_verbale(copy):
    change(copy, "replies", "en,2011-03-21,", "en,2011-03-08,")
    ds = ur.load(copy)
    assert when_and_how.timetable(ds)["before_note_verbale"].sum() == 2
    assert "before the note verbale: FATF, IAEA." in when_and_how.draw_timetable(ds).alt


def test_length_is_that_of_the_text_and_only_of_the_text(ds):
    table = when_and_how.lengths(ds).set_index("reply_id")
    characters = Counter()
    for passage in raw("passages"):
        if passage["kind"] in {"paragraph", "list_item"}:
            characters[passage["reply_id"]] += int(passage["n_chars"])
    silent = {row["reply_id"] for row in raw("replies") if row["form"] == "not_reproduced"}
    assert set(table.index[table["characters"].isna()]) == silent
    assert table["characters"].dropna().to_dict() == {r: n for r, n in characters.items() if r and r not in silent}
    assert table.attrs == {"characters": sum(table["characters"].dropna()), "respondents": len(table) - len(silent)}


def test_lengths_that_disagree_are_refused(ds):
    wrong = ds.replies.assign(n_chars=ds.replies["n_chars"] + 1)
    with pytest.raises(AssertionError, match="disagree"):
        when_and_how.lengths(ur.Dataset(ds.folder, ds.package, {**ds, "replies": wrong}))


def test_rows_are_recounted_and_none_is_lost(ds):
    table = when_and_how.rows_and_length(ds)
    text = {
        p["passage_id"]: p["reply_id"]
        for p in raw("passages")
        if p["kind"] in {"paragraph", "list_item"} and p["reply_id"] not in {"", "tkm"}
    }
    for name, (words, item) in when_and_how.TABLES.items():
        rows = [(text[r["passage_id"]], r[item]) for r in raw(name) if r["passage_id"] in text]
        part = table[table["table"] == words].set_index("reply_id")
        assert len(part) == len(set(text.values()))
        assert {k: n for k, n in part["rows"].items() if n} == Counter(reply for reply, _ in rows)
        assert {k: n for k, n in part["different"].items() if n} == Counter(reply for reply, _ in set(rows))
        assert part["rows"].sum() + table.attrs[words] == len(raw(name))


def test_rank_correlation_by_hand(ds, monkeypatch):
    """Four replies: lengths 10, 20, 30, 40; rows 1, 3, 2, 4 (one pair exchanged: 0.8); different items 1, 1, 2, 2."""
    import pandas as pd

    data = pd.DataFrame({"reply_id": list("abcd"), "table": "t", "characters": [10, 20, 30, 40]})
    data["rows"], data["different"] = [1, 3, 2, 4], [1, 1, 2, 2]
    monkeypatch.setattr(when_and_how, "rows_and_length", lambda ds: data)
    table = when_and_how.length_effect(ds)
    row = table.iloc[0]
    assert (row["rows"], table.attrs["respondents"]) == (10, 4)
    assert row["rows_with_length"] == pytest.approx(1 - 6 * 2 / (4 * 15))
    assert row["once_with_length"] == pytest.approx(2 / 5**0.5)


def test_titles_follow_the_data(copy):
    before = when_and_how.draw_rows(ur.load(copy)).alt.split(". Scatter")[0]
    path = copy / "measures.csv"
    lines = path.read_text("utf-8").split("\n")
    path.write_text("\n".join(line for line in lines if not line.startswith("est.")), "utf-8")
    change(copy, "replies", "tha,a-66-115,7,II,en,2011-06-03", "tha,a-66-115,7,II,en,2011-04-03")
    spoiled = ur.load(copy)
    assert when_and_how.draw_rows(spoiled).alt.split(". Scatter")[0] != before
    assert when_and_how.draw_timetable(spoiled).alt.startswith("15 of 24 replies")
