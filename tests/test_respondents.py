"""The portraits: everyone once and in order, nothing coded left out, markup in the data inert."""

import csv
import json
import re
from collections import defaultdict

import pandas as pd
import pytest
from conftest import ROOT

import unreplies as ur
from unreplies import respondents, style

NOTEBOOK = ROOT / "notebooks" / "08_respondents.ipynb"
#: Where each coded table stands in a portrait, and what of a joined row must be readable there.
SHOWN = {
    "measures": ("Measures", lambda r: [r.category_label, style.label(r.status), r.passage_id]),
    "instrument_mentions": ("Instruments", lambda r: [r.instrument, style.label(r.relation), r.passage_id]),
    "actor_mentions": ("Actors", lambda r: [r.actor, r.passage_id]),
    "events": ("Events", lambda r: [r.title_en, f"{r.date:%Y}", r.passage_id, style.label(r.event_type)]),
    "quantities": ("Quantities", lambda r: [r.what_en, f"{r.value:,g} ", r.passage_id]),
    "anomalies": ("Anomalies", lambda r: [r.note_en, style.label(r.anomaly_type), r.passage_id]),
}


def raw(name):
    with open(ROOT / "data" / f"{name}.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def portraits(ds):
    return {reply: respondents.portrait(ds, reply) for reply in ds.replies["reply_id"]}


@pytest.fixture(scope="module")
def cells():
    return json.loads(NOTEBOOK.read_text("utf-8"))["cells"]


def test_the_notebook_has_a_section_for_every_respondent_once_and_in_the_order_of_the_report(ds, cells):
    order = ds.joined("replies").sort_values("position")
    expected = [
        (name, f'respondents.portrait(ds, "{key}")') for name, key in zip(order["respondent"], order["reply_id"])
    ]
    text = ["".join(cell["source"]) for cell in cells]
    found = [(text[n - 1].split("\n")[0].removeprefix("## "), t) for n, t in enumerate(text) if "portrait(" in t]
    assert found == expected
    headings = [line for t in text for line in t.split("\n") if line.startswith("## ")]
    assert len(headings) == len(set(headings))


def test_every_section_links_into_the_analysis(ds, cells):
    text = ["".join(cell["source"]) for cell in cells]
    for name in ds.joined("replies")["respondent"]:
        section = next(t for t in text if t.startswith(f"## {name}\n"))
        links = re.findall(r"\]\((.*?)\)", section)
        assert links, name
        assert all(re.fullmatch(r"0[1-7]_[a-z_]+\.ipynb", link) for link in links)


def test_every_gist_stands_in_the_portrait_of_its_reply_and_no_other(portraits):
    for passage in raw("passages"):
        if passage["gist_en"]:
            holders = [key for key, its in portraits.items() if passage["gist_en"] in its.gists["gist_en"].to_list()]
            assert holders == ([passage["reply_id"]] if passage["reply_id"] else [])


@pytest.mark.parametrize("table", SHOWN)
def test_every_coded_row_of_a_reply_appears_in_one_line_of_its_portrait(ds, portraits, table):
    heading, parts = SHOWN[table]
    rows = ds.joined(table).dropna(subset=["reply_id"])
    assert len(rows)
    for row in rows.itertuples():
        lines = portraits[row.reply_id].parts[heading]
        assert any(all(str(part) in line for part in parts(row)) for line in lines), row


def test_a_status_and_a_relation_stand_before_their_own_passages(ds, portraits):
    for table, heading, column in (
        ("measures", "Measures", "status"),
        ("instrument_mentions", "Instruments", "relation"),
    ):
        name = "category_label" if table == "measures" else "instrument"
        for row in ds.joined(table).dropna(subset=["reply_id"]).itertuples():
            starts = (f"{getattr(row, name)}: ", f"{getattr(row, name)} (")
            lines = [line for line in portraits[row.reply_id].parts[heading] if line.startswith(starts)]
            groups = [group for line in lines for group in re.split(r"; |: ", line)]
            code = style.label(getattr(row, column))
            assert any(group.startswith(f"{code} ") and row.passage_id in group for group in groups), row


def test_nothing_stands_in_a_portrait_that_was_not_coded_from_its_reply(ds, portraits):
    for key, portrait in portraits.items():
        for heading in ("Measures", "Instruments", "Actors", "Events", "Quantities"):
            named = set(re.findall(r"\b[a-z]+\.\d\d\b", " ".join(portrait.parts[heading])))
            assert {p.split(".")[0] for p in named} <= {key}, heading
        anomalies = sum(ds.joined("anomalies")["reply_id"] == key)
        assert len(portrait.parts["Anomalies"]) == max(anomalies, 1)


def test_a_date_is_given_as_far_as_it_is_known(portraits):
    lines = [line for its in portraits.values() for line in its.parts["Events"]]
    titles = defaultdict(set)
    for line in lines:
        if ": " in line:
            titles[line.split(": ", 1)[1].split(" – ")[0]].add(line.split(": ", 1)[0])
    length = {"day": 10, "month": 7, "year": 4}
    owner = {p["passage_id"]: p["reply_id"] for p in raw("passages")}
    for event in raw("events"):
        if owner[event["passage_id"]]:
            when = event["date"][: length[event["date_precision"]]]
            if event["date_end"]:
                when += f" to {event['date_end'][: length[event['date_end_precision']]]}"
            assert when in titles[event["title_en"]]


def test_the_overview_is_a_recount_of_the_raw_tables(ds):
    table = respondents.overview(ds)
    order = [r["reply_id"] for r in sorted(raw("replies"), key=lambda r: int(r["position"]))]
    assert table["reply_id"].to_list() == order
    owner = {p["passage_id"]: p["reply_id"] for p in raw("passages")}
    keys = {
        "categories": ("measures", "category"),
        "instruments": ("instrument_mentions", "instrument_id"),
        "actors": ("actor_mentions", "actor_id"),
        "events": ("events", "event_id"),
        "quantities": ("quantities", "quantity_id"),
        "anomalies": ("anomalies", "anomaly_id"),
    }
    for column, (name, key) in keys.items():
        found = defaultdict(set)
        for row in raw(name):
            found[owner[row["passage_id"]]].add(row[key])
        assert table[column].to_list() == [len(found[reply]) for reply in order]
        if column != "categories":
            assert table.attrs[column] == len(set().union(*found.values()))
    texts = [p["reply_id"] for p in raw("passages") if p["gist_en"] and p["kind"] != "footnote"]
    assert table["passages"].to_list() == [texts.count(reply) for reply in order]
    assert table.attrs["passages"] == len(texts)
    assert table.attrs["categories"] == len(raw("measure_categories"))


def test_standing_is_a_recount_of_the_raw_tables(ds):
    table = respondents.standing(ds).set_index("reply_id")
    printed = [r["reply_id"] for r in raw("replies") if r["form"] != "not_reproduced"]
    owner = {p["passage_id"]: p["reply_id"] for p in raw("passages") if p["reply_id"] in printed}
    notes = {p["passage_id"] for p in raw("passages") if p["kind"] == "footnote"}
    names = {a["actor_id"]: a["short_name"] for a in raw("actors")}
    for name, key, every, alone in (
        ("instrument_mentions", "instrument_id", "instruments", "only_here"),
        ("actor_mentions", "actor_id", "actors", "actors_only_here"),
    ):
        users = defaultdict(set)
        for row in raw(name):
            if row["passage_id"] in owner and (name == "instrument_mentions" or row["passage_id"] not in notes):
                users[row[key]].add(owner[row["passage_id"]])
        assert respondents.standing(ds).attrs[every] == len(users)
        for reply in table.index:
            assert table.loc[reply, every] == sum(reply in its for its in users.values())
            assert table.loc[reply, alone] == sum(its == {reply} for its in users.values())
    for reply in table.index:
        for column, others in (
            ("named_by", users[reply]),
            ("names", {other for other in table.index if reply in users[other]}),
        ):
            bare = [name.removesuffix(" (as a place)") for name in table.loc[reply, column]]
            assert sorted(bare) == sorted(names[other] for other in others)
    longest = sorted(printed, key=lambda r: -int(next(x["n_chars"] for x in raw("replies") if x["reply_id"] == r)))
    assert table["length_rank"].dropna().sort_values().index.to_list() == longest
    dated = {r["reply_id"]: pd.Timestamp(r["dated"]) for r in raw("replies")}
    cutoff = pd.Timestamp(raw("reports")[0]["cutoff"])
    assert all(dated[r] + pd.Timedelta(days=int(n)) == cutoff for r, n in table["days_before_cutoff"].items())


def test_a_respondent_named_only_as_a_place_is_marked_so_at_both_ends(ds):
    table = respondents.standing(ds).set_index("respondent")
    assert ("unodc.09", "UKR") in {(e["passage_id"], e["iso3"]) for e in raw("events")}
    assert "Ukraine (as a place)" in table.loc["UNODC", "names"]
    assert table.loc["Ukraine", "named_by"] == ["UNODC (as a place)"]
    assert table["names"].map(lambda its: [n for n in its if "place" in n]).sum() == ["Ukraine (as a place)"]


def test_an_actor_of_an_editorial_note_is_marked_so(ds, portraits):
    notes = {p["passage_id"] for p in raw("passages") if p["kind"] == "footnote"}
    marked = {
        place
        for its in portraits.values()
        for line in its.parts["Actors"]
        for place in re.findall(r"([a-z]+\.\d\d) in an editorial note", line)
    }
    assert marked == {m["passage_id"] for m in raw("actor_mentions")} & notes


def test_a_link_stops_neither_at_a_full_stop_nor_inside_a_longer_name():
    gists = pd.DataFrame({"passage_id": ["x.01"], "gist_en": ["A gist."]})
    page = respondents.Portrait("", "", gists, {"A": ["see x.01. Not x.01.a"]}, ["x.01"])._repr_html_()
    assert page.count('<a href="#x.01">x.01</a>') == 1
    assert '<a href="#x.01">x.01</a>. Not x.01.a' in page


def test_the_reply_not_reproduced_has_a_portrait_that_says_so(ds, portraits):
    away = ds.replies.query("form == 'not_reproduced'")["reply_id"].item()
    assert "not reproduced" in portraits[away].head
    assert "Secretary-General's" in portraits[away].head
    assert portraits[away].parts["Measures"] == ["none coded"]
    assert {key for key, its in portraits.items() if its.caption != "What it says"} == {away}
    assert not any("Secretary-General's" in its.head for key, its in portraits.items() if key != away)
    row = respondents.standing(ds).set_index("reply_id").loc[away]
    assert (row["instruments"], row["actors"], row["names"]) == (0, 0, [])


def test_every_link_of_the_page_has_its_anchor_and_every_anchor_is_there_once(ds, portraits):
    page = "".join(its._repr_html_() for its in portraits.values())
    anchors = re.findall(r' id="(.*?)"', page)
    assert len(anchors) == len(set(anchors)) == (ds.passages["gist_en"].notna() & ds.passages["reply_id"].notna()).sum()
    links = re.findall(r'href="#(.*?)"', page)
    assert links
    assert set(links) <= set(anchors)


def test_a_portrait_is_the_same_twice_and_has_no_address(ds, portraits):
    for key in ("slv", "iaea"):
        again = respondents.portrait(ds, key)
        assert repr(again) == repr(portraits[key])
        assert again._repr_html_() == portraits[key]._repr_html_()
        assert "0x" not in repr(again)


def test_a_unit_follows_its_number():
    forms = [respondents._plural(*pair) for pair in (("year", 1), ("facility", 3), ("percent", 99), ("state", 2))]
    assert forms == ["year", "facilities", "percent", "States"]


def test_a_wrong_name_is_answered_with_the_right_ones(ds):
    with pytest.raises(ur.UnknownName, match="did you mean 'interpol'"):
        respondents.portrait(ds, "interpoll")


EVIL = '<script>alert("1")</script><b>'


@pytest.mark.parametrize(
    ("table", "column", "key"),
    [
        ("passages", "gist_en", "iaea.08"),
        ("events", "title_en", "iaea.08"),
        ("quantities", "what_en", "iaea.08"),
        ("anomalies", "note_en", "iaea.08"),
        ("actors", "name_en", "iaea"),
        ("actors", "short_name", "rus"),
    ],
)
def test_markup_in_the_data_is_inert(copy, table, column, key):
    with open(copy / f"{table}.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    hit = next(row for row in rows if key in (row.get("passage_id"), row.get("actor_id")))
    hit[column] = EVIL
    with open(copy / f"{table}.csv", "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    html = respondents.portrait(ur.load(copy), "iaea")._repr_html_()
    assert "<script" not in html
    assert "<b>" not in html
    assert "&lt;script&gt;alert(&quot;1&quot;)" in html


def test_a_portrait_follows_the_data(copy, portraits):
    path = copy / "measures.csv"
    text = path.read_text("utf-8").split("\n")
    path.write_text("\n".join(line for line in text if not line.startswith("guy.")), "utf-8")
    spoiled = respondents.portrait(ur.load(copy), "guy")
    assert spoiled.parts["Measures"] == ["none coded"] != portraits["guy"].parts["Measures"]
    assert any(line.startswith("04 What was done: 0 of ") for line in spoiled.parts["In the analysis"])
