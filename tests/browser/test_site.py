"""Every page of the site as readers meet it: in light and dark, on a desk and on a telephone."""

import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
from html import unescape
from html.parser import HTMLParser
from itertools import pairwise
from urllib.parse import quote, unquote, urldefrag, urljoin
from xml.etree import ElementTree

import matplotlib.image
import numpy as np
import pytest

import unreplies as ur
from unreplies.text import visible

from .conftest import ROOT, SITE

#: Every page; what the theme keeps under _static is none.
PAGES = sorted(
    name for path in SITE.rglob("*.html") if not (name := path.relative_to(SITE).as_posix()).startswith("_static/")
) or ["index.html"]
WIDTHS, SCHEMES = (1280, 390), ("light", "dark")
#: Without preload: else axe itself looks for style sheets where there are none.
RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]},
    "preload": False,
    "resultTypes": ["violations"],
}
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
WITHOUT_ALT = "[...document.images].filter(i => !i.alt && i.role !== 'presentation').map(i => i.currentSrc)"


def faults(browser, url, widths=WIDTHS, schemes=SCHEMES):
    """What is wrong with a page, at each width and in each scheme, in words; and the bytes of the first visit."""
    from axe_playwright_python.sync_playwright import Axe

    found, weight = [], 0
    for scheme in schemes:
        with browser.new_context(color_scheme=scheme) as context:
            page = context.new_page()
            sizes = _watch(page, url.split("/")[2], found)
            for width in widths:
                page.set_viewport_size({"width": width, "height": 900})
                page.goto(url, wait_until="networkidle")
                at = f"{width} px, {scheme}"
                weight = weight or sum(sizes)
                for rule in Axe().run(page, options=RULES).response["violations"]:
                    nodes = "; ".join(node["html"][:160] for node in rule["nodes"][:3])
                    found.append(f"{at}: axe {rule['id']} ({len(rule['nodes'])}): {nodes}")
                if wide := page.evaluate(OVERFLOW):
                    found.append(f"{at}: the page is {wide} px wider than the window")
                found += [f"{at}: no alternative text: {image}" for image in page.evaluate(WITHOUT_ALT)]
    return found, weight


def _watch(page, host, found):
    """Note errors and requests to other hosts in ``found``, and give a list that grows by the bytes of each request."""
    sizes = []

    def asked(request):
        if request.url.startswith("http") and request.url.split("/")[2] != host:
            found.append(f"request to another host: {request.url}")

    def said(message):
        if message.type == "error":
            found.append(f"console: {message.text} ({message.location['url']})")

    page.on("console", said)
    page.on("pageerror", lambda error: found.append(f"error: {error}"))
    page.on("request", asked)
    page.on("requestfinished", lambda request: sizes.append(request.sizes()["responseBodySize"]))
    return sizes


class _Links(HTMLParser):
    def __init__(self):
        super().__init__()
        self.ids, self.links, self.doubled, self.levels = set(), [], [], []

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if re.fullmatch("h[1-6]", tag):
            self.levels.append(int(tag[1]))
        if given.get("id"):
            if given["id"] in self.ids:
                self.doubled.append(given["id"])
            self.ids.add(given["id"])
        for name in ("href", "src"):
            if given.get(name):
                self.links.append(given[name])


def broken_links(folder):
    """Every link of the pages in a folder that leads nowhere within it: page, link."""
    read = {}
    for path in folder.rglob("*.html"):
        if "_static" in path.parts:
            continue
        parser = _Links()
        parser.feed(path.read_text(encoding="utf-8"))
        parser.close()
        read[path.relative_to(folder).as_posix()] = parser
    broken = []
    for name, parser in read.items():
        for link in parser.links:
            if link.startswith(("http:", "https:", "mailto:", "data:", "#!")):
                continue
            target, anchor = urldefrag(urljoin(f"http://y/{name}", link))
            target = unquote(target.split("?")[0].removeprefix("http://y/")) or "index.html"
            there = (folder / target).is_file()
            if not there or (anchor and target in read and unquote(anchor) not in read[target].ids):
                broken.append((name, link))
    return broken, read


@pytest.mark.parametrize("page", [*PAGES, "search.html?q=nuclear"])
def test_page_is_sound(browser, site, page, record_property):
    found, weight = faults(browser, site + page)
    record_property("bytes", weight)
    assert not found, "\n".join(found)


def test_links_lead_somewhere(site):
    broken, read = broken_links(SITE)
    assert len(read) == len(PAGES)
    assert not broken, broken[:20]
    assert not {name: parser.doubled for name, parser in read.items() if parser.doubled}


def test_every_page_says_what_it_is(site):
    """One title, viewport and description, and headings in their order."""
    for name in PAGES:
        head = (SITE / name).read_text("utf-8").split("</head>")[0]
        assert head.count("<title>") == head.count('name="viewport"') == 1, name
        if name != "404.html":
            assert re.search('<meta name="description" content="[^"]{9,}">', head), name
            for its in ("title", "description", "image"):
                assert head.count(f'property="og:{its}"') == 1, name
            picture = re.search('property="og:image" content="([^"]*)"', head)[1]
            assert (SITE / name).parent.joinpath(picture).is_file() or picture.startswith("https://"), name
        assert ("application/ld+json" in head) == (name == "data.html")
    for name, parser in broken_links(SITE)[1].items():
        assert parser.levels[0] == 1 == parser.levels.count(1), name
        assert all(deeper <= level + 1 for level, deeper in pairwise(parser.levels)), (name, parser.levels)


def test_notebooks_have_their_number_and_no_page_of_another_section_beside_them(browser, site):
    names = [name for name in PAGES if re.match(r"\d\d_", name)]
    with browser.new_context() as context:
        page = context.new_page()
        for place, name in enumerate(names):
            page.goto(site + name)
            assert page.locator("h1").inner_text().startswith(f"{name[:2]} ")
            listed = page.locator(".bd-sidebar-primary .toctree-l1").all_inner_texts()
            assert [words[:3] for words in listed] == [f"{name[:2]} " for name in names]
            beside = [words[:2] for words in page.locator(".prev-next-title").all_inner_texts()]
            before, after = (["The", *names])[place], names[place + 1 : place + 2]
            assert beside == [there[:2] for there in (before, *after)]
        page.goto(site)
        assert page.locator(".notebooks .book").all_inner_texts() == [name[:2] for name in names]
        page.goto(f"{site}respondents.html")
        assert page.locator(".prev-next-area .left-prev").count() == 0


def test_a_lost_address_is_answered_where_it_is(browser, site):
    """At any depth, and with nothing that would be looked for beside it."""
    with browser.new_context() as context:
        for address in ("nowhere", "respondents/nowhere.html", "a/b/c/"):
            page, asked = context.new_page(), []
            page.on("request", lambda request, asked=asked: asked.append(request.url))
            assert page.goto(site + address).status == 404
            assert page.get_by_role("heading").inner_text() == "There is no such page here"
            assert asked == [site + address]


@pytest.mark.parametrize("way", ["http", "file"])
def test_charts_and_tables_can_be_taken_along(browser, site, way):
    """From the disk a browser downloads no picture, for each file is a site of its own there: it opens it."""
    base = site if way == "http" else f"{SITE.as_uri()}/"
    with browser.new_context() as context:
        page, asked = context.new_page(), []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{base}01_who_replied.html", wait_until="networkidle")
        assert page.locator("img[src^='data:image/svg']").count() == 0
        assert not [url for url in asked if url.endswith((".png", ".csv"))], "fetched before anybody asks for it"
        begins = {"SVG": b"<svg ", "PNG": b"\x89PNG", "CSV": b"iso3,name_en,"}
        links = page.locator("#chart-1 + .take a[download]").all()
        assert [link.inner_text().split()[-1] for link in links] == list(begins)
        for link, (ending, begin) in zip(links, begins.items()):
            if way == "file" and ending != "CSV":
                link.press("Enter")
                page.wait_for_url(f"**/_files/01_who_replied-chart-1.{ending.lower()}")
                page.go_back()
            else:
                assert _download(page, link).startswith(begin)
        table = page.locator(".pst-scrollable-table-container:has(+ .take)").first
        rows = list(csv.reader(_download(page, table.locator("+ .take a")).decode().splitlines()))
        shown = [row.locator("th, td").all_inner_texts() for row in table.locator("tr").all()]
        assert [row[1:] for row in rows[1:]] == [row[1:] for row in shown[1:]]
        assert rows[0][1:] == [heading.lower().replace(" ", "_") for heading in shown[0][1:]]


def _download(page, link):
    with page.expect_download() as taken:
        link.press("Enter")
    return taken.value.path().read_bytes()


def test_the_rows_beneath_a_chart_or_table_are_those_of_its_notebook(site):
    """Taken from the notebook as it is committed, in its order; each file is offered right beneath what it is of."""
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        cells = json.loads(path.read_text("utf-8"))["cells"]
        outputs = [output.get("data", {}) for cell in cells for output in cell.get("outputs", [])]
        html = "".join("".join(data.get("text/html", "")) for data in outputs)
        for tag, kind in (("figure", "chart"), ("table", "table")):
            rows = [unescape(text) for text in re.findall(f'<{tag} [^>]*?data-csv="([^"]*)"', html)]
            files = [f"_files/{path.stem}-{kind}-{number}.csv" for number in range(1, len(rows) + 1)]
            assert rows == [(SITE / name).read_text("utf-8") for name in files]
            assert not (SITE / f"_files/{path.stem}-{kind}-{len(rows) + 1}.csv").exists()
            beneath = rf'</{tag}>(?:</div>)?\s*<div class="take">[^§]*?href="(_files/[^"]*\.csv)"'
            assert re.findall(beneath, (SITE / f"{path.stem}.html").read_text("utf-8")) == files


def test_the_link_to_a_chart_and_its_citation_are_copied_by_keyboard(browser, site, ds):
    with browser.new_context(permissions=["clipboard-read", "clipboard-write"]) as context:
        page = context.new_page()
        page.goto(f"{site}01_who_replied.html")
        take, copied = page.locator("#chart-2 + .take"), "navigator.clipboard.readText()"
        take.locator(".spot").press("Enter")
        take.get_by_text("Copied", exact=True).wait_for()
        assert page.url == page.evaluate(copied) == f"{site}01_who_replied.html#chart-2"
        citation = take.locator("details p")
        assert not citation.is_visible()
        take.get_by_text("Cite this chart").press("Enter")
        button = take.get_by_role("button", name="Copy")
        button.press("Space")
        take.get_by_role("button", name="Copied").wait_for()
        words = page.evaluate(copied)
        assert words == citation.inner_text()
        assert words.startswith("“No African State replied; every other group sent one to three replies”, chart in “")
        assert words.endswith(ur.cite(ds))
        take.get_by_text("Link to this chart").wait_for()
        page.emulate_media(media="print")
        assert not take.is_visible()


def test_a_chart_can_be_taken_along_without_script(browser, site):
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{site}01_who_replied.html")
        take = page.locator("#chart-1 + .take")
        take.get_by_text("Cite this chart").click()
        assert take.locator("details p").is_visible()
        assert take.get_by_role("button").count() == 0
        take.locator(".spot").click()
        assert page.url.endswith("#chart-1")


def test_charts_fit_the_dark(browser, site):
    """The paper of a chart is that of the page, its words stand out from it, and blue stays blue."""
    looks = {}
    for scheme in SCHEMES:
        with browser.new_context(color_scheme=scheme, viewport={"width": 1280, "height": 900}) as context:
            page = context.new_page()
            page.goto(f"{site}01_who_replied.html", wait_until="networkidle")
            shot = page.locator("#chart-1").screenshot()
            pixels = matplotlib.image.imread(io.BytesIO(shot))[..., :3].reshape(-1, 3)
            paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
            looks[scheme] = pixels, [int(number) / 255 for number in re.findall(r"\d+", paper)]
    for pixels, paper in looks.values():
        values, counts = np.unique(pixels.round(3), axis=0, return_counts=True)
        assert values[counts.argmax()] == pytest.approx(paper, abs=0.004)
        linear = np.where(pixels <= 0.04045, pixels / 12.92, ((pixels + 0.055) / 1.055) ** 2.4)
        luminance = linear @ [0.2126, 0.7152, 0.0722] + 0.05
        assert luminance.max() / luminance.min() > 12
        vivid = pixels[np.ptp(pixels, axis=1) > 0.5]
        assert len(vivid) > 100
        assert (vivid.argmax(axis=1) == 2).all()
    dark, light = (pixels.mean() for pixels, _ in (looks["dark"], looks["light"]))
    assert dark < 0.3 < 0.7 < light


def test_all_tables_can_be_taken_along(browser, site):
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{site}data.html")
        links = page.locator("a[href^='downloads/']").all()
        assert len(links) >= 3
        for link in links:
            assert page.request.get(urljoin(page.url, link.get_attribute("href"))).ok


def test_every_passage_has_an_address(site, ds):
    _, read = broken_links(SITE)
    for passage in ds.passages.itertuples():
        page = f"respondents/{passage.reply_id}.html".replace("/nan.", "/introduction.")
        assert passage.passage_id in read[page].ids, page


def test_every_finding_leads_to_its_notebook(browser, site):
    """What the notebooks tag as a finding stands on the front page as it is there, with a link to its words there."""
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(site)
        shown = {finding.locator("h3").inner_text(): finding for finding in page.locator("section.finding").all()}
        tagged = []
        for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
            for cell in json.loads(path.read_text("utf-8"))["cells"]:
                if "finding" in cell["metadata"].get("tags", []):
                    statement, _, words = "".join(cell["source"]).removeprefix("**").partition("**")
                    tagged.append((path.stem, statement.rstrip("."), words.strip()))
        assert len(tagged) == len(shown) >= 4
        for notebook, statement, words in tagged:
            (finding,) = (found for heading, found in shown.items() if heading.startswith(statement))
            assert words[-30:] in finding.inner_text()
            finding.locator(".derived a").click()
            page.wait_for_url(f"**/{notebook}.html#*")
            assert page.locator(":target").inner_text().startswith(statement)
            assert page.locator(":target").is_visible()
            page.go_back()


def test_a_finding_leads_to_passages_by_keyboard(browser, site, ds):
    """What says who says what behind a finding is folded, and a passage leads back to the finding."""
    with browser.new_context(viewport={"width": 390, "height": 844}) as context:
        page = context.new_page()
        page.goto(site)
        finding = page.locator("section.finding", has=page.get_by_role("heading", name="export controls"))
        assert finding.locator(".shares dd").all_inner_texts() == ["5 of 8", "2 of 15"]
        wide, narrow = (bar.bounding_box()["width"] for bar in finding.locator(".bar > span").all())
        assert abs(narrow / wide - (2 / 15) / (5 / 8)) < 0.02
        first = finding.locator("details li").first
        assert not first.is_visible()
        finding.locator("summary").focus()
        page.keyboard.press("Enter")
        passage = first.locator("a").first.inner_text()
        evidence = ds.evidence(passage)
        assert first.inner_text() == f"{passage} {evidence.passage['respondent']}: {evidence.gist}"
        first.locator("a").first.click()
        page.wait_for_url(f"**/respondents/*.html#{passage}")
        page.locator(":target").get_by_role("link", name="Five of eight States").click()
        page.wait_for_url("**/04_what_was_done.html#five-of-eight-states-*")
        assert page.locator(":target").inner_text().startswith("Five of eight States report export controls")


def test_a_key_says_what_its_passage_says(browser, site, ds):
    """On pointing at it, and for those who come by keyboard at the foot of the window."""
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
        page.goto(f"{site}actors.html")
        key = page.locator("td a", has_text="iaea.").first
        words = f"IAEA: {ds.evidence(key.inner_text()).gist}"
        assert key.get_attribute("title") == words
        shown = "key => getComputedStyle(key, '::after').content"
        assert key.evaluate(shown) == "none"
        key.focus()
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Tab")
        assert key.evaluate(shown) == json.dumps(words, ensure_ascii=False)


def test_passages_by_respondent_can_all_be_read(browser, site, ds):
    with browser.new_context() as context:
        page = context.new_page()
        for name, key, table in (
            ("instruments", "s-res-1540", "instrument_mentions"),
            ("actors", "gicnt", "actor_mentions"),
            ("measures", "financing", "measures"),
        ):
            page.goto(f"{site}{name}.html")
            page.locator(f"[id='{key}']").get_by_role("link", name="Read all").click()
            column = ds[table].columns[ds[table].eq(key).any()].item()
            assert _shown(page) == list(dict.fromkeys(ds[table][ds[table][column] == key]["passage_id"]))


def test_evidence_lands_on_its_passage(browser, site):
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
        for name in ("instruments", "actors", "measures"):
            page.goto(f"{site}{name}.html")
            link = page.locator("td a", has_text="iaea.").first
            passage = link.inner_text()
            link.click()
            page.wait_for_url(f"**/respondents/iaea.html#{passage}")
            assert page.evaluate("document.querySelector(':target').id") == passage
            top = page.evaluate("document.querySelector(':target').getBoundingClientRect().top")
            head = page.evaluate("document.querySelector('.bd-header').getBoundingClientRect().bottom")
            assert head - 1 <= top < 900, (passage, head, top)


def test_tables_of_the_notebooks_lead_to_passages(browser, site, ds):
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{site}00_start_here.html")
        link = page.locator("td a", has_text="unodc.08").first
        link.click()
        page.wait_for_url("**/respondents/unodc.html#unodc.08")
        gist = ds.evidence("unodc.08").gist
        assert gist in page.locator(":target").inner_text()


def _search(page, base, words):
    """The pages that a search finds, in its order."""
    page.goto(f"{base}search.html?q={quote(words)}")
    page.wait_for_function("document.querySelector('#search-results h2')?.innerText == 'In the pages'", timeout=20000)
    return [link.get_attribute("href") for link in page.locator("#search-results ul.search a").all()]


@pytest.mark.parametrize("way", ["http", "file"])
def test_search_finds_names_in_both_languages(browser, site, ds, way):
    base = site if way == "http" else f"{SITE.as_uri()}/"
    title = ds.instruments.set_index("instrument_id").loc["icsant"]
    gist = ds.evidence("iaea.08").gist
    with browser.new_context() as context:
        page = context.new_page()
        for words in (
            title["name_zh"],
            title["name_zh"][2:7],
            title["name_zh"][-2:],
            title["short_name"],
            title["name_en"],
        ):
            found = _search(page, base, words)
            assert any("instruments.html" in link for link in found), (words, found)
            page.goto(urljoin(page.url, next(link for link in found if "instruments.html" in link)))
            assert words.lower() in page.locator("article").inner_text().lower(), words
        found = _search(page, base, gist)
        assert any("respondents/iaea.html" in link for link in found), found
        # Neither hashes nor the code of the notebooks.
        for words in ("Zwischenstaatlichkeit", ds.passage_places["sha256"][0], "drop_duplicates"):
            assert not _search(page, base, words)


#: What readers type, what the search gives first, and where that leads.
NAMED = [
    ("France", "France", "Member State without reply", "states.html#fra"),
    ("uk", "United Kingdom of Great Britain and Northern Ireland", "Member State without reply", "states.html#gbr"),
    ("Czechia", "Czech Republic", "Member State without reply", "states.html#cze"),
    ("越南", "Viet Nam", "Member State without reply", "states.html#vnm"),
    ("turkmen", "Turkmenistan", "Member State, respondent", "respondents/tkm.html"),
    ("RUS", "Russian Federation", "Member State, respondent", "respondents/rus.html"),
    ("CWC", "Chemical Weapons Convention", "instrument", "instruments.html#cwc"),
    ("BTWC", "Biological Weapons Convention", "instrument", "instruments.html#bwc"),
    ("npt", "NPT", "instrument", "instruments.html#npt"),
    ("comprehensive test ban", "CTBT", "instrument", "instruments.html#ctbt"),
    ("UNSCR 1540", "resolution 1540 (2004)", "instrument", "instruments.html#s-res-1540"),
    ("Hostages Conv", "Hostages Convention", "instrument", "03_which_instruments_recur.html#the-universal-instruments"),
    ("核恐怖主义行为国际公约", "Nuclear Terrorism Convention", "instrument", "instruments.html#icsant"),
    ("global initiative to combat", "GICNT", "arrangement", "actors.html#gicnt"),
    ("安理会", "Security Council", "United Nations body", "actors.html#unsc"),
    ("international atomic energy agency", "IAEA", "organization, respondent", "respondents/iaea.html"),
    ("export contr", "Export controls", "kind of measure", "measures.html#export-control"),
]


@pytest.mark.parametrize("way", ["http", "file"])
def test_search_gives_what_has_the_name_first(browser, site, way):
    base, faults = (site if way == "http" else f"{SITE.as_uri()}/"), []
    with browser.new_context() as context:
        page = context.new_page()
        _watch(page, base.split("/")[2], faults)
        for words, name, kind, link in NAMED:
            _search(page, base, words)
            first = page.locator("#by-name li").first
            shown = [first.locator(part).inner_text() for part in ("> a", ".kind")]
            assert [words, *shown] == [words, name, kind]
            first.locator("> a").click()
            page.wait_for_url(f"{base}{link}*")
            assert "#" not in page.url or page.locator(":target").is_visible(), page.url
    assert not faults, faults


def test_every_name_leads_to_its_place(site, ds):
    _, read = broken_links(SITE)
    block = re.search(r'type="application/json">(.+)</script>', (SITE / "search.html").read_text("utf-8"))[1]
    links = [urldefrag(entry["link"]) for entry in json.loads(block)]
    assert len(links) > len(ds.states) + len(ds.measure_categories)
    assert all(page in read and (not anchor or anchor in read[page].ids) for page, anchor in links)


def test_search_says_what_covers_a_state_and_leads_on_where_nothing_fits(browser, site, ds):
    coverage = ur.who_replied.coverage(ds).set_index("name_en")
    with browser.new_context(viewport={"width": 390, "height": 844}) as context:
        page = context.new_page()
        for state in ("France", "China"):
            _search(page, site, state)
            line = page.locator("#by-name li div").first.inner_text()
            through = coverage.loc[state, "through"] or "no organization that replied"
            assert line == f"no reply by 2011-06-03; covered through {through}"
        _search(page, site, "convention")
        assert page.locator("#by-name li:visible").count() == 10
        page.locator("#by-name summary").click()
        assert page.locator("#by-name li:visible").count() > 30
        pages = _search(page, site, "Zwischenstaatlichkeit")
        assert not pages
        assert "has a name with “Zwischenstaatlichkeit”" in page.get_by_role("status").inner_text()
        page.locator("#by-name a", has_text="States").click()
        page.wait_for_url("**/states.html")
        assert page.locator("tbody tr").count() == len(ds.states)


def test_a_name_leads_to_its_passages(browser, site, ds):
    """Exactly to those with it; one that no passage has leads to none."""
    rows = {name: ds.joined(name) for name in ("passages", "instrument_mentions", "actor_mentions", "measures")}
    said = rows["passages"].dropna(subset="gist_en")
    with browser.new_context() as context:
        page = context.new_page()
        for words, link, passages in (
            ("CWC", "Passages that name it (4)", rows["instrument_mentions"].query("instrument_id == 'cwc'")),
            ("GICNT", "Passages that name it", rows["actor_mentions"].query("actor_id == 'gicnt'")),
            ("usa", "Passages that name it", rows["actor_mentions"].query("actor_id == 'usa'")),
            ("Export controls", "Passages with it", rows["measures"].query("category == 'export_control'")),
            ("Turkmenistan", "Passages of its reply", said.query("reply_id == 'tkm'")),
            ("IAEA", "Passages of its reply", said.query("reply_id == 'iaea'")),
        ):
            _search(page, site, words)
            page.locator("#by-name li").first.get_by_role("link", name=link).click()
            page.wait_for_url("**/passages.html?*")
            assert set(_shown(page)) == set(passages["passage_id"]) & set(said["passage_id"]) != set(), words
        _search(page, site, "Vietnam")
        assert page.locator("#by-name a[href^='passages.html?']").count() == 0


def test_search_says_what_it_does_not_look_for(browser, site):
    with browser.new_context() as context:
        page = context.new_page()
        left = "Numbers, and words such as “of”, are not looked for in the pages."
        for words, said in (
            ("1540", left),
            ("1540 zwischenstaatlich", f"No page has all of these words. {left}"),
            ("zwischenstaatlich", "No page has all of these words."),
        ):
            assert not _search(page, site, words)
            assert page.locator("#search-results .search-summary").inner_text() == said


def test_search_is_used_by_keyboard_and_leads_to_passages(browser, site, ds):
    with browser.new_context() as context:
        page = context.new_page()
        passages = set(ds.actor_mentions.query("actor_id == 'gicnt'")["passage_id"])
        _search(page, site, "gicnt")
        focused = "document.activeElement.closest('#by-name') && document.activeElement.textContent"
        for words in ("GICNT", f"Passages that name it ({len(passages)})"):
            for _ in range(20):
                page.keyboard.press("Tab")
                if page.evaluate(focused) == words:
                    break
            assert page.evaluate(focused) == words
        page.keyboard.press("Enter")
        page.wait_for_url("**/passages.html?actor=GICNT")
        assert set(_shown(page)) == passages
        _search(page, site, "dirty")
        page.get_by_role("link", name="Passages whose summary or codes have “dirty”").click()
        page.wait_for_url("**/passages.html?words=dirty")
        assert _shown(page)


def test_search_field_leads_to_results(browser, site):
    with browser.new_context(viewport={"width": 390, "height": 844}) as context:
        page = context.new_page()
        page.goto(site)
        page.locator("form.bd-search input:visible").first.click()
        page.keyboard.type("北约")
        page.keyboard.press("Enter")
        page.wait_for_url("**/search.html?q=*")
        page.locator("#search-results ul.search a").first.wait_for()
        assert page.locator("#by-name li a").first.inner_text() == "NATO"


def test_no_javascript_is_needed_to_read(browser, site):
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{site}respondents/iaea.html#iaea.08")
        assert page.locator("[id='iaea.08'] .gist").is_visible()
        page.goto(f"{site}01_who_replied.html")
        assert page.locator(".cell_input").first.is_visible()
        assert page.locator(".code-switch").count() == 0


def _shown(page):
    """The passages that the browser of passages shows, in its order."""
    return [row.locator("th").inner_text() for row in page.locator(".browse tbody tr:visible").all()]


@pytest.mark.parametrize("way", ["http", "file"])
def test_passages_are_filtered_and_the_address_keeps_it(browser, site, ds, way):
    base = site if way == "http" else f"{SITE.as_uri()}/"
    whole = int(ds.passages["gist_en"].notna().sum())
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{base}passages.html")
        count = page.locator(".browse [role=status]")
        assert count.inner_text() == f"{whole} of {whole} passages"
        page.get_by_label("Respondent", exact=True).select_option("IAEA")
        page.get_by_label("Measures").select_option("Physical protection")
        rows = ds.joined("measures").query("reply_id == 'iaea' and category_label == 'Physical protection'")
        assert _shown(page) == rows["passage_id"].to_list()
        page.reload()
        assert _shown(page) == rows["passage_id"].to_list()
        assert page.get_by_label("Respondent", exact=True).input_value() == "IAEA"
        page.get_by_role("button", name="Clear").click()
        page.wait_for_function("!location.search")
        assert len(_shown(page)) == whole


def test_passages_are_filtered_by_each_column_and_by_chinese_names(browser, site, ds):
    convention = ds.instruments.set_index("instrument_id").loc["icsant", "short_name"]
    actors = ds.actors.set_index("actor_id")
    chinese = actors.loc["iaea", "name_zh"]
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{site}passages.html")
        page.get_by_label("Words, in").fill(chinese)
        found = _shown(page)
        assert set(ds.actor_mentions.query("actor_id == 'iaea'")["passage_id"]) <= set(found)
        assert len(found) < 60
        page.reload()
        assert _shown(page) == found
        for label, value, passages in (
            ("Instruments", convention, ds.instrument_mentions.query("instrument_id == 'icsant'")["passage_id"]),
            ("Actors", actors.loc["gicnt", "short_name"], ds.actor_mentions.query("actor_id == 'gicnt'")["passage_id"]),
            ("Status", "urged", ds.measures.query("status == 'urged'")["passage_id"]),
            ("Domains", "radiological", ds.passages.query("radiological == True")["passage_id"]),
        ):
            page.goto(f"{site}passages.html")
            page.get_by_label(label, exact=True).select_option(value)
            assert _shown(page) == list(dict.fromkeys(passages)), label
        page.goto(f"{site}passages.html?words=organization")
        assert 0 < len(_shown(page)) < 60
        page.goto(f"{site}passages.html?instrument=no+such+text&words=zzz")
        assert page.locator(".browse [role=status]").inner_text().startswith("0 of ")


def test_passages_are_filtered_by_kind_of_respondent(browser, site, ds):
    rows = ds.joined("measures").query("category_label == 'Export controls'")
    with browser.new_context() as context:
        page = context.new_page()
        for kind in ur.dataset.KINDS:
            page.goto(f"{site}passages.html?kind={kind.replace(' ', '+')}&measure=Export+controls&sort=respondent")
            assert page.get_by_label("Kind", exact=True).input_value() == kind
            assert sorted(_shown(page)) == sorted(set(rows[rows["respondent_kind"] == kind]["passage_id"]))
            shown = [row.locator("td").first.inner_text() for row in page.locator(".browse tbody tr:visible").all()]
            who, kinds = zip(*(text.split("\n") for text in shown))
            assert set(kinds) == {kind}
            assert list(who) == sorted(who, key=str.lower)


def test_passages_are_sorted_by_keyboard(browser, site, ds):
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{site}passages.html?respondent=IMO")
        report = _shown(page)
        head = page.locator(".browse th", has=page.get_by_role("button", name="What it says"))
        page.get_by_label("Words, in").focus()
        for _ in range(30):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.textContent") == "What it says":
                break
        page.keyboard.press("Enter")
        gists = ds.passages.set_index("passage_id")["gist_en"]
        assert head.get_attribute("aria-sort") == "ascending"
        assert _shown(page) == sorted(report, key=lambda passage: gists[passage].lower())
        page.keyboard.press("Space")
        assert head.get_attribute("aria-sort") == "descending"
        down = _shown(page)
        assert down == sorted(report, key=lambda passage: gists[passage].lower(), reverse=True) != report
        page.reload()
        assert _shown(page) == down
        page.get_by_role("button", name="Passage", exact=True).click()
        assert _shown(page) == report
        assert page.url.endswith("passages.html?respondent=IMO")


@pytest.mark.parametrize("way", ["http", "file"])
def test_two_respondents_are_compared_by_address(browser, site, ds, way):
    base = site if way == "http" else f"{SITE.as_uri()}/"
    with browser.new_context() as context:
        page = context.new_page()
        for one, other in (("iaea", "imo"), ("unodc", "rus")):
            if one == "iaea":
                page.goto(f"{base}compare.html?one={one}&other={other}")
            else:
                page.get_by_label("One respondent").select_option(one)
                page.get_by_label("The other").select_option(other)
                assert page.url.endswith(f"?one={one}&other={other}")
                page.reload()
            told = [
                [cell.inner_text() for cell in row.locator("th, td").all()]
                for row in page.locator(".sides tbody tr").all()
            ]
            expected = ur.respondents.compare(ds, one, other)
            columns = expected[["item", "passages_of_one", "passages_of_other"]].replace("", "–")
            assert sorted(told) == sorted(columns.to_numpy().tolist())
            shared = int((expected["who"] == "both").sum())
            assert page.locator(".sides tr.shared").count() == shared > 0
        page.locator(".sides td a").first.click()
        page.wait_for_url("**/respondents/*.html#*")
        page.goto(f"{base}compare.html?one=no+such&other=imo")
        assert page.get_by_label("The other").input_value() == "imo"
        page.get_by_label("One respondent").select_option("imo")
        assert page.locator(".compare [role=status]").inner_text() == "Choose two different respondents."


def test_passages_and_comparison_without_script(browser, site, ds):
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{site}passages.html")
        assert len(_shown(page)) == ds.passages["gist_en"].notna().sum()
        assert not page.locator(".browse form").is_visible()
        page.goto(f"{site}compare.html")
        assert not page.locator(".compare form").is_visible()
        assert page.locator(".compare a[href='08_respondents.html']").is_visible()


def test_one_switch_shows_the_code_and_is_remembered(browser, site):
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{site}01_who_replied.html")
        code, switch = page.locator(".cell_input"), page.locator(".code-switch")
        assert not any(cell.is_visible() for cell in code.all())
        assert switch.inner_text() == "Show code"
        switch.focus()
        page.keyboard.press("Enter")
        assert all(cell.is_visible() for cell in code.all())
        assert switch.inner_text() == "Hide code"
        page.goto(f"{site}03_which_instruments_recur.html")
        assert page.locator(".cell_input").first.is_visible()
        page.locator(".code-switch").press("Space")
        page.reload()
        assert not page.locator(".cell_input").first.is_visible()
        page.goto(f"{site}index.html")
        assert page.locator(".code-switch").count() == 0


def test_the_answer_and_its_chart_are_seen_first(browser, site):
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
        page.goto(f"{site}01_who_replied.html", wait_until="networkidle")
        assert page.locator(".cell_output img").first.bounding_box()["y"] < 500


def test_the_checks_can_fail(browser, serve, tmp_path):
    """A page with one fault of each kind: every fault is reported."""
    (tmp_path / "index.html").write_text(
        """<!doctype html><html><head><title>Broken</title></head><body>
        <h1 id="top">Broken</h1><img src="dot.svg"><img src="http://192.0.2.1/far.png" alt="far">
        <p style="color:#bbb;background:#fff">Pale words</p><div style="width:3000px">wide</div>
        <a href="#nowhere">nowhere</a><a href="missing.html">missing</a><a href="#top">top</a>
        <script>console.error("broken on purpose")</script></body></html>""",
        encoding="utf-8",
    )
    (tmp_path / "dot.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', encoding="utf-8"
    )
    found, weight = faults(browser, serve(tmp_path) + "index.html", widths=(390,), schemes=("light",))
    text = "\n".join(found)
    for fault in (
        "axe image-alt",
        "axe html-has-lang",
        "axe color-contrast",
        "request to another host: http://192.0.2.1/far.png",
        "console: broken on purpose",
        "px wider than the window",
        "no alternative text: http://127.0.0.1",
    ):
        assert fault in text, (fault, text)
    assert weight > len((tmp_path / "dot.svg").read_bytes())
    assert [link for _, link in broken_links(tmp_path)[0]] == ["#nowhere", "missing.html"]


#: What a careless page would run, or show as something else than itself. Signs that nobody sees are refused by load.
HOSTILE = (
    '<img src=x onerror="document.title=1"><script>document.title=1</script> **b** [l](javascript:1) `c` {{x}} ```'
)
SPOILED = {
    "actors": ["name_en", "short_name", "name_zh"],
    "adjudication": ["rule", "reason"],
    "events": ["title_en", "city"],
    "instruments": ["name_en", "short_name"],
    "measure_categories": ["label"],
    "passages": ["gist_en"],
    "quantities": ["what_en"],
    "states": ["name_en"],
}


def _spoil(data):
    """Put markup behind every name in a folder of data."""
    for name, columns in SPOILED.items():
        path = data / f"{name}.csv"
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        for row in rows:
            row |= {column: row[column] and f"{row[column]} {HOSTILE}" for column in columns}
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows[0], lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


@pytest.fixture(scope="module")
def hostile_site(tmp_path_factory):
    """The folder of a site of data that is full of markup, its notebooks executed on them."""
    folder = tmp_path_factory.mktemp("hostile")
    shutil.copytree(ROOT / "data", folder / "data")
    _spoil(folder / "data")
    # Assertions of the notebooks may notice the change; what their cells show all the same is looked at.
    allowed = ["nb_execution_mode=force", "nb_execution_allow_errors=1", "nb_execution_raise_on_error=0"]
    options = [*(f"-D{option}" for option in [*allowed, "nb_output_stderr=show"]), "-q", "-b", "html"]
    script = (
        "import sys; sys.path.insert(0, sys.argv.pop(1))\n"
        "import unreplies as ur, render; from pathlib import Path\n"
        "render.sources(ur.load(), Path('source'))\n"
        "from sphinx.cmd.build import main; sys.exit(main(sys.argv[1:]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, ROOT / "docs", *options, "-c", ROOT / "docs", "source", "html"],
        cwd=folder,
        env=os.environ | {"UNREPLIES_DATA": str(folder / "data")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return folder / "html"


@pytest.mark.xdist_group("hostile")
def test_what_is_taken_from_hostile_data_is_inert(hostile_site):
    """A chart may be opened as a page, and rows in a spreadsheet."""
    spoiled = ""
    for path in (hostile_site / "_files").rglob("*.svg"):  # which one may open as a page
        for element in ElementTree.parse(path).iter():
            spoiled += element.text or ""
            assert not element.tag.endswith(("}script", "}foreignObject", "}a")), path
            assert not [name for name in element.attrib if name.startswith("on")], path
    assert "<img" in spoiled, "no chart shows what was put into the data"
    taken = [path.read_text("utf-8") for path in (hostile_site / "_files").rglob("*.csv")]
    cells = [cell for text in taken for row in csv.reader(io.StringIO(text, newline="")) for cell in row]
    assert sum(visible(HOSTILE) in cell for cell in cells) > 100
    assert not {"\u202e", "\x1b"} & set("".join(cells))


@pytest.mark.xdist_group("hostile")
def test_hostile_data_is_inert(browser, serve, hostile_site):
    """It shows as itself and runs nothing, on every page."""
    made = sorted(path for path in hostile_site.rglob("*.html") if "_static" not in path.parts)
    assert sum("cell_output" in path.read_text("utf-8") for path in made) == 9, "the notebooks show nothing"
    base, shown = serve(hostile_site), 0
    with browser.new_context() as context:
        page = context.new_page()
        for path in made:
            name = path.relative_to(hostile_site).as_posix()
            page.goto(base + name, wait_until="networkidle")
            assert page.title() != "1", name
            # A block of JSON is no script that runs: pages read it as data.
            script = "article script:not([type='application/json'])"
            for active in ("img[src='x']", "a[href^='javascript']", script, "[onerror]"):
                assert page.locator(active).count() == 0, (name, active)
            text = page.locator("body").text_content()
            assert not {"\u202e", "\x1b"} & set(text), name
            shown += visible(HOSTILE) in text
    assert shown > 30


@pytest.mark.xdist_group("hostile")
def test_hostile_names_are_found_and_inert(browser, serve, hostile_site):
    """In what is found, and in what was asked for."""
    base = serve(hostile_site)
    with browser.new_context() as context:
        page = context.new_page()
        for words, name in (
            ("France", "France"),
            (f"IAEA {visible(HOSTILE)}", "IAEA"),
            (f"Export controls {visible(HOSTILE)}", "Export controls"),
            (f"Agency {HOSTILE}", None),
            ('"><script>document.title=1</script>', None),
        ):
            _search(page, base, words)
            if name:
                assert page.locator("#by-name li a").first.inner_text() == f"{name} {visible(HOSTILE)}"
            assert page.title() != "1", words
            for active in ("img[src='x']", "a[href^='javascript']", "[onerror]"):
                assert page.locator(active).count() == 0, (words, active)
            assert not {"\u202e", "\x1b"} & set(page.locator("body").inner_text()), words
