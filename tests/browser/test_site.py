"""Every page of the site as readers meet it: in light and dark, on a desk and on a telephone."""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from urllib.parse import quote, unquote, urldefrag, urljoin
from xml.etree import ElementTree

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
        self.ids, self.links, self.doubled = set(), [], []

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
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


@pytest.mark.parametrize("page", PAGES)
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
    """One title, viewport and description; and the last notebook is followed by no page."""
    for name in PAGES:
        head = (SITE / name).read_text("utf-8").split("</head>")[0]
        assert head.count("<title>") == head.count('name="viewport"') == 1, name
        if name != "404.html":
            assert re.search('<meta name="description" content="[^"]{9,}">', head), name
            assert head.count('property="og:title"') == head.count('property="og:description"') == 1, name
        assert ("application/ld+json" in head) == (name == "data.html")
    *_, before, last = [name for name in PAGES if re.match(r"\d\d_", name)]
    assert 'class="right-next"' in (SITE / before).read_text("utf-8")
    assert 'class="right-next"' not in (SITE / last).read_text("utf-8")


def test_charts_and_downloads_can_be_taken_along(browser, site):
    with browser.new_context(permissions=["clipboard-read", "clipboard-write"]) as context:
        page = context.new_page()
        page.goto(f"{site}01_who_replied.html")
        assert page.locator("img[src^='data:image/svg']").count() == 0
        with page.expect_download() as taken:
            page.locator("#chart-1 + .take a[download]").click()
        assert taken.value.path().read_text("utf-8").startswith("<svg ")
        page.locator("#chart-2 + .take .spot").click()
        page.wait_for_function("document.querySelectorAll('.spot')[1].textContent == 'Link copied'")
        assert page.url == page.evaluate("navigator.clipboard.readText()") == f"{site}01_who_replied.html#chart-2"
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
    """What the notebooks tag as a finding stands on the front page as it is there, with a link to its section."""
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
            assert finding.locator(".derived a").get_attribute("href").startswith(f"{notebook}.html#")


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
    page.wait_for_function("document.querySelector('#search-results h2')?.innerText == 'Search Results'", timeout=20000)
    page.wait_for_timeout(800)
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
        assert not _search(page, base, "Zwischenstaatlichkeit")


def test_search_field_leads_to_results(browser, site):
    with browser.new_context(viewport={"width": 390, "height": 844}) as context:
        page = context.new_page()
        page.goto(site)
        page.locator("form.bd-search input:visible").first.click()
        page.keyboard.type("北约")
        page.keyboard.press("Enter")
        page.wait_for_url("**/search.html?q=*")
        page.locator("#search-results ul.search a").first.wait_for()


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
            ("Words for", "radiological", ds.passages.query("radiological == True")["passage_id"]),
        ):
            page.goto(f"{site}passages.html")
            page.get_by_label(label, exact=True).select_option(value)
            assert _shown(page) == list(dict.fromkeys(passages)), label
        page.goto(f"{site}passages.html?instrument=no+such+text&words=zzz")
        assert page.locator(".browse [role=status]").inner_text().startswith("0 of ")


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
    "events": ["title_en", "city"],
    "instruments": ["name_en", "short_name"],
    "measure_categories": ["label"],
    "passages": ["gist_en"],
    "quantities": ["what_en"],
    "states": ["name_en"],
}


def test_hostile_data_is_inert(browser, serve, tmp_path):
    """A site of data that is full of markup, its notebooks executed on them: it shows as itself and runs nothing."""
    shutil.copytree(ROOT / "data", tmp_path / "data")
    for name, columns in SPOILED.items():
        path = tmp_path / "data" / f"{name}.csv"
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        for row in rows:
            row |= {column: row[column] and f"{row[column]} {HOSTILE}" for column in columns}
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows[0], lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
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
        cwd=tmp_path,
        env=os.environ | {"UNREPLIES_DATA": str(tmp_path / "data")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    made = sorted(path for path in (tmp_path / "html").rglob("*.html") if "_static" not in path.parts)
    assert sum("cell_output" in path.read_text("utf-8") for path in made) == 9, "the notebooks show nothing"
    spoiled = ""
    for path in (tmp_path / "html" / "_charts").rglob("*.svg"):  # which one may open as a page
        for element in ElementTree.parse(path).iter():
            spoiled += element.text or ""
            assert not element.tag.endswith(("}script", "}foreignObject", "}a")), path
            assert not [name for name in element.attrib if name.startswith("on")], path
    assert "<img" in spoiled, "no chart shows what was put into the data"
    base, shown = serve(tmp_path / "html"), 0
    with browser.new_context() as context:
        page = context.new_page()
        for path in made:
            name = path.relative_to(tmp_path / "html").as_posix()
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
        _search(page, base, "Agency")
        assert page.title() != "1"
