"""Words for what people read: codes, headings, dates as far as they are known, and text that is safe to show."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from html import escape as _html

import pandas as pd

#: What readers see instead of codes; a code that is not here loses its underscores.
LABELS = {
    "african": "African States",
    "asia_pacific": "Asia-Pacific States",
    "eastern_european": "Eastern European States",
    "grulac": "Latin American and Caribbean States",
    "weog": "Western European and other States",
    "none": "In no group",
    "en": "English",
    "es": "Spanish",
    "ru": "Russian",
    "zh": "Chinese",
    "wmd_general": "no kind of weapon or material",
    "co_organizer": "co-organizer",
    "un_body": "United Nations body",
    "global_org": "global organization",
    "regional_org": "regional organization",
    "page_furniture": "headers and footers",
}
#: Headings that a column name alone does not give.
HEADINGS = {
    "reply_id": "Reply",
    "passage_id": "Passage",
    "event_id": "Event",
    "n_chars": "Characters",
    "n_passages": "Passages",
    "category_label": "Measure",
    "categories": "Kinds of measure",
    "resolution_1540": "Resolution 1540 (2004)",
    "member_states": "Member States",
    "m49_region": "M49 region",
    "m49_subregion": "M49 sub-region",
    "what_en": "What is counted",
    "title_en": "Event",
    "of": "Of",
    "of_member_states": "Of States",
    "of_organizations": "Of organizations",
}
#: What text is written with: the signs of ASCII, Latin letters, which may have marks, and Chinese as the report has it.
_SIGNS = re.compile("[ -~¡-¬®-ž–—‘’“”•€、-】㐀-鿿\U00020000-\U000323af]")
#: How much of an ISO date is known, by its precision.
_KNOWN = {"day": 10, "month": 7, "year": 4}


def visible(text: str) -> str:
    """Text as it can be shown anywhere: what a terminal would obey, or what turns the reading direction, is escaped.

    >>> print(visible("to\\x1b[2Jkyo, \\u202ehsilgnE, 东京"))
    to\\x1b[2Jkyo, \\u202ehsilgnE, 东京
    """
    if text.isprintable():
        return text
    return "".join(
        c if c.isprintable() or unicodedata.category(c) == "Zs" else c.encode("unicode_escape").decode() for c in text
    )


@cache
def _is_odd(sign: str) -> bool:
    letter = unicodedata.normalize("NFD", sign)[0]
    return not sign.isprintable() or sign != unicodedata.normalize("NFKC", sign) or not _SIGNS.fullmatch(letter)


def odd_signs(text: str) -> list[str]:
    """The signs that text of the data is not written with: what nobody sees, what only looks alike, other forms.

    >>> odd_signs("Łódź, 东京"), odd_signs("Ch\\u0430d\\u200b")
    ([], ['\u0430', '\\u200b'])
    """
    return [] if text.isascii() and text.isprintable() else sorted(filter(_is_odd, set(text)))


def spelled(text: str) -> str:
    """Text for a message about it, each of its `odd_signs` as a code point.

    >>> print(spelled("Ch\\u0430d, 东京"))
    Ch\\u0430d, 东京
    """
    return text.translate({ord(sign): sign.encode("unicode_escape").decode() for sign in odd_signs(text)})


def escape(value: object) -> str:
    """A value of the data as HTML that shows it: nothing in it runs, is markup, or turns the reading direction.

    >>> escape("<b>\\u202e & Co.")
    '&lt;b&gt;\\\\u202e &amp; Co.'
    """
    return _html(visible(str(value)))


def label(code: str) -> str:
    """What readers see instead of a code.

    >>> label("weog"), label("not_reproduced")
    ('Western European and other States', 'not reproduced')
    """
    return LABELS.get(code, code.replace("_", " "))


def heading(name: object) -> str:
    """A column name as a heading; a name with capitals stays.

    >>> heading("original_language"), heading("reply_id"), heading("Member States")
    ('Original language', 'Reply', 'Member States')
    """
    if name in HEADINGS:
        return HEADINGS[name]
    words = visible(str(name)).removesuffix("_en").replace("_", " ")
    return words[:1].upper() + words[1:] if words.islower() else words


def listed(names: Iterable[object]) -> str:
    """Several names in a sentence.

    >>> listed(["Chile", "Guyana", "Ukraine"])
    'Chile, Guyana and Ukraine'
    """
    *first, last = map(str, names)
    return f"{', '.join(first)} and {last}" if first else last


def day(date: pd.Timestamp, precision: str = "day") -> str:
    """A date as far as it is known, in ISO 8601.

    >>> day(pd.Timestamp("2010-11-01"), "month")
    '2010-11'
    """
    return f"{date:%Y-%m-%d}"[: _KNOWN[precision]]
