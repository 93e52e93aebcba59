"""What is said of bad input: a fault names its place, an error lists every fault, an unknown name the known ones."""

from __future__ import annotations

from collections import defaultdict
from difflib import get_close_matches
from typing import NamedTuple

from .text import spelled, visible

_MOST, _FIRST = 100, 5  # faults of one kind that a message lists, and those that it lists of more


class Fault(NamedTuple):
    """One rule that the data fails: in which table, row and column, by which value.

    ``row`` counts the records of the table from 1 and ``line`` is where the record begins in the file; both are empty
    where the fault is of the whole file. ``rule`` is the rule's name in the descriptor (``type``, ``required``,
    ``enum``, ``pattern``, ``unique``, ``minimum``, ``maximum``, ``primaryKey``, ``foreignKeys``), or ``file``,
    ``encoding``, ``csv``, ``header``, ``json``, ``descriptor`` for a file that cannot be read as what it should be.

    >>> print(Fault("measures", 3, "status", "done", "enum", "allowed are in_place, in_progress, urged", 4))
    measures, row 3 (line 4), column status: 'done' fails enum: allowed are in_place, in_progress, urged
    """

    table: str
    row: int | None
    column: str
    value: str
    rule: str
    message: str
    line: int | None = None

    def __str__(self) -> str:
        place = spelled(self.table)
        if self.row is not None:
            place += f", row {self.row}" + (f" (line {self.line})" if self.line else "")
        if self.column:
            place += f", column {spelled(self.column)}"
        value = f"{spelled(repr(self.value[:80]))} fails " if self.column or self.value else "fails "
        return visible(f"{place}: {value}{self.rule}: {self.message}")


class DataError(ValueError):
    """The data fails its schema; ``faults`` lists every fault, the message of each kind the first hundred at most.

    >>> print(DataError([Fault("replies", 1, "position", "x", "type", "not an integer", 2)]))
    1 fault in the data:
    replies, row 1 (line 2), column position: 'x' fails type: not an integer
    """

    def __init__(self, faults: list[Fault]):
        self.faults = list(faults)
        kinds = defaultdict(list)
        for fault in self.faults:
            kinds[fault.table, fault.column, fault.rule].append(fault)
        lines = ["1 fault in the data:" if len(self.faults) == 1 else f"{len(self.faults)} faults in the data:"]
        for alike in kinds.values():
            shown = alike if len(alike) <= _MOST else alike[:_FIRST]
            lines += [str(fault) for fault in shown]
            if len(shown) < len(alike):
                lines.append(f"... and {len(alike) - len(shown):,} more of this kind")
        super().__init__("\n".join(lines))

    def __reduce__(self):
        return DataError, (self.faults,)


class UnknownName(KeyError, AttributeError):
    """A name that does not exist, answered with those that do.

    >>> print(UnknownName("table", "measure", ["measures", "replies"]))
    there is no table 'measure'; did you mean 'measures'? There are: measures, replies
    """

    def __init__(self, kind: str, name: object, names):
        names = [str(n) for n in names]
        self._arguments = (kind, name, names)
        close = get_close_matches(str(name), names, n=1) or [n for n in names if n.lower() == str(name).lower()]
        hint = f"; did you mean {close[0]!r}?" if close else "."
        shown = names if len(names) <= 40 else [*names[:40], "…"]
        super().__init__(visible(f"there is no {kind} {spelled(repr(name))}{hint} There are: {', '.join(shown)}"))

    __str__ = Exception.__str__  # KeyError's own shows the repr

    def __reduce__(self):
        return UnknownName, self._arguments
