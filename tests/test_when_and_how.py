"""When the replies are dated, how they are printed, how long they are: recounted from the raw tables."""

import csv
from collections import Counter, defaultdict
from datetime import date
from statistics import median

import pandas as pd
import pytest
from conftest import ROOT

from unreplies import when_and_how


def raw(name):
    with (ROOT / "data" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


REPORT, REPLIES = raw("reports")[0], raw("replies")
SILENT = {row["reply_id"] for row in REPLIES if row["form"] == "not_reproduced"}
#: Every paragraph and list item of a reply that is reproduced, and whose it is.
TEXT = {
    row["passage_id"]: row["reply_id"]
    for row in raw("passages")
    if row["kind"] in {"paragraph", "list_item"} and row["reply_id"] not in SILENT | {""}
}


def days(first, last):
    return (date.fromisoformat(last) - date.fromisoformat(first)).days


# The timetable


def test_every_reply_is_dated_against_the_request_to_its_kind(ds):
    table = when_and_how.timetable(ds).set_index("reply_id")
    assert set(table.index) == {row["reply_id"] for row in REPLIES}
    assert table["dated"].is_monotonic_increasing
    for row in REPLIES:
        asked = REPORT["note_verbale" if row["section"] == "II" else "letters_sent"]
        assert f"{table.loc[row['reply_id'], 'asked']:%Y-%m-%d}" == asked
        assert table.loc[row["reply_id"], "days_since_asked"] == days(asked, row["dated"])
        assert table.loc[row["reply_id"], "days_to_cutoff"] == days(row["dated"], REPORT["cutoff"])


def test_no_reply_of_this_report_precedes_its_request(ds):
    table = when_and_how.timetable(ds).set_index("reply_id")
    assert (table["days_since_asked"] >= 0).all()
    assert table.loc["fatf", ["asked_by", "days_since_asked"]].to_list() == ["letters", 14]


def test_only_what_is_not_english_or_not_as_printed_has_a_remark(ds):
    table = when_and_how.timetable(ds).set_index("reply_id")
    plain = {r["reply_id"] for r in REPLIES if (r["original_language"], r["form"]) == ("en", "as_printed")}
    assert set(table.index[table["remark"] == ""]) == plain
    assert table.loc["tkm", "remark"] == "Russian, not reproduced"


# Languages and forms


@pytest.mark.parametrize("column", ["original_language", "form"])
def test_languages_and_forms_count_every_reply(ds, column):
    table = when_and_how.replies_by(ds, column).set_index(column)
    assert table["replies"].to_dict() == Counter(row[column] for row in REPLIES)
    assert table["member_states"].sum() == sum(row["section"] == "II" for row in REPLIES)
    assert table[["of_member_states", "of_organizations", "of"]].drop_duplicates().values.tolist() == [[9, 15, 24]]


def test_the_median_length_is_that_of_the_replies_with_text(ds):
    table = when_and_how.replies_by(ds, "form").set_index("form")["median_characters"]
    summaries = [int(row["n_chars"]) for row in REPLIES if row["form"] == "executive_summary"]
    assert table["executive_summary"] == median(summaries)
    assert pd.isna(table["not_reproduced"])


def test_every_language_is_official(ds):
    assert set(ds.replies["original_language"]) <= set(when_and_how.LANGUAGES)


# Length


def test_length_is_that_of_paragraphs_and_list_items_with_text_of_their_own(ds):
    table = when_and_how.lengths(ds).set_index("reply_id")
    characters = Counter()
    for row in raw("passages"):
        characters[TEXT.get(row["passage_id"])] += int(row["n_chars"])
    del characters[None]
    assert table["characters"].to_dict() == characters
    assert table["passages"].to_dict() == Counter(TEXT.values())
    assert table["characters"].is_monotonic_decreasing
    assert not SILENT & set(table.index)
    stated = {row["reply_id"]: int(row["n_chars"]) for row in REPLIES if row["reply_id"] not in SILENT}
    assert table["characters"].to_dict() == stated


def test_rows_and_different_items_are_recounted(ds):
    table = when_and_how.rows_and_length(ds)
    for name, (words, item) in when_and_how.TABLES.items():
        found = [(TEXT[row["passage_id"]], row[item]) for row in raw(name) if row["passage_id"] in TEXT]
        part = table[table["table"] == words].set_index("reply_id")
        assert set(part.index) == set(TEXT.values())
        assert {reply: n for reply, n in part["rows"].items() if n} == Counter(reply for reply, _ in found)
        assert {reply: n for reply, n in part["different"].items() if n} == Counter(reply for reply, _ in set(found))


def test_counted_rows_and_rows_left_out_are_all_rows(ds):
    table = when_and_how.length_effect(ds)
    assert (table["rows"] + table["left_out"]).to_list() == [len(raw(name)) for name in when_and_how.TABLES]
    assert set(table["of"]) == {23}


def mean_ranks(values):
    places = defaultdict(list)
    for place, value in enumerate(sorted(values)):
        places[value].append(place)
    return [sum(places[value]) / len(places[value]) for value in values]


def test_the_rank_correlation_is_that_of_spearman(ds):
    table = when_and_how.rows_and_length(ds)
    effect = when_and_how.length_effect(ds).set_index("table")
    for words, part in table.groupby("table"):
        for column, result in (("rows", "rows_with_length"), ("different", "once_with_length")):
            x, y = mean_ranks(part["characters"].to_list()), mean_ranks(part[column].to_list())
            mean = (len(x) - 1) / 2
            covariance, of_x, of_y = (
                sum((a - mean) * (b - mean) for a, b in zip(*pair)) for pair in ((x, y), (x, x), (y, y))
            )
            assert effect.loc[words, result] == pytest.approx(covariance / (of_x * of_y) ** 0.5)


def test_a_change_of_a_frame_counts(ds):
    fewer = ds.where("measures", ds.measures["category"] != "assistance")
    before, after = (when_and_how.length_effect(each).set_index("table")["rows"] for each in (ds, fewer))
    gone = sum(row["category"] == "assistance" for row in raw("measures"))
    assert before["measures"] - after["measures"] == gone > 0


# Parts


def test_a_part_counts_its_own_replies(part):
    n, with_text = len(part.replies), part.denominators["of"]
    assert len(when_and_how.timetable(part)) == n
    assert len(when_and_how.lengths(part)) == with_text
    assert len(when_and_how.rows_and_length(part)) == 3 * with_text
    for column in ("original_language", "form"):
        counts = when_and_how.replies_by(part, column)
        assert counts["replies"].sum() == n
        assert set(counts["of"]) <= {n}
    effect = when_and_how.length_effect(part)
    assert set(effect["of"]) <= {with_text}
    assert list(effect) == ["table", "rows", "left_out", "rows_with_length", "once_with_length", "of"]
    assert effect[["rows_with_length", "once_with_length"]].notna().all(axis=None) or with_text < 2
