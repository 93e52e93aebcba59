"""How the pages are made: Sphinx runs the notebooks and renders them and the data."""

import hashlib
import json
import logging
import re
import shutil
from html import escape
from pathlib import Path

from docutils import nodes
from myst_nb.core.render import NbElementRenderer
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.search.en import SearchEnglish
from sphinx.util.docutils import SphinxDirective

import unreplies as ur
from unreplies import pages

ROOT = Path(__file__).resolve().parents[1]
ds = ur.load()
project = "unreplies"
author = ds.package["contributors"][0]["title"]
version = release = ds.package["version"]
copyright = f"{ds.package['created'][:4]}, {author} (data CC BY 4.0, code MIT)"
language = "en"


def _hash(*patterns):
    """One hash of all files that match, names and contents."""
    found = hashlib.sha256()
    for path in sorted(
        path for pattern in patterns for path in ROOT.glob(pattern) if path.is_file()
    ):
        found.update(
            f"{path.relative_to(ROOT).as_posix()}\0".encode() + path.read_bytes() + b"\0"
        )
    return found.hexdigest()[:16]


extensions = ["myst_nb"]
exclude_patterns = ["data/*"]
# What a notebook printed is kept until its code, the data, the library or the lock changes.
_cache = ROOT / "build" / "cache" / _hash("data/**/*", "lib/unreplies/*.py", "requirements.txt")
nb_execution_mode = "cache"
nb_execution_cache_path = str(_cache)
nb_execution_raise_on_error = True
nb_execution_timeout = 300
nb_execution_show_tb = True
nb_merge_streams = True
nb_output_stderr = "error"
myst_heading_anchors = 3
myst_enable_extensions = ["deflist"]
site = _hash("notebooks/conf.py", "notebooks/site.css", "notebooks/favicon.svg")

html_theme = "pydata_sphinx_theme"
html_title = "unreplies"
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_use_index = False
html_context = {"default_mode": "auto"}
html_theme_options = {
    "search_bar_text": "Search",
    "logo": {"text": "unreplies"},
    "navbar_center": ["navbar-nav"],
    "header_links_before_dropdown": 6,
    "navbar_persistent": ["search-field"],
    "secondary_sidebar_items": {"**": ["page-toc"], "index": []},
    "footer_start": ["copyright"],
    "footer_end": [],
    "show_prev_next": True,
}
html_sidebars = {
    name: []
    for name in (
        "index",
        "data",
        "codebook",
        "method",
        "search",
        "notebooks",
        "respondents",
        "evidence",
    )
}
html_favicon = "favicon.svg"
html_static_path = ["site.css"]
html_css_files = ["site.css"]


def _render_image(self, data, render=NbElementRenderer.render_image):
    """A figure takes its alternative text from the metadata of its output."""
    images = render(self, data)
    alt = data.output_metadata.get(data.mime_type, {}).get("alt")
    if alt:
        images[0]["alt"] = alt
    return images


NbElementRenderer.render_image = _render_image
# The pages are put in their place afterwards, and `make html` says where: one place is enough.
StandaloneHTMLBuilder.epilog = ""
logging.getLogger("sphinx.sphinx.util.fileutil").setLevel(logging.WARNING)


def _raw(html):
    return nodes.raw("", html, format="html")


def _section(part):
    """A section of a page as a node; its anchor stays as it is, dots and all."""
    section = nodes.section(ids=[part.anchor])
    section += nodes.title("", part.heading)
    if part.html:
        section += _raw(part.html)
    section.extend(_section(inner) for inner in part.sections)
    return section


def _notebooks(folder):
    """Title and question of each notebook, by the name of its page."""
    result = {}
    for path in sorted(Path(folder).glob("*.ipynb")):
        text = "".join(json.loads(path.read_text(encoding="utf-8"))["cells"][0]["source"])
        title = re.match(r"# (.+)", text)[1]
        question = re.search(r"\*\*The question\.\*\* (.+)", text)[1]
        result[path.stem] = title, re.sub(r"[*`]|\]\([^)]*\)|\[", "", question)
    return result


class FromData(SphinxDirective):
    """``{from-data} NAME [KEY]``: a part of a page, made by `unreplies.pages` from the data."""

    required_arguments, optional_arguments = 1, 1

    def run(self):
        name, key = (*self.arguments, None)[:2]
        if name == "notebooks":
            items = "".join(
                f'<li><a href="doc:{page}">{escape(title)}</a>'
                f"<span>{escape(question)}</span></li>\n"
                for page, (title, question) in _notebooks(self.env.srcdir).items()
            )
            return [_raw(f'<ol class="notebooks" start="0">{items}</ol>')]
        if name == "findings":
            titles = {page: title for page, (title, _) in _notebooks(self.env.srcdir).items()}
            return [_section(part) for part in pages.findings(ds, titles)]
        if name == "respondent":
            return [
                _section(
                    pages.outside(ds) if key == pages.OUTSIDE else pages.respondent(ds, key)
                )
            ]
        if name == "respondents":
            order = [*ds.replies.sort_values("position")["reply_id"], pages.OUTSIDE]
            listed = "\n".join(f"respondents/{reply}" for reply in order)
            tree = self.parse_text_to_nodes(f"```{{toctree}}\n:hidden:\n\n{listed}\n```\n")
            page = _section(pages.all_respondents(ds))
            page.extend(tree)
            return [page]
        made = getattr(pages, name)(ds)
        return [_raw(made)] if isinstance(made, str) else [_section(part) for part in made]


class SearchNames(SearchEnglish):
    """English, and Chinese by pairs of characters too, so that a part of a title is found."""

    def split(self, input):
        words = super().split(input)
        chinese = [run for word in words for run in re.findall(r"[\u3400-\u9fff]{2,}", word)]
        return words + [run[at : at + 2] for run in chinese for at in range(len(run) - 1)]


_APART = re.compile(r"<br>|</(?:caption|dd|div|dt|h[1-6]|li|p|summary|t[dh])>(?=\S)")


def _link(app, doctree, docname):
    """Make links of passages and names, in what the notebooks print and in the pages."""
    passages, named = pages.addresses(ds), pages.places(ds)

    def uri(address):
        page, _, anchor = address.partition("#")
        there = (
            app.builder.get_relative_uri(docname, page) if page != docname or not anchor else ""
        )
        return f"{there}#{anchor}" if anchor else there

    for node in list(doctree.findall(nodes.raw)):
        if "html" in node["format"].split():
            html = pages.linked(node.astext(), passages, named, uri)
            kept = {name: value for name, value in node.attributes.items() if value}
            # The search strips the tags: without line ends the words of two cells would be one.
            node.replace_self(nodes.raw("", _APART.sub(r"\g<0>\n", html), **kept))
    for node in doctree.findall(nodes.reference):
        # A link that a cell wrote, so that Sphinx did not see it.
        page, extension, _ = node.get("refuri", "").partition(".ipynb")
        if extension and page in app.env.found_docs:
            node["refuri"] = uri(page)
    apart = (
        nodes.reference,
        nodes.literal,
        nodes.literal_block,
        nodes.title,
        nodes.raw,
        nodes.comment,
    )
    for text in list(doctree.findall(nodes.Text)):
        words, parent, parts, end = text.astext(), text, [], 0
        while parent is not None and not isinstance(parent, apart):
            parent = parent.parent
        if parent is not None:
            continue
        for found in pages.PASSAGE.finditer(words):
            if found[0] in passages:
                link = nodes.reference(
                    "", found[0], refuri=uri(passages[found[0]]), internal=True
                )
                parts += [nodes.Text(words[end : found.start()]), link]
                end = found.end()
        if parts:
            text.parent.replace(text, [*parts, nodes.Text(words[end:])])


def setup(app):
    for old in _cache.parent.glob("*"):
        if old != _cache:
            shutil.rmtree(old)
    app.add_config_value("site", "", "env")
    app.add_directive("from-data", FromData)
    app.add_search_language(SearchNames)
    app.connect("doctree-resolved", _link)
