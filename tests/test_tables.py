"""The table for readers: as text and as HTML that says the same wherever it is shown and whatever it holds."""

import csv
import io
import math
import re
from html import unescape

import pandas as pd
import pytest
from conftest import ROOT

from unreplies import tables
from unreplies.tables import table


def behind(html):
    """The rows that the HTML of a table or chart holds: its head, and every line."""
    (text,) = re.findall(r'data-csv="([^"]*)"', html)
    return list(csv.reader(io.StringIO(unescape(text), newline="")))


def test_a_table_for_readers(ds):
    shown = table(ds.replies[["reply_id", "dated", "form", "n_chars"]], "Replies <b>")
    html = shown._repr_html_()
    assert html == table(shown.frame, "Replies <b>")._repr_html_()
    assert ">executive summary<" in html
    assert ">2011-06-01<" in html
    assert "0x" not in repr(shown)
    assert repr(shown).split()[:6] == ["Replies", "<b>", "Reply", "Dated", "Form", "Characters"]


def test_the_look_is_in_the_cells_since_a_style_sheet_is_dropped_where_nobody_trusts_the_notebook(ds):
    html = table(ds.replies[["reply_id", "n_chars"]].head(1), "Replies")._repr_html_()
    assert "<style" not in html
    assert "id=" not in html
    assert '<th scope="col" style="text-align:left">Reply</th>' in html
    assert '<td style="text-align:right;vertical-align:top">' in html


def test_markup_is_inert():
    bad = "<script>alert(1)</script>"
    html = table(pd.DataFrame({bad: [bad]}), bad)._repr_html_()
    assert "<script>" not in html
    assert html.count("&lt;script&gt;") == 3 + 2  # shown, and in the rows behind it


def test_digits_that_nobody_sees_change_nothing():
    """From Python 3.12 on, sum() of floats has other last digits than before."""
    one, two = 0.1 + 0.2, 0.3
    assert one != two
    for show in (repr, lambda its: its._repr_html_(), lambda its: tables.csv(its.frame)):
        assert len({show(table(pd.DataFrame({"share": [x, math.pi]}), "Shares")) for x in (one, two)}) == 1


def test_dates_are_shown_as_far_as_they_are_known():
    frame = pd.DataFrame({"date": pd.to_datetime(["2010-11-01"] * 3), "date_precision": ["day", "month", "year"]})
    assert repr(table(frame, "x")).split() == ["x", "Date", "2010-11-01", "2010-11", "2010"]


def test_numbers_flags_and_gaps():
    frame = pd.DataFrame(
        {
            "n": pd.array([1234567, None], "Int64"),
            "share": [0.125, float("nan")],
            "whole": [2.0, float("nan")],
            "own": pd.array([True, False], "boolean"),
        }
    )
    assert table(frame, "x").cells().to_numpy().tolist() == [["1,234,567", "0.12", "2", "yes"], ["", "", "", "no"]]


def test_no_row_is_a_table_with_its_headings():
    html = table(pd.DataFrame({"reply_id": []}), "Nobody")._repr_html_()
    assert "Reply</th>" in html
    assert "<tbody></tbody>" in html


def test_two_columns_may_not_look_the_same():
    with pytest.raises(ValueError, match="the same heading: Gist, Gist"):
        table(pd.DataFrame({"gist": ["a"], "gist_en": ["b"]}), "x")._repr_html_()


def test_a_table_holds_the_rows_behind_it(ds):
    shown = table(ds.events[["event_id", "date", "date_precision", "iso3"]], "Events")
    head, *rows = behind(shown._repr_html_())
    assert head == list(shown.frame)
    assert len(rows) == len(shown.frame) == len(shown.cells())
    assert [row[0] for row in rows] == shown.cells()["event_id"].to_list()


def test_rows_behind_are_written_as_the_files_of_the_data_are(ds):
    for name in ds:
        assert tables.csv(ds[name]) == (ROOT / "data" / f"{name}.csv").read_text("utf-8"), name


def test_numbers_behind_have_six_decimals_and_no_noise():
    shares = pd.DataFrame({"share": [1 / 3, 2.0, -1e-17, 1234567.25, float("nan")], "n": pd.array([1, None] * 2 + [3])})
    rows = ["share,n", "0.333333,1", "2,", "0,1", "1234567.25,", ",3"]
    assert tables.csv(shares).splitlines() == rows


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "＝", "＋", "－", "＠"])
def test_text_behind_is_no_formula_for_a_spreadsheet(begin):
    """A file of the data stays as it is, and the workbook marks such cells as text; a CSV cannot say it."""
    bad = f'{begin}HYPERLINK("http://192.0.2.1")'
    assert behind(table(pd.DataFrame({bad: [bad, "a=b"], "n": [-1, 2]}), "x")._repr_html_()) == [
        [f"'{bad}", "n"],
        [f"'{bad}", "-1"],
        ["a=b", "2"],
    ]


def test_what_turns_the_reading_direction_or_ends_a_line_is_escaped_behind():
    assert tables.csv(pd.DataFrame({"a\u202e": ["b\r\n=1", '"c", d']})) == 'a\\u202e\nb\\r\\n=1\n"""c"", d"\n'
