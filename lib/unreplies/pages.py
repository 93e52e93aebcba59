"""The parts of the site that are made from the data: respondents, evidence, findings, codebook, files.

What is made here is HTML in which every value of the data is escaped, so that a name that holds markup shows as
itself. Two things are left to the end, when the place of a page is known: a link to another page is written
``href="doc:PAGE#ANCHOR"``, and a passage is written as its bare key; `linked` makes links of both.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from html import unescape
from typing import NamedTuple

import pandas as pd

from . import cite, how_far_to_trust_it, respondents, style, what_was_done, which_instruments_recur, who_replied
from . import who_works_with_whom as names
from .dataset import Dataset
from .descriptor import UnknownName, read_descriptor
from .text import escape

#: The page of the passages that belong to no reply.
OUTSIDE = "introduction"
_KINDS = {"II": "Member State", "III.A": "United Nations system", "III.B": "other organization"}
_DOMAINS = ["nuclear", "radiological", "chemical", "biological", "delivery", "explosive", "wmd_general"]


class Section(NamedTuple):
    """A part of a page: the ``anchor`` of its address, its ``heading`` (plain text), its ``html``, its parts."""

    anchor: str
    heading: str
    html: str = ""
    sections: tuple[Section, ...] = ()


def addresses(ds: Dataset) -> dict[str, str]:
    """Where each passage stands on the site: page and anchor, by ``passage_id``.

    >>> from unreplies import load
    >>> addresses(load())["iaea.08"]
    'respondents/iaea#iaea.08'
    """
    return {
        passage: f"respondents/{OUTSIDE if pd.isna(reply) else reply}#{passage}"
        for passage, reply in zip(ds.passages["passage_id"], ds.passages["reply_id"])
    }


def places(ds: Dataset) -> dict[str, str]:
    """Where the respondents, instruments, actors and kinds of measure stand, by the name that tables show.

    >>> from unreplies import load
    >>> found = places(load())
    >>> found["IAEA"], found["resolution 1540 (2004)"]
    ('respondents/iaea', 'instruments#s-res-1540')
    """
    result = {row.label: f"measures#{_slug(row.category)}" for row in ds.measure_categories.itertuples()}
    named = ds.actors[ds.actors["actor_id"].isin(ds.actor_mentions["actor_id"])]
    result |= {row.short_name: f"actors#{row.actor_id}" for row in named.itertuples()}
    named = ds.instruments[ds.instruments["instrument_id"].isin(ds.instrument_mentions["instrument_id"])]
    result |= {row.short_name: f"instruments#{row.instrument_id}" for row in named.itertuples()}
    replies = ds.joined("replies")
    for column in ("respondent_name", "respondent"):
        result |= {name: f"respondents/{reply}" for name, reply in zip(replies[column], replies["reply_id"])}
    return result


_TAG = re.compile(r"""(<!--.*?-->|</?[a-zA-Z](?:"[^"]*"|'[^']*'|[^'">])*>)""", re.DOTALL)
PASSAGE = re.compile(r"(?<![\w.#/-])[a-z]+\.\d+(?![\w-]|\.\w)")
_CHINESE = re.compile(r"[\u3400-\u9fff\uf900-\ufaff][\u3000-\u303f\u3400-\u9fff\uf900-\ufaff\uff01-\uff5e]*")
_DATE = re.compile(r"\d{4}-\d\d(-\d\d)?")
_LEFT_ALONE = {"a", "code", "pre", "script", "style", "svg", "button", "summary"}


def linked(html: str, passages: dict[str, str], named: dict[str, str], uri: Callable[[str], str]) -> str:
    """HTML in which each key of a passage, and each table cell that holds one known name, is a link.

    ``passages`` and ``named`` are `addresses` and `places`; ``uri`` makes a link of what they hold. Tables scroll in a
    box of their own, and Chinese is marked as such. Code, links, figures and attributes are left alone.

    >>> linked('<td id="iaea.08">iaea.08</td>', {"iaea.08": "respondents/iaea#iaea.08"}, {}, lambda at: f"../{at}")
    '<td id="iaea.08"><a href="../respondents/iaea#iaea.08">iaea.08</a></td>'
    """
    parts, result, inside, cell = _TAG.split(html), [], "", False
    for place, part in enumerate(parts):
        if place % 2:
            tag = re.match(r"</?([a-zA-Z0-9]*)", part)[1].lower()
            closes = part.startswith("</")
            if inside:
                inside = "" if closes and tag == inside else inside
            elif tag in _LEFT_ALONE and not closes:
                inside = tag
            cell = tag in ("td", "th") and not closes
            if tag == "a" and not closes:
                part = re.sub(r'href="doc:([^"]*)"', lambda found: f'href="{uri(found[1])}"', part)
            elif tag == "table" and not inside:
                part = "</table></div>" if closes else _box("".join(parts[place:])) + part
        elif not inside:
            name = unescape(part).strip()
            if cell and name in named and parts[place + 1].startswith("</t"):
                part = f'<a href="{escape(uri(named[name]))}">{part}</a>'
            elif cell and _DATE.fullmatch(name):
                part = f'<span class="date">{part}</span>'
            else:
                part = PASSAGE.sub(
                    lambda found: (
                        f'<a href="{escape(uri(passages[found[0]]))}">{found[0]}</a>'
                        if found[0] in passages
                        else found[0]
                    ),
                    part,
                )
            part = _CHINESE.sub(r'<span lang="zh">\g<0></span>', part)
        result.append(part)
    return "".join(result)


def _box(html: str) -> str:
    caption = re.search(r"<caption[^>]*>(.*?)</caption>", html[: html.index("</table>")], re.DOTALL)
    words = unescape(re.sub(r"<[^>]*>", "", caption[1])) if caption else "Table"
    return f'<div class="pst-scrollable-table-container" tabindex="0" role="region" aria-label="{escape(words)}">'


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def _table(rows: pd.DataFrame, caption: str) -> str:
    """A table as notebooks show it; a page has many, and a style sheet for all but the side of a number."""
    return re.sub(r' style="(?!text-align:right)[^"]*"', "", style.table(rows, caption)._repr_html_())


def _rows(caption: str, heads: Iterable[str], rows: Iterable[tuple[str, Iterable[str]]]) -> str:
    """A table of cells that are HTML already; each row has an anchor, or none, and its first cell heads it."""
    head = "".join(f'<th scope="col">{escape(name)}</th>\n' for name in heads)
    body = ""
    for anchor, (first, *cells) in rows:
        body += f'<tr id="{escape(anchor)}">' if anchor else "<tr>"
        body += f'<th scope="row">{first}</th>\n' + "".join(f"<td>{cell}</td>\n" for cell in cells) + "</tr>\n"
    return f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>\n"


def _text(value: object) -> str:
    return "" if pd.isna(value) else escape(str(value))


def _list(passages: Iterable[str]) -> str:
    return ", ".join(escape(passage) for passage in passages)


def _date(date: pd.Timestamp) -> str:
    return f"{date.day} {date:%B %Y}"


def _title(ds: Dataset, table: str) -> str:
    return next(r["title"] for r in ds.package["resources"] if r["name"] == table)


# One respondent, and what belongs to none


def respondent(ds: Dataset, reply_id: str) -> Section:
    """The page of one respondent: who, when, how, and each passage with its gist, its place and what was coded from it.

    Raises `UnknownName` for a reply that does not exist.

    >>> from unreplies import load
    >>> page = respondent(load(), "iaea")
    >>> page.heading, [part.anchor for part in page.sections if part.anchor == "iaea.08"]
    ('International Atomic Energy Agency', ['iaea.08'])
    """
    replies = ds.joined("replies").set_index("reply_id", drop=False)
    if reply_id not in replies.index:
        raise UnknownName("respondent", reply_id, replies.index)
    reply, head = replies.loc[reply_id], respondents.portrait(ds, reply_id).head
    html = (
        f'<p class="lead">{escape(head)}</p>\n'
        f'<p><a href="doc:08_respondents#{_slug(reply["respondent"])}">Its portrait among the respondents</a> gathers '
        "what was coded by kind; here it stands passage by passage.</p>\n"
    )
    return _passages(ds, ds.passages[ds.passages["reply_id"] == reply_id], reply_id, reply["respondent_name"], html)


def outside(ds: Dataset) -> Section:
    """The page of the passages that belong to no reply: the introduction, headings of sections, page furniture.

    >>> from unreplies import load
    >>> outside(load()).sections[0].anchor
    'intro.01'
    """
    html = (
        '<p class="lead">What the Secretary-General writes before the replies, and what the printed page adds: the '
        "headings of sections, rules, symbols and numbers. It counts for no respondent.</p>\n"
    )
    rows = ds.passages[ds.passages["reply_id"].isna()]
    return _passages(ds, rows, OUTSIDE, "Introduction and page furniture", html)


def _passages(ds: Dataset, rows: pd.DataFrame, anchor: str, heading: str, html: str) -> Section:
    sections, bare = [], []
    for passage in rows.itertuples():
        evidence = ds.evidence(passage.passage_id)
        if evidence.gist or evidence.tables:
            sections.append(_passage(ds, passage, evidence))
        else:
            place = (passage.passage_id, style.label(passage.kind), passage.spans, str(passage.n_chars), passage.sha256)
            *cells, sha256 = map(escape, place)
            bare.append((passage.passage_id, [*cells, f"<code>{sha256}</code>"]))
    if bare:
        heads = ["Passage", "Kind", "Span", "Characters", "SHA-256"]
        table = _rows("Passages that say nothing of substance", heads, bare)
        words = "<p>So that every character of the report has an address, these are passages too.</p>\n"
        sections.append(Section(f"{anchor}-marks", "Headings, dates and marks", f"{words}{table}"))
    return Section(anchor, heading, html, tuple(sections))


def _passage(ds: Dataset, passage, evidence) -> Section:
    flags = [name for name in _DOMAINS if pd.notna(getattr(passage, name)) and getattr(passage, name)]
    words = ", ".join("no kind of weapon or material" if f == "wmd_general" else style.label(f) for f in flags)
    html = f'<p class="gist">{escape(evidence.gist)}</p>\n' if evidence.gist else ""
    html += f'<p class="domains">Words for: {escape(words)}</p>\n' if words else ""
    for table, coded in evidence.tables.items():
        html += _table(coded, _title(ds, table)) + "\n"
    if not evidence.tables:
        html += '<p class="domains">Nothing was coded from it.</p>\n'
    where = {
        "Kind": escape(style.label(passage.kind)),
        "Span in the normalised text": escape(passage.spans.replace(";", " and ")),
        "Characters": str(passage.n_chars),
        "SHA-256": f"<code>{escape(passage.sha256)}</code>",
    }
    places = "".join(f"<dt>{name}</dt><dd>{value}</dd>\n" for name, value in where.items())
    address = escape(evidence.address)
    html += (
        f'<details class="place"><summary>Place in the source</summary><p>{address}</p><dl>{places}</dl></details>\n'
    )
    return Section(passage.passage_id, f"{passage.passage_id} · {style.label(passage.kind)}", html)


def all_respondents(ds: Dataset) -> Section:
    """The respondents in the order of the report, each with a link to its page.

    >>> from unreplies import load
    >>> all_respondents(load()).heading
    'The 24 respondents'
    """
    rows = []
    for row in ds.joined("replies").sort_values("position", kind="stable").itertuples():
        rows.append(
            (
                "",
                [
                    f'<a href="doc:respondents/{row.reply_id}">{_text(row.respondent_name)}</a>',
                    str(row.position),
                    _KINDS[row.section],
                    "" if pd.isna(row.regional_group) else escape(style.label(row.regional_group)),
                    escape(style.label(row.original_language)),
                    f'<span class="date">{row.dated:%Y-%m-%d}</span>',
                    escape(style.label(row.form)),
                    str(row.n_passages),
                ],
            )
        )
    heads = ["Respondent", "Place", "Kind", "Regional group", "Language", "Dated", "Form", "Passages"]
    html = _rows("The respondents, in the order of the report", heads, rows)
    html += (
        "<p><em>Passages</em> are the paragraphs and list items of a reply. What belongs to no reply has a page too: "
        f'<a href="doc:respondents/{OUTSIDE}">introduction and page furniture</a>.</p>\n'
    )
    return Section("respondents", f"The {len(rows)} respondents", html)


# The evidence, by what is named or reported


def _behind(rows: pd.DataFrame, key: str) -> dict[str, str]:
    """The passages behind each value of a column."""
    once = rows.drop_duplicates([key, "passage_id"])
    return {str(value): _list(group) for value, group in once.groupby(key, sort=False, observed=True)["passage_id"]}


def _named(row) -> str:
    """A name as readers look for it: short, in full, in Chinese."""
    full = "" if row.name_en == row.short_name else f"<br>{_text(row.name_en)}"
    chinese = "" if pd.isna(row.name_zh) else f'<br><span class="printed">{_text(row.name_zh)}</span>'
    return f"<strong>{_text(row.short_name)}</strong>{full}{chinese}"


def instruments(ds: Dataset) -> tuple[Section, ...]:
    """Every instrument that is named, with its names and the passages that name it, by scope.

    >>> from unreplies import load
    >>> [section.heading for section in instruments(load())]
    ['Universal', 'Regional', 'National']
    """
    passages, sections = _behind(ds.instrument_mentions, "instrument_id"), []
    for scope in ds.instruments["scope"].cat.categories:
        rows = ds.instruments[(ds.instruments["scope"] == scope) & ds.instruments["instrument_id"].isin(passages)]
        cells = [
            (
                row.instrument_id,
                [
                    _named(row),
                    escape(style.label(row.instrument_type)),
                    "" if pd.isna(row.adopted) else f"{row.adopted:%Y}",
                    passages[row.instrument_id],
                ],
            )
            for row in rows.sort_values("short_name", key=lambda names: names.str.lower(), kind="stable").itertuples()
        ]
        if cells:
            table = _rows(f"Instruments: {style.label(scope)}", ["Instrument", "Type", "Adopted", "Passages"], cells)
            sections.append(Section(f"scope-{_slug(scope)}", style.label(scope).capitalize(), table))
    return tuple(sections)


def actors(ds: Dataset) -> tuple[Section, ...]:
    """Every actor that is named, with its names and the passages that name it, by type.

    >>> from unreplies import load
    >>> actors(load())[0].heading
    'State'
    """
    passages, sections = _behind(ds.actor_mentions, "actor_id"), []
    replied = set(ds.replies["reply_id"])
    for kind in ds.actors["actor_type"].cat.categories:
        rows = ds.actors[(ds.actors["actor_type"] == kind) & ds.actors["actor_id"].isin(passages)]
        cells = [
            (
                row.actor_id,
                [
                    _named(row),
                    f'<a href="doc:respondents/{row.actor_id}">its reply</a>' if row.actor_id in replied else "",
                    passages[row.actor_id],
                ],
            )
            for row in rows.sort_values("short_name", key=lambda names: names.str.lower(), kind="stable").itertuples()
        ]
        if cells:
            words = style.label(kind)
            table = _rows(f"Actors: {words}", ["Actor", "Respondent", "Passages"], cells)
            sections.append(Section(f"type-{_slug(kind)}", words[:1].upper() + words[1:], table))
    return tuple(sections)


def measures(ds: Dataset) -> tuple[Section, ...]:
    """Every kind of measure, with the respondents that report it and the passages, by status.

    >>> from unreplies import load
    >>> len(measures(load())) == len(load().measure_categories)
    True
    """
    joined, sections = ds.joined("measures"), []
    statuses = list(ds.measures["status"].cat.categories)
    for kind in ds.measure_categories.itertuples():
        rows, cells = joined[joined["category"] == kind.category], []
        for who, group in rows.groupby(rows["respondent"].fillna("Introduction"), sort=False):
            passages = _behind(group, "status")
            cells.append(("", [escape(who), *(passages.get(status, "") for status in statuses)]))
        provision = "no provision" if pd.isna(kind.resolution_1540) else kind.resolution_1540
        html = f"<p>{_text(kind.definition)} Nearest in resolution 1540 (2004): {_text(provision)}.</p>\n"
        html = html.replace(" Nearest", ". Nearest", 1) if not str(kind.definition).endswith(".") else html
        heads = ["Respondent", *(style.label(status).capitalize() for status in statuses)]
        html += _rows(f"{kind.label}: passages by respondent and status", heads, cells) if cells else "<p>None.</p>\n"
        sections.append(Section(_slug(kind.category), kind.label, html))
    return tuple(sections)


# The findings of the front page


def _bars(rows: list[tuple[str, float, float, str]], alt: str) -> str:
    """A small figure: one bar a row, with its label above and its figures behind; colours are the page's own.

    A row is label, value, whole (the pale bar behind; 0: none) and the words behind the bar.
    """
    width, longest = 330, max([max(value, whole) for _, value, whole, _ in rows] + [1])
    parts = []
    for place, (name, value, whole, words) in enumerate(rows):
        y = 40 * place
        bar = f'height="10" rx="2" x="0" y="{y + 20}"'
        parts.append(f'<text x="0" y="{y + 13}">{escape(name)}</text>')
        if whole:
            parts.append(f'<rect class="whole" width="{width * whole / longest:.1f}" {bar}/>')
        parts.append(f'<rect class="part" width="{width * value / longest:.1f}" {bar}/>')
        end = width * max(value, whole) / longest
        parts.append(f'<text class="value" x="{end + 8:.1f}" y="{y + 30}">{escape(words)}</text>')
    size = f'viewBox="0 0 420 {40 * len(rows)}"'
    return f'<svg class="bars" role="img" aria-label="{escape(alt)}" {size}>{"".join(parts)}</svg>'


def _finding(ds, statement, sentence, rows, where, passages) -> Section:
    """One finding for the front page; ``where`` is (page, anchor, title of the page, heading of the section)."""
    page, anchor, title, heading = where
    alt = f"{statement}. " + "; ".join(f"{name}: {words}" for name, _, _, words in rows) + "."
    many = "passage" if len(passages) == 1 else f"{len(passages)} passages"
    html = (
        '<div class="finding"><div>\n'
        f"<p>{escape(sentence)}</p>\n"
        f'<p class="derived">Derived in <a href="doc:{page}#{anchor}">{escape(title)}: {escape(heading)}</a></p>\n'
        f'<details class="behind"><summary>The {many} behind it</summary><p>{_list(passages)}</p></details>\n'
        f"</div>\n<figure>{_bars(rows, alt)}</figure>\n</div>\n"
    )
    return Section(_slug(statement)[:60].strip("-"), statement, html)


def _tested(ds: Dataset, statement: str) -> str:
    """How a finding of the notebooks fares under other counting rules; raises ValueError if it does not hold at all."""
    table = how_far_to_trust_it.findings(ds).query("finding == @statement and verdict != 'not applicable'")
    own, others = table["rule"] == "as in the notebooks", table[table["rule"] != "as in the notebooks"]
    if not table.loc[own, "verdict"].eq("holds").any():
        raise ValueError(
            f"The front page says {statement!r}, which the data does not bear out: choose another finding."
        )
    fails = [f"{row.rule} ({row.figures})" for row in others.itertuples() if row.verdict != "holds"]
    words = f"It holds under {len(others) - len(fails)} of {len(others)} other ways of counting"
    return f"{words}; not under {', '.join(fails)}." if fails else f"{words}."


def findings(ds: Dataset, titles: dict[str, str]) -> tuple[Section, ...]:
    """Five findings, computed, each with its figure, where it is derived, and the passages behind it.

    ``titles`` has the title of each notebook by its page. A finding that the data does not bear out is a ValueError.

    >>> from unreplies import load
    >>> titles = dict.fromkeys(["01_who_replied", "03_which_instruments_recur", "04_what_was_done",
    ...                         "05_who_works_with_whom", "07_how_far_to_trust_it"], "")
    >>> len(findings(load(), titles))
    5
    """

    def at(page, heading):
        return page, _slug(heading), titles[page], heading

    result = []
    statement = "The African States are the only regional group without a reply"
    groups = who_replied.by_group(ds).query("member_states > 1").sort_values("replied", kind="stable")
    chance = who_replied.spread_by_chance(ds)
    rows = [
        (style.label(r.regional_group), r.replied, 0, f"{r.replied} of {r.member_states}") for r in groups.itertuples()
    ]
    sentence = (
        f"{groups['replied'].sum()} of {len(ds.states)} Member States replied. That is no proof of less interest: "
        f"a spread as uneven as this one comes up in {chance.attrs['p_as_uneven']:.0%} of random draws of as many "
        "States. "
    )
    section = at("01_who_replied", "By regional group")
    intro = ds.passages.query("passage_id.str.startswith('intro.')")["passage_id"]
    states = ds.replies.loc[ds.replies["section"] == "II", "reply_id"]
    heads = ds.passages.loc[(ds.passages["kind"] == "heading") & ds.passages["reply_id"].isin(states), "passage_id"]
    result.append(_finding(ds, statement, sentence + _tested(ds, statement), rows, section, [intro.iloc[-1], *heads]))

    statement = "Resolution 1540 (2004) is named by more respondents than any other instrument"
    table = which_instruments_recur.recurrence(ds)
    with_text = int((ds.replies["form"] != "not_reproduced").sum())
    rows = [(r.instrument, r.respondents, 0, f"{r.respondents}") for r in table.head(5).itertuples()]
    once = int((table["respondents"] == 1).sum())
    first = table.set_index("instrument_id").loc["s-res-1540"]
    sentence = (
        f"{first['respondents']} of {with_text} respondents with text name it. Of {len(table)} instruments "
        f"{once} are named by one respondent only. "
    )
    section = at("03_which_instruments_recur", "By respondents first, by mentions second")
    passages = first["passages"].split(", ")
    result.append(_finding(ds, statement, sentence + _tested(ds, statement), rows, section, passages))

    statement = "Export controls are reported by a larger share of States than of organizations"
    table = what_was_done.by(ds)
    of, row = table.attrs, table.set_index("category_label").loc["Export controls"]
    rows = [(k, row[k] / of[k], 1, f"{row[k]} of {of[k]}") for k in ("Member States", "organizations")]
    top = table.iloc[0]
    sentence = (
        f"Most reported by both kinds together is {top['category_label'].lower()}, by {top['respondents']} of "
        f"{with_text} respondents with text. "
    )
    section = at("04_what_was_done", "By category, States against organizations")
    joined = ds.joined("measures").dropna(subset=["reply_id"])
    passages = joined.loc[joined["category_label"] == "Export controls", "passage_id"].unique()
    result.append(_finding(ds, statement, sentence + _tested(ds, statement), rows, section, passages))

    statement = "The United Nations is named by more respondents than any other actor"
    table = names.most_named(ds, True)
    rows = [(r.named, r.respondents, 0, f"{r.respondents}") for r in table.head(5).itertuples()]
    sentence = f"Of {with_text} respondents with text; organs count for the body that they belong to. "
    section = at("05_who_works_with_whom", "The most named actors")
    spoken = names.namings(ds).query("not own and counts_for == 'un' and manner in @names.SPOKEN")
    passages = list(dict.fromkeys(spoken["passage_id"]))
    result.append(_finding(ds, statement, sentence + _tested(ds, statement), rows, section, passages))

    table = how_far_to_trust_it.findings(ds).query("rule != 'as in the notebooks' and verdict != 'not applicable'")
    against = table[table["verdict"] == "does not hold"]
    n = len(how_far_to_trust_it.FINDINGS)
    firm = n - against["finding"].nunique()
    statement = f"{firm} of {n} findings hold under every way of counting that applies to them"
    tests, fails = table["rule"].value_counts(), against["rule"].value_counts()
    rows = [
        (rule, int(fails[rule]), int(tests[rule]), f"{fails[rule]} of {tests[rule]} fall") for rule in fails.index[:5]
    ]
    disputed = ds.anomalies.query("against == 'public_record'")
    sentence = (
        "Each finding is tested anew without the longest reply, for States alone, without disputed passages, and so "
        f"on. The report disagrees with the public record in {len(disputed)} places, and with itself in "
        f"{len(ds.anomalies) - len(disputed)}."
    )
    section = at("07_how_far_to_trust_it", "What holds, and what does not")
    passages = list(dict.fromkeys(disputed["passage_id"]))
    result.append(_finding(ds, statement, sentence, rows, section, passages))
    return tuple(result)


def numbers(ds: Dataset) -> str:
    """What the dataset holds, in five numbers.

    >>> from unreplies import load
    >>> numbers(load())[:20]
    '<dl class="numbers">'
    """
    states = int(ds.replies["section"].eq("II").sum())
    pairs = [
        (states, "replies by Member States"),
        (len(ds.replies) - states, "by organizations"),
        (len(ds.passages), "passages"),
        (sum(len(ds[table]) for table in how_far_to_trust_it.CODED), "coded rows"),
        (len(ds.anomalies), "anomalies"),
    ]
    return '<dl class="numbers">' + "".join(f"<div><dt>{w}</dt><dd>{n:,}</dd></div>\n" for n, w in pairs) + "</dl>\n"


def roll(ds: Dataset) -> str:
    """The respondents by kind, each a link.

    >>> from unreplies import load
    >>> roll(load()).count("<li>")
    24
    """
    html = ""
    replies = ds.joined("replies").sort_values("position", kind="stable")
    for kind, words in (("Member State", "Member States"), ("organization", "Organizations")):
        items = "".join(
            f'<li><a href="doc:respondents/{row.reply_id}">{_text(row.respondent)}</a></li>\n'
            for row in replies[replies["respondent_kind"] == kind].itertuples()
        )
        html += f'<h3>{words}</h3>\n<ul class="roll">{items}</ul>\n'
    return html


# The data: its tables, its files, its citation


def codebook(ds: Dataset) -> tuple[Section, ...]:
    """The tables of the codebook, one section a table, from the descriptor.

    >>> from unreplies import load
    >>> len(codebook(load())) == len(load())
    True
    """
    sections = []
    for resource in ds.package["resources"]:
        rows = []
        for field in ds.codebook(resource["name"]).itertuples():
            allowed = (
                f"<code>{escape(field.allowed)}</code>" if field.allowed.startswith("^") else escape(field.allowed)
            )
            kind = f"{field.type}, {field.unit}" if field.unit else field.type
            notes = [f"Empty: {field.empty}"] + ([f"Source: {field.source}"] if field.source else [])
            about = f"<strong>{escape(field.title)}.</strong> {escape(field.description)}"
            about += "".join(f'<br><span class="note">{escape(note)}</span>' for note in notes)
            rows.append(
                (
                    f"{resource['name']}.{field.field}",
                    [f"<code>{escape(field.field)}</code>", escape(kind), about, allowed, escape(field.key)],
                )
            )
        html = f"<p>{escape(resource['description'])}</p>\n"
        html += _rows(f"Fields of {resource['name']}", ["Field", "Type", "Description", "Allowed", "Key"], rows)
        sections.append(Section(f"table-{resource['name']}", f"{resource['name']}: {resource['title']}", html))
    return tuple(sections)


def files(ds: Dataset) -> str:
    """The files of the data to download, with size and hash.

    >>> from unreplies import load
    >>> 'href="data/replies.csv"' in files(load())
    True
    """
    about = _described(ds.package)
    about["datapackage.json"] = "The descriptor: every table, field, rule and source, for machines."
    about["LICENSE"] = "The licence of the data, CC BY 4.0."
    about["README.md"] = "How the data were made."
    about["CODEBOOK.md"] = "The rules of coding, and every field."
    about["SHA256SUMS"] = "The hashes of all files, for sha256sum --check."
    tables = [
        _files(ds, "Files of the data", "", dict(sorted(about.items(), key=lambda item: item[0].endswith(".csv"))))
    ]
    for reading in ds.package["readings"]:
        folder = reading["path"].removesuffix("datapackage.json")
        package = read_descriptor(ds.folder / folder)
        about = {"datapackage.json": "The descriptor of this reading."}
        about |= _described(package)
        tables.append(_files(ds, reading["title"], folder, about))
    return "\n".join(tables)


def _described(package: dict) -> dict[str, str]:
    """The first sentence on each table, by its file."""
    return {r["path"]: r["description"].split(". ")[0].rstrip(".") + "." for r in package["resources"]}


def _files(ds: Dataset, caption: str, folder: str, about: dict[str, str]) -> str:
    rows = []
    for name, words in about.items():
        content = (ds.folder / folder / name).read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        rows.append(
            (
                "",
                [
                    f'<a href="data/{escape(folder + name)}" download>{escape(folder + name)}</a>',
                    escape(words),
                    f"{len(content) / 1000:,.1f}&nbsp;kB",
                    f"<code>{digest[:32]}<wbr>{digest[32:]}</code>",
                ],
            )
        )
    return _rows(caption, ["File", "What it holds", "Size", "SHA-256"], rows)


def citation(ds: Dataset) -> str:
    """How to cite the data: in words, and for BibTeX.

    >>> from unreplies import load
    >>> "@misc{unreplies," in citation(load())
    True
    """
    package = ds.package
    authors = " and ".join(f"{{{person['title']}}}" for person in package["contributors"])
    fields = {
        "author": authors,
        "title": f"{{{package['title']}}}",
        "year": package["created"][:4],
        "version": package["version"],
        "note": f"Coded from: {package['sources'][0]['title']}",
    }
    bibtex = "@misc{unreplies,\n" + ",\n".join(f"  {k} = {{{v}}}" for k, v in fields.items()) + "\n}"
    return (
        f"<blockquote><p>{escape(cite(ds))}</p></blockquote>\n<p>For BibTeX:</p>\n"
        f'<pre tabindex="0">{escape(bibtex)}</pre>\n'
        '<p>For machines: <a href="CITATION.cff" download>CITATION.cff</a>.</p>\n'
    )


def limits(ds: Dataset) -> str:
    """What the data holds, and of how much.

    >>> from unreplies import load
    >>> "<table" in limits(load())
    True
    """
    return _table(how_far_to_trust_it.limits(ds), "What the data holds, and of how much")
