"""The six forms of chart: the same bytes twice, words that say what they show, nothing to show said so."""

import base64
import re
from html import unescape

import pandas as pd
import pytest

from unreplies import charts, tables

ROWS = pd.DataFrame(
    {
        "group": ["weog", "grulac", "<b>$x_1$</b>\u202e"],
        "kind": ["Member State", "organization", "organization"],
        "member_states": [1, 3, 0],
        "organizations": [4, 2, 1],
        "of": [5, 5, 5],
        "day": pd.to_datetime(["2011-05-01", "2011-05-20", "2010-11-02"]),
        "asked": pd.to_datetime(["2011-03-09", "2011-02-17", None]),
        "x": [0, 1, 1],
        "y": [0, 0, 1],
    }
)
WORDS = {"title": "A finding in 3 words", "measure": "Replies, of 3", "each": "{group}: {member_states} of {of}"}
BOTH = {"member_states": "States", "organizations": "organizations"}
FORMS = {
    "dots": lambda rows: charts.dots(rows, "group", BOTH, **WORDS),
    "dots with intervals": lambda rows: charts.dots(rows, "group", {"organizations": "n"}, low="x", high="of", **WORDS),
    "bars": lambda rows: charts.bars(rows, "group", BOTH, **WORDS),
    "bars of a whole": lambda rows: charts.bars(rows, "group", {"member_states": "n"}, whole="of", **WORDS),
    "matrix": lambda rows: charts.matrix(rows, "group", BOTH, group="kind", **WORDS),
    "timeline": lambda rows: charts.timeline(
        rows, "group", "day", kind="kind", start="asked", lines={"cut-off": pd.Timestamp("2011-06-03")}, **WORDS
    ),
    "timeline of one kind": lambda rows: charts.timeline(rows, "group", "day", **WORDS),
    "tiles": lambda rows: charts.tiles(
        rows, "y", "x", "group", "kind", states={"Member State": "a State", "organization": "none"}, **WORDS
    ),
    "scatter": lambda rows: charts.scatter(
        rows, "member_states", "organizations", "group", kind="kind", named=["weog"], labels=("a", "b"), **WORDS
    ),
}


@pytest.fixture(params=FORMS)
def draw(request):
    return FORMS[request.param]


def test_a_chart_is_the_same_bytes_twice_and_shows_as_an_image_in_html(draw):
    chart = draw(ROWS)
    assert chart.svg == draw(ROWS).svg
    figure = r'<figure data-title="([^"]*)" data-csv="([^"]*)" [^>]*>'
    shown = r'<img alt="([^"]*)" src="data:image/svg\+xml;base64,([^"]*)" [^>]*></figure>'
    image = re.fullmatch(figure + shown, chart._repr_html_())
    assert image[1] == chart.title == "A finding in 3 words"
    assert unescape(image[2]) == tables.csv(chart.table)
    assert unescape(image[3]) == chart.alt == repr(chart)
    assert base64.b64decode(image[4]).decode() == chart.svg
    assert 'role="img"' in chart.svg[:200]
    assert "font-family" in chart.svg or "font:" in chart.svg, "text stays text"
    assert len(chart.table) == len(ROWS)


def test_words_say_title_measure_and_rows(draw):
    alt = draw(ROWS).alt
    assert alt.startswith("A finding in 3 words. Replies, of 3. ")
    assert "Western European and other States" in alt


def test_the_style_of_the_notebook_changes_nothing(draw):
    import matplotlib

    before = draw(ROWS).svg
    with matplotlib.rc_context({"font.size": 30, "axes.facecolor": "red"}):
        assert draw(ROWS).svg == before


def test_a_chart_of_nothing_says_so(draw):
    assert "There is nothing to show" in draw(ROWS.head(0)).svg


def test_what_the_data_hold_is_text_and_no_formula(draw):
    svg = draw(ROWS).svg
    assert "<b>" not in svg
    assert "\u202e" not in svg + draw(ROWS).alt


def test_many_rows_are_summed_up_in_words():
    many = pd.concat([ROWS] * 9)
    assert len(charts.dots(many, "group", BOTH, **WORDS).alt) < 300
