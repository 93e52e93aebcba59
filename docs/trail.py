"""The trail between what the notebooks find and what the passages say, both ways.

A cell of a notebook tagged ``finding`` is a finding. Of the cells after it, one tagged ``shares`` shows a table that
ends with a count and of how many, which the front page draws as bars, and one tagged ``passages`` shows a table of the
passages that the finding rests on, of which the keys are taken. A finding without the latter rests on no passages.
"""

from __future__ import annotations

import functools
import json
import re
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
from bs4 import BeautifulSoup

import unreplies as ur
from unreplies import agreement
from unreplies.text import label

#: Whose value was taken, of which unit, and in which code: in words.
_TAKEN = {"first": "as in the first reading", "second": "as in the second reading", "other": "against both readings"}
_UNITS = {
    "instrument_mentions": "Mention of an instrument",
    "actor_mentions": "Mention of an actor",
    "measures": "Measure",
    "events": "Event",
    "event_actors": "Part in an event",
    "quantities": "Number",
    "domain_flags": "Words for a domain",
}
_CODES = {"instrument_id": "which instrument", "event_type": "type", "span": "extent"}


@dataclass
class Finding:
    """What a notebook found: its statement, the words under it, and where it stands.

    ``shares`` are the rows of its bars (words, count, of how many), ``passages`` the keys of the passages behind it.
    """

    statement: str
    text: str
    page: str
    title: str
    section: str
    measure: str = ""
    shares: list[tuple[str, int, int]] = field(default_factory=list)
    behind: str = ""
    passages: list[str] = field(default_factory=list)


@functools.cache
def findings(folder: Path) -> list[Finding]:
    """The findings of the notebooks in a folder, in their order."""
    result = []
    for path in sorted(folder.glob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        title, section = "".join(cells[0]["source"]).partition("\n")[0].removeprefix("# "), ""
        for cell in cells:
            text, tags = "".join(cell["source"]), cell["metadata"].get("tags", [])
            if cell["cell_type"] == "markdown" and (heading := re.findall(r"^##+ (.+)", text, re.MULTILINE)):
                section = heading[-1]
            if "finding" in tags:
                _, statement, words = re.split(r"\*\*(.+?)\*\*", text, maxsplit=1)
                result.append(Finding(statement.rstrip("."), words.strip(), path.stem, title, section))
            if "shares" in tags:
                result[-1].measure, rows = _shown(cell)
                result[-1].shares = [(row[0], *(int(number.replace(",", "")) for number in row[-2:])) for row in rows]
            if "passages" in tags:
                result[-1].behind, rows = _shown(cell)
                result[-1].passages = [row[0] for row in rows]
    return result


def _shown(cell: dict) -> tuple[str, list[list[str]]]:
    """The table that a cell shows: its caption, and the cells of its rows."""
    (output,) = cell["outputs"]
    table = BeautifulSoup("".join(output["data"]["text/html"]), "html.parser").table
    rows = [[cell.get_text() for cell in row.find_all("td")] for row in table.tbody.find_all("tr")]
    return table.caption.get_text(), rows


def differed(ds: ur.Dataset) -> dict[str, list[dict[str, str]]]:
    """Where the readers differed, or were both overruled, in words: the rows of ``adjudication`` by passage.

    Each has ``what`` it is about, what the ``first`` and the ``second`` reading have, what is ``settled``, whose value
    that is (``taken``), by which ``rule`` and for which ``reason``. A part in an event belongs to the event's passage.
    """
    names, events = _names(ds), ds.events.set_index("event_id")
    result: dict[str, list[dict[str, str]]] = {}
    for row in ds.adjudication.itertuples():
        passage, *unit = row.key.split(" ", 1)
        if passage in events.index:
            unit = [events.loc[passage, "title_en"], *unit]
            passage = events.loc[passage, "passage_id"]
        code = [] if row.code == "found" else [_CODES.get(row.code, label(row.code))]
        what = ", ".join([*(_words(part, names) for part in unit), *code])
        values = {name: _words(getattr(row, name), names) for name in ("first", "second", "settled")}
        words = {"taken": _TAKEN[row.decision], "rule": row.rule.replace("_", " "), "reason": row.reason}
        result.setdefault(passage, []).append({"what": f"{_UNITS[row.table]}: {what}", **values, **words})
    return result


def _names(ds: ur.Dataset) -> dict[str, str]:
    """The names of instruments, actors and kinds of measure by their keys, also of those that one reader alone has."""
    names = dict(zip(ds.measure_categories["category"], ds.measure_categories["label"]))
    for tables in (*reversed(agreement.readings(ds)), ds):
        for table, key in (("instruments", "instrument_id"), ("actors", "actor_id")):
            names |= dict(zip(tables[table][key], tables[table].get("short_name", tables[table]["name_en"])))
    return names


def _words(value: str, names: dict[str, str]) -> str:
    """A value of a reading in words: keys by their names, offsets as such."""
    if pd.isna(value) or not value:
        return "not coded"
    if re.fullmatch(r"\d+-\d+", value):
        return f"characters {value}"
    return "; ".join(names.get(part, label(part)) for part in value.split("; "))
