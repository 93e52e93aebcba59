"""What the site makes from the data: one Jinja template a part of a page, and links in whatever HTML there is.

Every value of the data is escaped by Jinja, or by the library's own tables. Links are made at the end, in the parsed
HTML: the key of a passage becomes a link to it, and a table cell that holds one known name a link to that name.
"""

import functools
import hashlib
import json
import posixpath
import re
import textwrap
from pathlib import Path

import pandas as pd
from bs4 import BeautifulSoup, NavigableString
from docutils import nodes
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from take import Taken

import unreplies as ur
from unreplies.dataset import DOMAINS
from unreplies.tables import csv
from unreplies.text import day, label, visible

#: The page of the passages that belong to no reply.
OUTSIDE = "introduction"
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


def places(ds: ur.Dataset) -> dict[str, str]:
    """Where respondents, instruments, actors and kinds of measure are, by the name that tables show."""
    result = {row.label: f"measures#{slug(row.category)}" for row in ds.measure_categories.itertuples()}
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
        self.ds, self.addresses, self.places = ds, addresses(ds), places(ds)
        self.jinja = Environment(
            loader=FileSystemLoader(Path(__file__).parent / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            finalize=_shown,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.jinja.filters |= {"label": label, "slug": slug, "day": day, "table": _table, "csv": csv, "behind": _behind}
        self.jinja.globals |= {"ds": ds, "ur": ur, "OUTSIDE": OUTSIDE, "DOMAINS": DOMAINS}
        self.jinja.globals |= {"coded": _coded, "compared": self._compared, "number": number}
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

        >>> Site(ur.load()).linked("<td>iaea.08</td>", "respondents/iaea")
        '<td><a href="#iaea.08">iaea.08</a></td>\\n'
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
        for cell in soup.select("td, th, .name"):
            text = cell.get_text().strip()
            if _DATE.fullmatch(text):
                cell["class"] = "date"
            if text in self.places and not cell.select("a, .name"):
                link = soup.new_tag("a", href=uri(page, self.places[text]))
                link.extend(list(cell.contents))
                cell.append(link)
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

    def _marked(self, soup: BeautifulSoup, text: str, page: str) -> list:
        """The pieces of a text: keys of passages as links, Chinese as such."""
        pieces, end = [], 0
        for found in _MARKED.finditer(text):
            if found[1] and found[1] not in self.addresses:
                continue
            tag = soup.new_tag("a", href=uri(page, self.addresses[found[1]])) if found[1] else None
            tag = tag or soup.new_tag("span", attrs={"lang": "zh"})
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


def findings(folder: Path) -> list[tuple[str, str, str, str, str]]:
    """The cells of the notebooks tagged ``finding``: statement, text, page, title of the page, section."""
    result = []
    for path in sorted(folder.glob("*.ipynb")):
        title, section = notebooks(folder)[path.stem][0], ""
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            text = "".join(cell["source"])
            if cell["cell_type"] == "markdown" and (heading := re.findall(r"^##+ (.+)", text, re.MULTILINE)):
                section = heading[-1]
            if "finding" in cell["metadata"].get("tags", []):
                _, statement, words = re.split(r"\*\*(.+?)\*\*", text, maxsplit=1)
                result.append((statement.rstrip("."), words.strip(), path.stem, title, section))
    return result


def notebooks(folder: Path) -> dict[str, tuple[str, str]]:
    """Title and first sentence of each notebook, by the name of its page."""
    result = {}
    for path in sorted(folder.glob("*.ipynb")):
        title, _, text = "".join(json.loads(path.read_text(encoding="utf-8"))["cells"][0]["source"]).partition("\n")
        sentence = re.match(r".+?[.?!](?=\s|$)", text.strip())[0]
        result[path.stem] = title.removeprefix("# "), re.sub(r"[*`]|\]\([^)]*\)|\[", "", sentence)
    return result
