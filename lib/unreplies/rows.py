"""The text of the report, and rows for it: what somebody needs who adds a reply, a passage or a mention.

All offsets and hashes refer to the normalised text (`normalise`). A row comes as a dictionary, ready to be written to
the table's file; what only a reader can say, the codes, is given by the caller.
"""

from __future__ import annotations

import csv
import hashlib
import re
import unicodedata
from pathlib import Path

from .dataset import Dataset
from .descriptor import as_list


def normalise(text: str) -> str:
    """Unicode NFKC, then every whitespace character removed: the text that all offsets and hashes refer to.

    Where a mark stood apart from its letter by a space alone, the two are composed after that, so that normalising
    once more changes nothing.

    >>> normalise("第 1540(2004)\\n号 决议７")
    '第1540(2004)号决议7'
    """
    return unicodedata.normalize("NFKC", "".join(unicodedata.normalize("NFKC", text).split()))


def sha256(text: str) -> str:
    """The hash of a text, as the tables have it: of its bytes in UTF-8.

    >>> sha256("")[:8]
    'e3b0c442'
    """
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def passage_texts(ds: Dataset, document: str) -> dict[str, str]:
    """The normalised text of every passage, by its key, cut from the normalised document."""
    pieces = {
        row.passage_id: [span.split("-") for span in row.spans.split(";")] for row in ds.passage_places.itertuples()
    }
    return {key: "".join(document[int(start) : int(end)] for start, end in spans) for key, spans in pieces.items()}


def find(document: str, words: str, start: int = 0) -> tuple[int, int]:
    """Where words are in a text, as offsets of their first character and of the one behind their last.

    The words are normalised first. Raises `ValueError` where they are not there from ``start`` on, or more than once.

    >>> find("各国应防止扩散", "防止")
    (3, 5)
    """
    words = normalise(words)
    place = document.find(words, start)
    if not words or place < 0:
        raise ValueError(f"{words[:40]!r} is not in the text from {start} on")
    if document.find(words, place + 1) >= 0:
        raise ValueError(f"{words[:40]!r} is there more than once from {start} on: name a longer run, or a later start")
    return place, place + len(words)


def passage(document: str, passage_id: str, first: str, last: str, start: int = 0, **codes) -> tuple[dict, dict]:
    """The rows of a passage for ``passages`` and ``passage_places``: from the words ``first`` to the words ``last``.

    The words are looked for from ``start`` on; ``first`` and ``last`` may be the same. ``codes`` are the other columns
    of ``passages`` (``kind``, ``reply_id``, ``gist_en``, the domain flags). Raises `ValueError` where the words are not
    found, or not in this order.

    >>> row, place = passage("各国应防止扩散。", "zzz.01", "各国", "扩散。", kind="paragraph", reply_id="zzz")
    >>> row["n_chars"], row["ordinal"], place["spans"]
    (8, 1, '0-8')
    """
    begin, _ = find(document, first, start)
    _, end = find(document, last, begin)
    text = document[begin:end]
    row = {"passage_id": passage_id, "ordinal": int(passage_id.rpartition(".")[2]), "n_chars": len(text), **codes}
    return row, {"passage_id": passage_id, "spans": f"{begin}-{end}", "sha256": sha256(text)}


def mention(text: str, surface: str, start: int = 0, **codes) -> dict:
    """The row of a mention of an instrument or an actor, or of a quantity, in the text of its passage.

    ``codes`` are the other columns (``passage_id``, ``instrument_id``, ``relation`` ...; ``mention_id`` and
    ``quantity_id`` as `next_key` gives them). Raises `ValueError` where the surface is not there once from ``start``.

    >>> mention("各国应执行第1540号决议。", "第1540号决议", passage_id="zzz.01", actor_id="un")["start"]
    5
    """
    begins, ends = find(text, surface, start)
    return {**codes, "surface": normalise(surface), "start": begins, "end": ends}


def next_key(ds: Dataset, table: str, passage_id: str) -> str:
    """The next free key of a passage in a table whose keys count within their passage (``iaea.08-q03``).

    >>> from unreplies import load
    >>> next_key(load(), "quantities", "iaea.08")
    'iaea.08-q...'
    """
    key = as_list(ds.schema_of(table)["primaryKey"])[0]
    letter = re.search(r"-([a-z])\[", str(_field(ds, table, key)["constraints"]["pattern"]))[1]
    taken = ds[table].loc[ds[table]["passage_id"] == passage_id, key]
    last = max((int(value.rpartition(letter)[2]) for value in taken), default=0)
    return f"{passage_id}-{letter}{last + 1:02d}"


def append(folder: str | Path, table: str, row: dict) -> None:
    """Write a row to the end of a table's file; columns that the row does not name stay empty.

    Raises `ValueError` for a column that the file has not. Nothing is checked: `unreplies.validate` does that.
    """
    path = Path(folder) / f"{table}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        columns = next(csv.reader(file))
    with path.open("a", encoding="utf-8", newline="") as file:
        csv.DictWriter(file, columns, restval="", lineterminator="\n").writerow(row)


def _field(ds: Dataset, table: str, name: str) -> dict:
    return next(field for field in ds.schema_of(table)["fields"] if field["name"] == name)
