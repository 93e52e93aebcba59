"""What the site makes from the data: one Jinja template a part of a page, and links in whatever HTML there is.

Every value of the data is escaped by Jinja, or by the library's own tables. Links are made at the end, in the parsed
HTML: the key of a passage becomes a link to it that says what the passage says, and in a cell of known names, one or
several, each becomes a link to its place.
"""

import functools
import hashlib
import json
import posixpath
import re
import textwrap
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import trail
from bs4 import BeautifulSoup, NavigableString, Tag
from docutils import nodes
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from take import Taken

import unreplies as ur
from unreplies.dataset import DOMAINS
from unreplies.tables import csv
from unreplies.text import day, label, visible

#: The file, beside the pages' sources, with what they take over from the notebooks.
TAKEN_OVER = "from_notebooks.json"
#: The page of the passages that belong to no reply, and its name where those of respondents stand.
OUTSIDE, NOBODY = "introduction", "Introduction"
PASSAGE = re.compile(r"(?<![\w.#/-])([a-z]+\.\d+)(?![\w-]|\.\w)")
_CHINESE = "[\u3400-\u9fff\uf900-\ufaff][\u3000-\u303f\u3400-\u9fff\uf900-\ufaff\uff01-\uff5e]*"
_MARKED = re.compile(f"{PASSAGE.pattern}|({_CHINESE})")
_DATE = re.compile(r"\d{4}-\d\d(-\d\d)?")
_LEFT_ALONE = {"a", "button", "code", "option", "pre", "script", "style", "summary", "svg"}


def uri(page: str, address: str) -> str:
    """The link from one page of the site to another, ``PAGE`` or ``PAGE#ANCHOR``.

    >>> uri("respondents/iaea", "instruments#npt"), uri("respondents/iaea", "respondents/iaea#iaea.08")
    ('../instruments.html#npt', '#iaea.08')
    """
    there, mark, anchor = address.partition("#")
    if there == page and anchor:
        return f"#{anchor}"
    return posixpath.relpath(f"{there}.html", posixpath.dirname(page) or ".") + mark + anchor


def slug(text: str) -> str:
    return nodes.make_id(visible(text)) or "-"


def number(page: str) -> str:
    """The number of a notebook, from the name of its file; other pages have none.

    >>> number("03_which_instruments_recur"), number("data")
    ('03', '')
    """
    return page[:2] if re.match(r"\d\d_", page) else ""


def addresses(ds: ur.Dataset) -> dict[str, str]:
    """Where each passage is on the site: page and anchor, by ``passage_id``."""
    pages = ds.passages["reply_id"].fillna(OUTSIDE)
    return {passage: f"respondents/{page}#{passage}" for passage, page in zip(ds.passages["passage_id"], pages)}


def sayings(ds: ur.Dataset) -> dict[str, str]:
    """Whose each passage is, and what it says, by ``passage_id``."""
    rows = ds.joined("passages")
    who, what = rows["respondent"].fillna(NOBODY), rows["gist_en"].fillna(rows["kind"].map(label).astype("str"))
    return {passage: visible(f"{one}: {gist}") for passage, one, gist in zip(rows["passage_id"], who, what)}


def places(ds: ur.Dataset) -> dict[str, str]:
    """Where respondents, instruments, actors, States and kinds of measure are, by the name that tables show."""
    result = {name: f"states#{iso3.lower()}" for name, iso3 in zip(ds.states["name_en"], ds.states["iso3"])}
    result |= {row.label: f"measures#{slug(row.category)}" for row in ds.measure_categories.itertuples()}
    result[NOBODY] = f"respondents/{OUTSIDE}"
    for table, key in (("actors", "actor_id"), ("instruments", "instrument_id")):
        rows = ds[table][ds[table][key].isin(ds[f"{table[:-1]}_mentions"][key])]
        result |= {name: f"{table}#{place}" for name, place in zip(rows["short_name"], rows[key])}
    for column in ("respondent_name", "respondent"):
        result |= {
            name: f"respondents/{reply}" for name, reply in zip(ds.respondents[column], ds.respondents["reply_id"])
        }
    return {visible(name): place for name, place in result.items()}


class Site:
    """A dataset as pages: ``html`` fills a template, ``linked`` makes links in any HTML."""

    def __init__(self, ds: ur.Dataset):
        ds = ur.Dataset(ds.folder, ds.package, ds, ds.whole)
        ds.joined = functools.cache(ds.joined)  # the evidence of each passage asks for the same tables
        self.ds, self.addresses, self.places, self.sayings = ds, addresses(ds), places(ds), sayings(ds)
        either = "|".join(map(re.escape, sorted(self.places, key=len, reverse=True)))
        # A cell of names holds nothing else, but for notes in brackets; so prose is none.
        item = rf"(?:{either})(?: \([^()]*\))?"
        self.names = re.compile(rf"{item}(?:[,;] {item})*")
        self.name = re.compile(rf"(?:^|(?<= ))(?:{either})(?=[,;] | \(|$)")
        self.jinja = Environment(
            loader=FileSystemLoader(Path(__file__).parent / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            finalize=_shown,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.jinja.filters |= {"label": label, "slug": slug, "day": day, "table": _table, "csv": csv, "behind": _behind}
        self.jinja.filters["by_respondent"] = _by_respondent
        self.jinja.globals |= {"ds": ds, "ur": ur, "OUTSIDE": OUTSIDE, "NOBODY": NOBODY, "DOMAINS": DOMAINS}
        self.jinja.globals |= {"coded": _coded, "compared": self._compared, "number": number}
        self.jinja.globals |= {"addresses": self.addresses, "differed": functools.cache(lambda: trail.differed(ds))}
        self.jinja.tests["known"] = lambda value: not pd.isna(value) and value != ""

    def html(self, page: str, template: str, **given) -> str:
        """A template filled for a page."""
        return self.jinja.get_template(f"{template}.html").render(uri=lambda to: uri(page, to), **given)

    def croissant(self) -> str:
        """The descriptor as Croissant, for a file next to the folder ``data``."""
        return self.jinja.get_template("croissant.json").render(
            sha256=lambda name: hashlib.sha256((self.ds.folder / name).read_bytes()).hexdigest()
        )

    def linked(self, html: str, page: str, taken: Taken | None = None) -> str:
        """HTML in which passages and names are links, tables scroll in a box of their own, and Chinese is marked.

        What can be taken along is put into ``taken``, with links to it beneath each chart and table.

        >>> Site(ur.load()).linked("<td>IAEA, NATO</td>", "index")
        '<td><a href="respondents/iaea.html">IAEA</a>, <a href="respondents/nato.html">NATO</a></td>\\n'
        """
        soup = BeautifulSoup(html, "html.parser")
        for style in soup.find_all("style"):
            style.decompose()  # pandas' own; those of the site are the same for every table
        for table in soup.find_all("table"):
            table.attrs.pop("border", None)
            words = visible(table.caption.get_text(" ", strip=True)) if table.caption else "Table"
            box = {"class": "pst-scrollable-table-container", "tabindex": "0", "role": "region", "aria-label": words}
            box, rows = table.wrap(soup.new_tag("div", attrs=box)), table.attrs.pop("data-csv", "")
            if taken and rows:
                taken.table(box, rows)
        for figure in soup.find_all("figure"):
            figure["tabindex"] = "0"  # on a telephone it scrolls, by keyboard too
            if taken:
                taken.chart(figure)
        for cell in soup.select("td, th, dd, .name"):
            text = cell.get_text().strip()
            if _DATE.fullmatch(text):
                cell["class"] = "date"
            if cell.select("a, .name"):
                continue
            place = uri(page, self.places.get(text, ""))
            if place.startswith("#") and cell.find_parent(id=place[1:]):
                continue  # it is there
            if text in self.places:
                link = soup.new_tag("a", href=place)
                link.extend(list(cell.contents))
                cell.append(link)
            elif cell.string and self.names.fullmatch(text):
                cell.string.replace_with(*self._named(soup, text, page))
        for part in soup.find_all(["td", "th", "dt", "dd", "p", "br", "li", "caption", "summary"]):
            part.insert_after("\n")  # the search strips the tags: the words of two parts would be one
        for text in soup.find_all(string=True):
            if type(text) is NavigableString and not _LEFT_ALONE & {parent.name for parent in text.parents}:
                text.replace_with(*self._marked(soup, visible_lines(text), page))
        return str(soup)

    def _compared(self, page: str) -> dict[str, list]:
        """What counts for each respondent, for the script that compares two: plain values, as they can be shown."""
        rows = ur.respondents.items(self.ds)
        rows = rows[rows["kind"].isin(["measure", "instrument", "actor", "event"])]
        own = self.ds.respondents.query("own_text")
        items = []
        for key, group in rows.groupby(["reply_id", "kind", "item_id", "item"], sort=False, observed=True):
            reply, kind, item_id, name = map(visible, key)
            link = uri(page, self.places[name]) if name in self.places and kind != "event" else ""
            passages = [[visible(passage), uri(page, self.addresses[passage])] for passage in group["passage_id"]]
            items.append(
                {"reply": reply, "kind": kind, "id": item_id, "name": name, "link": link, "passages": passages}
            )
        names = [[visible(name) for name in pair] for pair in zip(own["reply_id"], own["respondent"])]
        return {"respondents": names, "items": items}

    def _named(self, soup: BeautifulSoup, text: str, page: str) -> list:
        """The pieces of a list of names: each name as a link."""
        return _cut(text, self.name, lambda found: soup.new_tag("a", href=uri(page, self.places[found[0]])))

    def _marked(self, soup: BeautifulSoup, text: str, page: str) -> list:
        """The pieces of a text: keys of passages as links, Chinese as such."""

        def tag(found: re.Match) -> Tag | None:
            key = found[1]
            if not key:
                return soup.new_tag("span", attrs={"lang": "zh"})
            if key not in self.addresses:
                return None
            return soup.new_tag("a", attrs={"href": uri(page, self.addresses[key]), "title": self.sayings[key]})

        return _cut(text, _MARKED, tag)


def _cut(text: str, pattern: re.Pattern, tag_of: Callable[[re.Match], Tag | None]) -> list:
    """The pieces of a text, in which what matches stands in the tag that is made for it, if there is one."""
    pieces, end = [], 0
    for found in pattern.finditer(text):
        if tag := tag_of(found):
            tag.string = found[0]
            pieces += [text[end : found.start()], tag]
            end = found.end()
    return [*pieces, text[end:]]


def in_short(body: str) -> str:
    """The beginning of a page's first paragraph, for those who list pages."""
    paragraph = BeautifulSoup(body[:20_000], "html.parser").p
    return textwrap.shorten(paragraph.get_text() if paragraph else "", 200, placeholder=" ...")


def visible_lines(text: str) -> str:
    return "\n".join(map(visible, text.split("\n")))


def _shown(value: object) -> object:
    """What a template shows of a value: nothing of an empty one, and no character that a terminal would obey."""
    if isinstance(value, Markup):
        return value
    return "" if pd.isna(value) else visible_lines(str(value))


def _table(rows: pd.DataFrame, caption: str) -> Markup:
    return Markup(ur.table(rows, caption)._repr_html_())


def _behind(rows: pd.DataFrame, key: str, column: str = "passage_id") -> dict[str, str]:
    """The passages behind each value of a column, in one text; or the values of another column."""
    once = rows.drop_duplicates([key, column])
    return once.groupby(key, sort=False, observed=True)[column].agg(", ".join).to_dict()


def _by_respondent(rows: pd.DataFrame, key: str) -> dict[str, dict[str, list[str]]]:
    """The passages behind each value of a column, by respondent."""
    result: dict[str, dict[str, list[str]]] = {}
    for value, who, passage in rows[[key, "respondent", "passage_id"]].drop_duplicates().itertuples(index=False):
        result.setdefault(value, {}).setdefault(NOBODY if pd.isna(who) else who, []).append(passage)
    return result


def _coded(rows: pd.DataFrame, column: str) -> dict[str, list[str]]:
    """The different values of a column by passage."""
    once = rows.drop_duplicates(["passage_id", column])
    return once.groupby("passage_id", sort=False)[column].agg(list).to_dict()


def section_nodes(element: BeautifulSoup) -> list[nodes.Node]:
    """HTML as nodes: each ``<section>`` with its heading is a section of the page, listed in its contents."""
    result, raw = [], ""
    for child in [*element.children, None]:
        section = getattr(child, "name", None) == "section"
        if raw.strip() and (section or child is None):
            result.append(nodes.raw("", raw, format="html"))
            raw = ""
        if section:
            heading = child.find(re.compile("h[1-6]")).extract()
            title = nodes.title("", heading.get_text(" ", strip=True))
            result.append(nodes.section("", title, *section_nodes(child), ids=[child["id"]]))
        elif child is not None:
            raw += child.output_ready() if isinstance(child, NavigableString) else str(child)
    return result


@functools.cache
def notebooks(folder: Path) -> dict[str, tuple[str, str]]:
    """Title and first sentence of each notebook, by the name of its page."""
    result = {}
    for path in sorted(folder.glob("*.ipynb")):
        title, _, text = "".join(json.loads(path.read_text(encoding="utf-8"))["cells"][0]["source"]).partition("\n")
        sentence = re.match(r".+?[.?!](?=\s|$)", text.strip())[0]
        result[path.stem] = title.removeprefix("# "), re.sub(r"[*`]|\]\([^)]*\)|\[", "", sentence)
    return result
