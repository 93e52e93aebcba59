"""How the site is made: Sphinx runs the notebooks and renders them, the pages in Markdown, and what the data holds."""

import functools
import hashlib
import logging
import re
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

import nbformat
import yaml
from docutils import nodes
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from markupsafe import Markup
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.errors import SphinxError
from sphinx.search.en import SearchEnglish
from sphinx.util.docutils import SphinxDirective

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path.insert(0, str(HERE))

import by_name  # noqa: E402 (it is next to this file)
import downloads  # noqa: E402
import from_data  # noqa: E402
import run  # noqa: E402
import take  # noqa: E402
import trail  # noqa: E402

import unreplies as ur  # noqa: E402

site = from_data.Site(ur.load())
package = site.ds.package
project = "unreplies"
author = package["contributors"][0]["title"]
version = release = package["version"]
copyright = f"{package['created'][:4]}, {author} (data CC BY 4.0, code MIT)"
language = "en"


def _hash(*patterns):
    """One hash of all files that match, names and contents."""
    found = hashlib.sha256()
    for path in sorted(path for pattern in patterns for path in ROOT.glob(pattern) if path.is_file()):
        found.update(f"{path.relative_to(ROOT).as_posix()}\0".encode() + path.read_bytes() + b"\0")
    return found.hexdigest()[:16]


extensions = ["myst_nb", "sphinx.ext.autodoc"]
exclude_patterns = ["data/*"]
# What a notebook printed is cached until its code, the data, the library or the lock changes.
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
# Names of the data could reach the Markdown that cells print: they show, and are never HTML.
myst_disable_syntax = ["html_block", "html_inline"]
nb_render_markdown_format = "myst"
default_role = "py:obj"
autodoc_member_order = "bysource"
autodoc_typehints = "none"
autodoc_default_options = {"members": True}
add_module_names = False
toc_object_entries_show_parents = "hide"

html_theme = "pydata_sphinx_theme"
html_title = "unreplies"
# Where the site is published, once CITATION.cff says so: others that show the picture of a page need its whole address.
html_baseurl = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8")).get("url", "")
html_show_search_summary = False  # else each page that is found is fetched whole, and from file:// cannot be
html_copy_source = html_show_sourcelink = html_show_sphinx = html_use_index = html_domain_indices = False
html_context = {"default_mode": "light"}  # where no script runs; where one does, layout.html leaves it to the reader
html_theme_options = {
    "search_bar_text": "Search",
    "logo": {"text": "unreplies"},
    "navbar_center": ["navbar-nav"],
    "header_links_before_dropdown": 7,
    "navbar_persistent": ["search-field"],
    "secondary_sidebar_items": {"**": ["page-toc"]} | {page: [] for page in ("index", "passages", "compare")},
    "footer_start": ["copyright"],
    "footer_end": [],
}
html_sidebars = {page: [] for page in ("index", "method", "glossary", "passages", "search")}
html_favicon = "static/favicon.svg"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_js_files = [(name, {"defer": "defer"}) for name in ("show_code.js", "copy_link.js")]
html_extra_path = ["404.html"]
templates_path = ["theme"]
_scripts = {"passages": "browse.js", "compare": "compare.js", "search": "find.js"}  # of one page each
logging.getLogger("sphinx.sphinx.util.fileutil").setLevel(logging.WARNING)
StandaloneHTMLBuilder.epilog = ""  # else "the pages are in ...": they are put in their place afterwards


class FromData(SphinxDirective):
    """``{from-data} TEMPLATE [REPLY]``: a part of a page, a template filled from the data."""

    required_arguments, optional_arguments = 1, 1

    def run(self):
        template, reply = (*self.arguments, None)[:2]
        folder = Path(self.env.srcdir)
        _depend_on_notebooks(self.env)
        found = {"notebooks": from_data.notebooks(folder), "findings": trail.findings(folder)}
        given = {"reply_id": reply, "downloads": _downloads(self.env.app), **found}
        html = site.html(self.env.docname, template, **given)
        return from_data.section_nodes(from_data.BeautifulSoup(html, "html.parser"))


class Findings(SphinxDirective):
    """``{findings}``: what the notebooks' cells tagged ``finding`` say, each with its bars, the passages behind it, and
    a link to where it is derived.
    """

    def run(self):
        result, page = [], self.env.docname
        _depend_on_notebooks(self.env)
        for finding in trail.findings(Path(self.env.srcdir)):
            where = from_data.uri(page, f"{finding.page}#{from_data.slug(finding.statement)}")
            link = nodes.reference("", f"{finding.title}: {finding.section}", refuri=where, internal=True)
            derived = nodes.paragraph("", "From ", link, classes=["derived"])
            shares, behind = (
                nodes.raw("", site.html(page, template, finding=finding), format="html")
                for template in ("shares", "behind")
            )
            text = self.parse_text_to_nodes(finding.text)
            parts = [nodes.title("", finding.statement), shares, *text, behind, derived]
            result.append(nodes.section("", *parts, ids=[from_data.slug(finding.statement)], classes=["finding"]))
        return result


def _depend_on_notebooks(env):
    """A page is made again when what the pages take over from the notebooks changes, not with every cell of them."""
    env.note_dependency(Path(env.srcdir, from_data.TAKEN_OVER))


class SearchNames(SearchEnglish):
    """English without hashes, and Chinese by pairs of characters too, so that a part of a title is found."""

    def split(self, input):
        words = [word for word in super().split(input) if not re.fullmatch(r"[\da-f]{16,}", word)]
        chinese = [run for word in words for run in re.findall(r"[\u3400-\u9fff]{2,}", word)]
        return words + [run[at : at + 2] for run in chinese for at in range(len(run) - 1)]


_APART = (nodes.reference, nodes.literal, nodes.literal_block, nodes.title, nodes.raw, nodes.comment)


def _link(app, doctree):
    """Make links of passages and names in what the notebooks show and in their sentences, and files to take along."""
    page = app.env.docname
    given = {"heading": app.env.titles[page].astext(), "address": html_baseurl and f"{html_baseurl}{page}.html"}
    taken = take.Taken(page, functools.partial(site.html, page, "take", **given))
    for node in list(doctree.findall(nodes.raw)):
        if "html" in node["format"].split():
            node.replace_self(nodes.raw("", site.linked(node.astext(), page, taken), format="html"))
    taken.write(Path(app.outdir))
    for code in doctree.findall(lambda node: isinstance(node, (nodes.literal_block, nodes.doctest_block))):
        code["classes"].append("no-search")
    for text in list(doctree.findall(nodes.Text)):
        apart, parent = False, text.parent
        while parent is not None and not apart:
            apart, parent = isinstance(parent, _APART), parent.parent
        words = from_data.visible_lines(text)
        pieces = [words] if apart else from_data.PASSAGE.split(words)  # every second one is a key
        shown = [nodes.Text(piece) for piece in pieces]
        for place, key in enumerate(pieces):
            if place % 2 and key in site.addresses:
                there = from_data.uri(page, site.addresses[key])
                shown[place] = nodes.reference("", key, refuri=there, internal=True, reftitle=site.sayings[key])
        if shown != [text]:
            text.parent.replace(text, shown)


def _execute(app, env, pages):
    """Run the notebooks that changed side by side: MyST-NB, which reads one by one, then finds all of them cached."""
    if app.config.nb_execution_mode != "cache":
        return
    cache = get_cache(app.config.nb_execution_cache_path)

    def changed(path):
        try:
            return not cache.match_cache_notebook(nbformat.read(path, as_version=4))
        except KeyError:
            return True

    def keep(path, notebook):
        cache.cache_notebook_bundle(CacheBundleIn(notebook, str(path)), check_validity=False, overwrite=True)

    paths = [Path(env.doc2path(page)) for page in pages]
    try:
        run.side_by_side([path for path in paths if path.suffix == ".ipynb" and changed(path)], keep)
    except run.Stopped as why:
        raise SphinxError(str(why)) from None


def _downloads(app):
    return sorted(Path(app.outdir, downloads.FOLDER).glob("*"))


def _make_downloads(app, env, pages):
    """The downloads are made again when the page that lists them is."""
    if "data" in env.found_docs and "data" not in pages and not _downloads(app):
        pages.append("data")
    if "data" in pages:
        downloads.make(site.ds, Path(app.outdir, downloads.FOLDER))
        Path(app.outdir, "croissant.json").write_text(site.croissant(), "utf-8", newline="\n")


def _make_picture(app):
    """The chart of the README, as those show it who list links to the site."""
    svg = (HERE / "who_replied.svg").read_text(encoding="utf-8")
    Path(app.outdir, "who_replied.png").write_bytes(take.picture(svg, 1200, 630))


def _head(app, page, template, context, doctree):
    """What a page says of itself in its head."""
    words = from_data.in_short(context.get("body", "")) or package["description"]
    title, files = Markup(context.get("title", "")).striptags() or project, _downloads(app) if page == "data" else []
    # In place of docutils' own, which say how wide the page is once more.
    base = html_baseurl or "../" * page.count("/")
    context["metatags"] = "\n" + site.html(page, "head", title=title, words=words, downloads=files, base=base)


def _section(relations, page):
    """The page of the navigation bar under which a page is."""
    while relations[page][0] in relations and relations[page][0] != "index":
        page = relations[page][0]
    return page


def _neighbours(app, page, template, context, doctree):
    """Before and after a page come those of its own section: the last notebook is the end of the notebooks."""
    relations = app.builder.relations
    for name, there in zip(("prev", "next"), relations.get(page, ())[1:]):
        if there and _section(relations, there) != _section(relations, page):
            context[name] = None


def _number(app, doctree):
    """The title of a notebook begins with its number, on its page and wherever pages are listed."""
    if number := from_data.number(app.env.docname):
        next(doctree.findall(nodes.title)).insert(0, nodes.inline("", f"{number} ", classes=["book"]))


def _findings(app, doctree):
    """The paragraph of a finding has an address on the page of its notebook."""
    statements = {its.statement for its in trail.findings(Path(app.srcdir)) if its.page == app.env.docname}
    for words in doctree.findall(nodes.strong):
        statement = words.astext().rstrip(".")
        if statement in statements:
            words.parent["ids"].append(from_data.slug(statement))


def _search(app, page, template, context, doctree):
    if page == "search":
        context["by_name"] = by_name.block(site)


def _add_script(app, page, *_):
    if page in _scripts:
        app.add_js_file(_scripts[page], loading_method="defer")


def setup(app):
    for old in _cache.parent.glob("*"):
        if old != _cache:
            shutil.rmtree(old)
    made_by = _hash("docs/*.py", "docs/templates/*", "docs/theme/*", "docs/static/*"), bool(find_spec("pyarrow"))
    app.add_config_value("made_by", made_by, "env")
    app.add_directive("from-data", FromData)
    app.add_directive("findings", Findings)
    app.add_search_language(SearchNames)
    app.connect("builder-inited", _make_picture)
    app.connect("env-before-read-docs", _execute)
    app.connect("env-before-read-docs", _make_downloads)
    app.connect("doctree-read", _number, priority=100)  # before Sphinx notes its title
    app.connect("doctree-read", _findings)
    app.connect("doctree-read", _link, priority=900)  # afterwards; and while pages are read side by side
    app.connect("html-page-context", _head)
    app.connect("html-page-context", _neighbours)
    app.connect("html-page-context", _search)
    app.connect("html-page-context", _add_script)
