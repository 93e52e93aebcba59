"""The pages that the site makes from the data, as HTML, without a browser."""

import base64
import csv
import hashlib
import importlib
import io
import json
import re
import shutil
import zipfile
from html.parser import HTMLParser
from urllib.parse import quote_plus

import matplotlib.image
import pytest
from conftest import ROOT

import unreplies as ur
from unreplies.tables import csv as csv_of
from unreplies.text import visible

#: Every template that makes a part of a page, and a page that it is on.
PARTS = {
    "actors": "actors",
    "behind": "index",
    "browse": "passages",
    "citation": "data",
    "codebook": "codebook",
    "downloads": "data",
    "compare": "compare",
    "files": "data",
    "head": "data",
    "instruments": "instruments",
    "introduction": "respondents/introduction",
    "limits": "method",
    "measures": "measures",
    "notebooks": "index",
    "numbers": "index",
    "respondent": "respondents/nato",
    "respondents": "respondents",
    "roll": "index",
    "shares": "index",
    "states": "states",
    "take": "01_who_replied",
}
HOSTILE = '<img src=x onerror="document.title=1"><script>1</script> </td> **b** {{x}} \' \u202e\x1b[2J'
SPOILED = {
    "actors": ["name_en", "short_name", "name_zh"],
    "adjudication": ["first", "settled", "rule", "reason"],
    "events": ["title_en", "city"],
    "instruments": ["name_en", "short_name", "name_zh"],
    "measure_categories": ["label", "definition", "resolution_1540"],
    "passages": ["gist_en"],
    "quantities": ["what_en"],
    "states": ["name_en"],
    "anomalies": ["note_en"],
}
VOID = ("br", "img", "input", "meta")


class Page(HTMLParser):
    """What a browser would see: tags, addresses of links, ids, text; and whether every tag is closed in its order.

    A block of JSON is not a script, for it is never executed: it is in ``data``, and what is in it is not text.
    """

    def __init__(self, html):
        super().__init__()
        self.tags, self.links, self.ids, self.text, self.data, self.open = [], [], [], "", "", []
        self.headings = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        assert not [name for name in given if name.startswith("on")]
        if tag == "script" and given.get("type") == "application/json":
            tag = "json"
        self.tags.append(tag)
        self.links += [given["href"]] if "href" in given else []
        self.ids += [given["id"]] if "id" in given else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID:
            opened = self.open.pop()
            assert opened == tag or (opened, tag) == ("json", "script")

    def handle_data(self, data):
        if self.open and self.open[-1] == "json":
            self.data += data
        else:
            self.text += data
            if self.open and self.open[-1] == "th":
                self.headings.append(data)


@pytest.fixture(scope="module")
def from_data():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT / "docs")
        yield importlib.import_module("from_data")


@pytest.fixture(scope="module")
def downloads(from_data, ds, tmp_path_factory):
    folder = tmp_path_factory.mktemp("site") / "downloads"
    importlib.import_module("downloads").make(ds, folder)
    return sorted(folder.iterdir())


@pytest.fixture(scope="module")
def trail(from_data):
    return importlib.import_module("trail")


def test_pages_are_made_anew_with_what_they_take_over_not_with_every_cell(from_data, ds, tmp_path, monkeypatch):
    render, notebooks = importlib.import_module("render"), tmp_path / "notebooks"
    monkeypatch.setattr(render, "NOTEBOOKS", notebooks)

    def taken_over(change):
        from_data.notebooks.cache_clear()
        from_data.trail.findings.cache_clear()
        shutil.copytree(ROOT / "notebooks", notebooks, dirs_exist_ok=True)
        path = notebooks / "01_who_replied.ipynb"
        notebook = json.loads(path.read_text("utf-8"))
        change(notebook["cells"])
        path.write_text(json.dumps(notebook), "utf-8")
        render.sources(ds, tmp_path / "source")
        return (tmp_path / "source" / from_data.TAKEN_OVER).read_text("utf-8")

    before = taken_over(lambda cells: None)
    assert taken_over(lambda cells: cells[1].update(source="1 + 1")) == before
    assert "Another title" in taken_over(lambda cells: cells[0].update(source="# Another title\n\nIts answer."))
    from_data.notebooks.cache_clear()
    from_data.trail.findings.cache_clear()


def filled(from_data, ds, part, reply_id="nato", **given):
    found = from_data.trail.Finding(
        HOSTILE, "", "00_start_here", "", HOSTILE, HOSTILE, [(HOSTILE, 1, 3)], HOSTILE, ["nato.05", "nato.16"]
    )
    given = {"downloads": [], "title": HOSTILE, "words": HOSTILE, "base": "", **given}
    given |= {"links": {"svg": "a.svg", "csv": "a.csv"}, "chart": "chart-1", "heading": HOSTILE, "address": ""}
    given = {"finding": found, "findings": [found], **given}
    notebooks = from_data.notebooks(ROOT / "notebooks")
    return from_data.Site(ds).html(PARTS[part], part, reply_id=reply_id, notebooks=notebooks, **given)


def made(from_data, ds, part, reply_id="nato"):
    html = filled(from_data, ds, part, reply_id)
    return Page(html if part == "head" else from_data.Site(ds).linked(html, PARTS[part]))


@pytest.fixture(scope="module")
def hostile(ds):
    spoiled = {}
    for table, columns in SPOILED.items():
        spoiled[table] = ds[table].assign(**{name: ds[table][name] + f" {HOSTILE}" for name in columns})
    # Not by ds.replace, which would refuse the characters that a careless writer lets through.
    return ur.Dataset(ds.folder, ds.package, {**ds, **spoiled})


def test_every_template_is_tried():
    names = {path.stem for path in (ROOT / "docs" / "templates").glob("*.html")}
    assert names == {*PARTS, "macros", "passages"}


@pytest.mark.parametrize("part", PARTS)
def test_a_part_is_whole_html(from_data, ds, part):
    page = made(from_data, ds, part)
    assert not page.open
    assert len(set(page.ids)) == len(page.ids)
    assert page.tags


@pytest.mark.parametrize("part", PARTS)
def test_hostile_data_shows_as_itself(from_data, hostile, part):
    page = made(from_data, hostile, part)
    assert not {"img", "script"} & set(page.tags)
    assert not {"\u202e", "\x1b"} & set(page.text)
    if part not in ("citation", "codebook", "downloads", "files", "head", "limits", "notebooks", "numbers", "roll"):
        assert visible(HOSTILE) in page.text


def test_nothing_in_the_data_ends_a_block_of_json(from_data, hostile):
    page = made(from_data, hostile, "compare")
    assert not set("<>&") & set(page.data)
    names = [item["name"] for item in json.loads(page.data)["items"]]
    assert len([name for name in names if name.endswith(visible(HOSTILE))]) > 100
    assert not {"\u202e", "\x1b"} & set("".join(names))


def test_the_passages_to_browse_are_those_with_a_gist(from_data, ds):
    page = made(from_data, ds, "browse")
    assert page.tags.count("tr") == 1 + ds.passages["gist_en"].notna().sum()
    assert "国际原子能机构" in page.text
    assert "respondents/iaea.html#iaea.08" in page.links
    assert all(gist in page.text for gist in ds.passages["gist_en"].dropna())


def test_two_respondents_are_compared_by_what_counts(from_data, ds):
    data = json.loads(made(from_data, ds, "compare").data)
    assert [key for key, _ in data["respondents"]] == ds.respondents.query("own_text")["reply_id"].to_list()
    for kind, table in {"measure": "measures", "instrument": "instrument_mentions"}.items():
        key = "category" if kind == "measure" else "instrument_id"
        rows = ds.joined(table).query("own_text").drop_duplicates(["reply_id", key])
        told = {(item["reply"], item["id"]) for item in data["items"] if item["kind"] == kind}
        assert told == set(zip(rows["reply_id"], rows[key]))


def test_names_and_passages_are_links(from_data, ds):
    page = made(from_data, ds, "respondent", "iaea")
    assert {"iaea.html#iaea.08", "rus.html", "../measures.html#assistance"} <= set(page.links)
    assert {"respondents/iaea.html#iaea.08", "respondents/rus.html"} <= set(made(from_data, ds, "actors").links)
    assert {passage for passage in ds.passages["passage_id"] if passage.startswith("iaea.")} <= set(page.ids)


def test_a_reply_that_is_not_reproduced_has_a_page(from_data, ds):
    assert "not reproduced" in made(from_data, ds, "respondent", "tkm").text


@pytest.mark.parametrize("part", sorted(PARTS.keys() - {"respondent", "files"}))
def test_a_part_of_the_data_makes_pages_too(from_data, ds, part):
    assert not made(from_data, ds.only("iaea"), part).open


@pytest.fixture(scope="module")
def found(from_data, ds):
    """What the search finds by name, by the name that it shows."""
    entries = importlib.import_module("by_name").entries(from_data.Site(ds))
    names = {entry["name"]: entry for entry in entries}
    assert len(names) == len(entries)
    return names


def test_everything_with_a_name_is_found(found, ds):
    names = [*ds.states["name_en"], *ds.respondents["respondent"], *ds.measure_categories["label"]]
    for table, key in (("instruments", "instrument_id"), ("actors", "actor_id")):
        mentioned = ds[table][ds[table][key].isin(ds[f"{table[:-1]}_mentions"][key])]
        names += mentioned["short_name"].to_list()
        for row in mentioned.itertuples():
            own = [row.short_name, *found[row.short_name]["full"], *found[row.short_name]["names"]]
            assert {row.short_name, row.name_en, row.name_zh} <= set(own), row.short_name
    unnamed = ds.universal_instruments[ds.universal_instruments["instrument_id"].isna()]["short_name"]
    assert set(found) == {*names, *unnamed}


def test_a_state_says_whether_it_replied_and_what_covers_it(found, ds):
    members = set(ds.memberships.query("standing == 'member'")[["iso3", "actor_id"]].itertuples(index=False, name=None))
    dated = ds.replies.sort_values("position").set_index("reply_id")["dated"].dt.strftime("%Y-%m-%d")
    names = ds.actors.set_index("actor_id")["short_name"]
    for state in ds.states.itertuples():
        key, entry = state.iso3.lower(), found[state.name_en]
        through = ", ".join(names[reply] for reply in dated.index if (state.iso3, reply) in members)
        kind, line, link = (
            ("Member State, respondent", f"reply dated {dated[key]}", f"respondents/{key}.html")
            if key in dated
            else (
                "Member State without reply",
                f"no reply by 2011-06-03; covered through {through or 'no organization that replied'}",
                f"states.html#{key}",
            )
        )
        assert (entry["kind"], entry["link"]) == (kind, link)
        assert re.fullmatch(re.escape(line) + r"(; named by .+|, not reproduced)?", entry["line"])
        assert {state.iso3, state.iso2, state.m49} <= set(entry["names"])
    assert found["Turkmenistan"]["line"] == "reply dated 2011-04-27, not reproduced"


def test_an_entry_counts_respondents_as_the_library_does(found, ds):
    for table, by, kind in (("instrument_mentions", "instrument", "named"), ("measures", "category_label", "reported")):
        for row in ds.count_respondents(table, by).itertuples():
            assert found[row[1]]["line"] == f"{kind} by {row.respondents} of {row.of} respondents"
    lines = [found[name]["line"] for name in ("Tokyo Convention", "UNODA", "INSEN")]
    assert lines == [
        "named by none of 23 respondents",
        "belongs to United Nations; named by 1 of 23 respondents, by 5 in an editorial note alone",
        "belongs to IAEA; named by 1 of 23 respondents",
    ]


def test_an_entry_leads_to_the_passages_behind_it(found, ds):
    said = ds.passages.dropna(subset="gist_en").set_index("passage_id")
    expected = {}

    def expect(rows, names, words, by):
        for key, group in rows[rows["passage_id"].isin(said.index)].groupby(names.index.name, observed=True):
            link = [f"{words} ({group['passage_id'].nunique()})", f"passages.html?{by}={quote_plus(names[key])}"]
            expected.setdefault(key, []).append(link)

    states = ds.states.set_index(ds.states["iso3"].str.lower())["name_en"]
    short = {name: ds[f"{name}s"].set_index(f"{name}_id")["short_name"] for name in ("actor", "instrument")}
    kinds, replies = ds.measure_categories.set_index("category")["label"], ds.respondents.set_index("reply_id")
    expect(said.reset_index(), replies["respondent"], "Passages of its reply", "respondent")
    for name, names in short.items():
        expect(ds[f"{name}_mentions"], names, "Passages that name it", name)
    expect(ds.measures, kinds, "Passages with it", "measure")
    shown = {**short["actor"], **short["instrument"], **kinds, **states, **replies["respondent"]}
    assert {name: entry["passages"] for name, entry in found.items() if entry["passages"]} == {
        shown[key]: links for key, links in expected.items()
    }
    assert found["Chemical Weapons Convention"]["passages"][0][0] == "Passages that name it (4)"
    assert not found["Tokyo Convention"]["passages"]


def test_hostile_names_are_found_as_themselves(from_data, hostile):
    block = str(importlib.import_module("by_name").block(from_data.Site(hostile)))
    assert not set("<>&\u202e\x1b") & set(block)
    assert sum(entry["name"].endswith(visible(HOSTILE)) for entry in json.loads(block)) > 300


def test_a_part_of_the_data_has_names_too(from_data, ds):
    entries = importlib.import_module("by_name").entries(from_data.Site(ds.only("iaea")))
    lines = {entry["name"]: entry["line"] for entry in entries}
    assert lines["France"] == "no reply by 2011-06-03; covered through no organization that replied"


@pytest.mark.parametrize(
    ("html", "linked"),
    [
        (
            "<p>See iaea.08, not iaea.99 or xiaea.08x.</p>",
            '<p>See <a href="respondents/iaea.html#iaea.08" title="IAEA: The IAEA supplied over 800',
        ),
        ("<td>iaea.99</td>", "<td>iaea.99</td>"),
        ("<code>iaea.08</code>", "<code>iaea.08</code>"),
        ("<p>a &lt;b&gt; &amp; c</p>", "<p>a &lt;b&gt; &amp; c</p>"),
        ("<p>the 原子能机构 too</p>", '<p>the <span lang="zh">原子能机构</span> too</p>'),
        ("<td>2011-06</td>", '<td class="date">2011-06</td>'),
        ("<table><caption>A &amp; B</caption></table>", 'aria-label="A &amp; B"'),
        ("<td>IAEA</td>", '<td><a href="respondents/iaea.html">IAEA</a></td>'),
        ("<td>IAEA and others</td>", "<td>IAEA and others</td>"),
        ("<td>IAEA, <b>NATO</b></td>", "<td>IAEA, <b>NATO</b></td>"),
        (
            "<td>IAEA, NATO; FATF</td>",
            '<td><a href="respondents/iaea.html">IAEA</a>, <a href="respondents/nato.html">NATO</a>; '
            '<a href="respondents/fatf.html">FATF</a></td>',
        ),
        (
            "<td>OPCW (organizer), OPCW Technical Secretariat (participant)</td>",
            '<td><a href="respondents/opcw.html">OPCW</a> (organizer), '
            '<a href="actors.html#opcw-ts">OPCW Technical Secretariat</a> (participant)</td>',
        ),
        (
            "<dd>Thailand, Dual-use committee, Thailand, IAEA</dd>",
            '<dd><a href="respondents/tha.html">Thailand</a>, <a href="actors.html#tha-dual-use">Dual-use committee, '
            'Thailand</a>, <a href="respondents/iaea.html">IAEA</a></dd>',
        ),
        (
            "<td>Bhutan; Iran (Islamic Republic of)</td>",
            '<td><a href="states.html#btn">Bhutan</a>; <a href="states.html#irn">Iran (Islamic Republic of)</a></td>',
        ),
        ('<tr id="npt"><td>NPT</td></tr>', '<td><a href="instruments.html#npt">NPT</a>'),
        ("<td>Lima, Peru</td>", "<td>Lima, Peru</td>"),
        ("<td>IAEAs, NATO</td>", "<td>IAEAs, NATO</td>"),
        ("<td>NATO, like the IAEA, writes.</td>", "<td>NATO, like the IAEA, writes.</td>"),
        ('<td><a href="x">IAEA, NATO</a></td>', '<td><a href="x">IAEA, NATO</a></td>'),
    ],
)
def test_links_are_made_where_they_belong(from_data, ds, html, linked):
    assert linked in from_data.Site(ds).linked(html, "index")


def test_a_name_does_not_lead_to_where_it_is(from_data, ds):
    site = from_data.Site(ds)
    assert "<td>NPT</td>" in site.linked('<tr id="npt"><td>NPT</td></tr>', "instruments")
    assert '<a href="#npt">NPT</a>' in site.linked('<tr id="cwc"><td>NPT</td></tr>', "instruments")


def test_findings_are_taken_over_from_the_notebooks(trail):
    found = trail.findings(ROOT / "notebooks")
    assert len(found) == 5
    for its in found:
        assert len(its.statement) <= 90
        assert its.text
        assert its.title
        assert f'"{its.section}' in (ROOT / "notebooks" / f"{its.page}.ipynb").read_text("utf-8").replace("## ", "")
        assert its.measure
        assert its.shares
        assert all(0 <= count <= of for _, count, of in its.shares)


def test_a_finding_has_its_shares_and_its_passages(trail, ds):
    found = {its.page: its for its in trail.findings(ROOT / "notebooks")}
    exports = found["04_what_was_done"]
    assert exports.shares == [("Member States", 5, 8), ("Organizations", 2, 15)]
    rows = ds.joined("measures").query("category == 'export_control' and own_text")
    assert exports.passages == rows["passage_id"].to_list()
    assert found["03_which_instruments_recur"].shares[0] == ("As counted", 9, 18)
    mentions = ds.joined("instrument_mentions").query("own_text")
    universal = mentions["instrument_id"].isin(ds.universal_instruments["instrument_id"])
    assert set(found["03_which_instruments_recur"].passages) == set(mentions[universal]["passage_id"])
    assert not found["07_how_far_to_trust_it"].passages
    assert found["07_how_far_to_trust_it"].shares[-1][1:] == (7, 12)


def test_bars_are_as_long_as_the_shares(from_data, trail, ds):
    finding = trail.Finding("", "", "", "", "", "Of all", [("a", 1, 8), ("b", 0, 15), ("c", 1200, 1200)])
    html = filled(from_data, ds, "shares", finding=finding)
    assert re.findall(r"width: ([\d.]+)%", html) == ["12.5", "0.0", "100.0"]
    assert "1 of 8" in html
    assert "1,200 of 1,200" in html
    assert not filled(from_data, ds, "shares", finding=trail.Finding("", "", "", "", "")).strip()


def test_behind_a_finding_are_respondents_and_gists(from_data, trail, ds):
    finding = trail.Finding("", "", "", "", "", behind="They say so", passages=["iaea.08", "intro.03"])
    site = from_data.Site(ds)
    page = Page(site.linked(site.html("index", "behind", finding=finding), "index"))
    assert "They say so (2)" in page.text
    for passage, respondent in (("iaea.08", "IAEA"), ("intro.03", "Introduction")):
        assert f"{passage} {respondent}: {ds.evidence(passage).gist}" in page.text
    assert {"respondents/iaea.html#iaea.08", "respondents/iaea.html"} <= set(page.links)
    none = filled(from_data, ds, "behind", finding=trail.Finding("", "", "", "", ""))
    assert "no single passage" in none


def test_a_passage_names_the_findings_that_rest_on_it(from_data, trail, ds):
    found = trail.findings(ROOT / "notebooks")
    site = from_data.Site(ds)
    html = site.html("respondents/tha", "respondent", reply_id="tha", findings=found)
    (after,) = html.split('<section id="tha.05">')[1:]
    (exports,) = (its for its in found if its.page == "04_what_was_done")
    assert exports.statement in after.split("</section>")[0]
    place = f"04_what_was_done.html#{from_data.slug(exports.statement)}"
    assert f'href="../{place}"' in after.split("</section>")[0]
    assert html.count(exports.statement) == exports.passages.count("tha.05") == 1


def test_a_passage_says_where_the_readers_differed(from_data, trail, ds):
    told = trail.differed(ds)
    assert sum(map(len, told.values())) == len(ds.adjudication)
    assert set(told) <= set(ds.passages["passage_id"])
    (point,) = told["tha.05"]
    assert point["what"] == "Measure: Export controls, status"
    assert [point[name] for name in ("first", "second", "settled")] == ["in place", "in progress", "in progress"]
    assert point["taken"] == "as in the second reading"
    assert told["rus.05"][0]["what"].endswith("United States of America, role")
    assert told["tkm.04"][0]["second"] == "United Nations Secretariat"
    assert told["fatf.08"][0]["taken"] == "against both readings"
    page = made(from_data, ds, "respondent", "tha")
    assert f"Settled: in progress, as in the second reading. {point['reason']}" in page.text
    assert "Where the readers differed" not in made(from_data, ds, "respondent", "opcw").text.split("opcw.06")[0]


def test_passages_are_listed_by_respondent(from_data, ds):
    page = made(from_data, ds, "instruments")
    assert "CARICOM: caricom.04" in page.text
    convention = "passages.html?instrument=Chemical%20Weapons%20Convention"
    assert page.links.count(convention) == 1
    assert "Read all 4" in page.text
    assert "passages.html?measure=Export%20controls" in made(from_data, ds, "measures").links


def test_all_tables_can_be_taken_along(from_data, ds, downloads, tmp_path):
    names = [path.name.removeprefix(f"unreplies-{ds.package['version']}") for path in downloads]
    assert {"-csv.zip", ".sqlite"} <= set(names) <= {"-csv.zip", ".xlsx", ".sqlite", "-parquet.zip"}
    page = Page(filled(from_data, ds, "downloads", downloads=downloads))
    assert sorted(page.links) == [f"downloads/{path.name}" for path in downloads]
    with zipfile.ZipFile(downloads[0]) as archive:
        for table in ds:
            (name,) = (name for name in archive.namelist() if name.endswith(f"-csv/{table}.csv"))
            assert archive.read(name) == (ds.folder / f"{table}.csv").read_bytes()
    importlib.import_module("downloads").make(ds, tmp_path / "again")
    assert [path.read_bytes() for path in sorted((tmp_path / "again").iterdir())] == [
        path.read_bytes() for path in downloads
    ]


def test_the_head_describes_the_dataset(from_data, ds, downloads):
    """As schema.org wants it, and whatever the descriptor says, it ends where it should."""
    for added in ("", f" </script> {HOSTILE}"):
        package = {**ds.package, "title": ds.package["title"] + added}
        html = filled(from_data, ur.Dataset(ds.folder, package, ds), "head", downloads=downloads)
        assert html.count("<script") == html.count("</script>") == 1
        assert not {"\u202e", "\x1b"} & set(html)
        before, words = html.removesuffix("</script>\n").split('<script type="application/ld+json">')
        dataset = json.loads(words)
        assert dataset["@type"] == "Dataset"
        assert dataset["name"] == package["title"]
        files = [*(f"downloads/{its.name}" for its in downloads), "croissant.json"]
        assert [its["contentUrl"] for its in dataset["distribution"]] == files
        assert set(Page(before).tags) == {"meta"}


def test_the_data_page_previews_every_table(from_data, ds):
    page = made(from_data, ds, "files")
    for table in ds:
        assert f"The first rows of {table}" in page.text
        assert set(ds.codebook(table)["title"]) - set(page.headings) <= {"Precision", "Precision of the end"}
    assert "in place" in page.text.split("\n")  # not in_place
    assert page.tags.count("details") == len(ds) + 1


def test_croissant_describes_every_column(from_data, ds):
    package = {**ds.package, "title": f"{HOSTILE} </script>"}
    croissant = json.loads(from_data.Site(ur.Dataset(ds.folder, package, ds)).croissant())
    assert croissant["alternateName"] == package["title"]
    for file, its in zip(croissant["distribution"], croissant["recordSet"], strict=True):
        path = ds.folder.parent / file["contentUrl"]
        assert file["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
        assert file["contentUrl"] == f"data/{its['name']}.csv"
        columns = [field["source"]["extract"]["column"] for field in its["field"]]
        assert columns == path.read_text("utf-8").partition("\n")[0].split(",")
        assert {key["@id"] for key in its["key"]} <= {f"{its['name']}/{column}" for column in columns}
    assert {its["name"] for its in croissant["recordSet"]} == set(ds)


def taken_from(from_data, ds, page, **given):
    """What is taken along from a page, with the site's own template."""
    site = from_data.Site(ds)
    given = {"heading": "A page", "address": "", **given}
    return importlib.import_module("take").Taken(page, lambda **more: site.html(page, "take", **given, **more))


def rows_of(content):
    return list(csv.reader(io.StringIO(content.decode(), newline="")))


SVG = '<svg width="30pt" height="15pt" viewBox="0 0 400.4 200" xmlns="http://www.w3.org/2000/svg"/>'
FIGURE = (
    f'<figure data-title="A &lt;b&gt;" data-csv="a,b\n1,&quot;x, y&quot;\n"><img alt="A &lt;b&gt;" '
    f'src="data:image/svg+xml;base64,{base64.b64encode(SVG.encode()).decode()}"></figure>'
)


def test_a_chart_becomes_files_with_links_its_place_and_a_citation_beneath(from_data, ds):
    site, taken = from_data.Site(ds), taken_from(from_data, ds, "a/page")
    page = Page(html := site.linked(FIGURE, "a/page", taken) + site.linked(FIGURE, "a/page", taken))
    names = [f"_files/a/page-chart-{number}" for number in (1, 2)]
    assert list(taken.files) == [f"{name}.{ending}" for name in names for ending in ("svg", "png", "csv")]
    assert page.ids == ["chart-1", "chart-2"]
    links = [[f"../{name}.svg", f"../{name}.png", f"../{name}.csv"] for name in names]
    assert page.links == [*links[0], "#chart-1", *links[1], "#chart-2"]
    for part in ('src="../_files/a/page-chart-1.svg"', 'alt="A &lt;b&gt;"', 'width="400"', 'height="200"'):
        assert part in html
    assert "data-" not in html
    assert page.text.count(f"“A <b>”, chart in “A page”, from: {ur.cite(ds)}\n") == 2
    svg, png, rows = (taken.files[f"{names[0]}.{ending}"] for ending in ("svg", "png", "csv"))
    assert svg == SVG.encode()
    assert rows == b'a,b\n1,"x, y"\n'
    assert matplotlib.image.imread(io.BytesIO(png)).shape[:2] == (40, 80), "twice its size: 72 points are 96 pixels"
    other = '<figure><img alt="x" src="other.png"/></figure>'
    assert "chart-" not in site.linked(other, "index", taken)


def test_a_citation_has_the_address_of_a_site_that_has_one(from_data, ds):
    taken = taken_from(from_data, ds, "index", address="https://example.org/index.html")
    html = from_data.Site(ds).linked(FIGURE, "index", taken)
    assert f"from: {ur.cite(ds)} https://example.org/index.html#chart-1\n" in Page(html).text


def test_a_table_has_its_rows_as_a_file_beneath_it(from_data, ds):
    site, taken = from_data.Site(ds), taken_from(from_data, ds, "index")
    shown = ur.table(ds.replies[["reply_id", "dated", "form"]], "Replies")
    html = site.linked(f"<p>x</p>{shown._repr_html_()}<table><caption>None</caption></table>", "index", taken)
    assert taken.files == {"_files/index-table-1.csv": csv_of(shown.frame).encode()}
    page = Page(html)
    assert [link for link in page.links if "_files" in link] == ["_files/index-table-1.csv"]
    assert "data-csv" not in html
    assert page.tags.count("table") == 2
    assert html.index("</table>") < html.index("_files/index-table-1.csv") < html.index("None")


@pytest.mark.parametrize(
    "part", ["actors", "browse", "codebook", "instruments", "measures", "respondent", "respondents", "states", "limits"]
)
def test_the_rows_beneath_a_table_made_from_the_data_are_those_shown(from_data, hostile, part):
    taken = taken_from(from_data, hostile, PARTS[part])
    soup = from_data.BeautifulSoup(
        from_data.Site(hostile).linked(filled(from_data, hostile, part), PARTS[part], taken), "html.parser"
    )
    offered = [table for table in soup.find_all("table") if table.parent.find_next_sibling(class_="take")]
    assert len(offered) == len(taken.files) > 0
    for table, content in zip(offered, taken.files.values()):
        head, *rows = rows_of(content)
        assert len(set(head)) == len(head) > 1
        assert {len(row) for row in rows} == {len(head)}
        lines = [row[head.index("respondent")] for row in rows] if part == "measures" else rows
        assert len(set(map(str, lines))) == len(table.tbody.find_all("tr"))
        assert not [cell for row in [head, *rows] for cell in row if cell.startswith(("=", "+", "@"))]
        assert not {"\u202e", "\x1b"} & set(content.decode())


def test_the_picture_of_the_site_has_the_shape_that_others_show(from_data):
    svg = (ROOT / "docs" / "who_replied.svg").read_text("utf-8")
    picture = matplotlib.image.imread(io.BytesIO(importlib.import_module("take").picture(svg, 1200, 630)))
    assert picture.shape[:2] == (630, 1200)
    ink = picture[..., :3].min(axis=2) < 0.9
    assert 0.05 < ink.mean() < 0.5, "a chart is in it"
    assert not ink[:10].any()
    assert not ink[-10:].any()
    assert not ink[:, :10].any()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("<h1>A</h1><p>One &lt;b&gt; <em>two</em>\nthree.</p><p>Four.</p>", "One <b> two three."),
        (f"<p>{'word ' * 99}</p>", "word " * 39 + "..."),
        ("<h1>A</h1>", ""),
    ],
)
def test_a_page_is_described_by_its_first_paragraph(from_data, body, words):
    assert from_data.in_short(body) == words
