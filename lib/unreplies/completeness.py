"""The audit backwards: every known name that the report prints is coded, or a rule of the codebook leaves it out."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from .dataset import Dataset
from .errors import Fault

if TYPE_CHECKING:
    from .audit import Audit

#: Passages in which mentions, measures and quantities are coded.
CODED_KINDS = ("paragraph", "list_item", "subheading", "footnote")
#: A title in its marks, or an act with its number: what must be a mention even if no such name is known yet.
_TITLE = re.compile(r"《[^》]+》|第[0-9/]+(?:\([0-9]+\))?号(?:决议|法令|决定)")


def check(ds: Dataset, texts: dict[str, str], result: Audit) -> None:
    """Note as faults the names that are neither coded nor left out by a rule, and exclusions of nothing."""
    names, mentions, explained = _known_names(ds, texts), _Mentions(ds), Counter()
    for passage in ds.passages[ds.passages["kind"].isin(CODED_KINDS)].itertuples():
        text = texts[passage.passage_id]
        for table, name, ids, start in _occurrences(text, names):
            place = (table, passage.passage_id, start, start + len(name))
            rule = mentions.rule(text, names, place, name, ids, passage.reply_id)
            explained[rule] += 1
            if rule is None:
                around = f"not coded in {place[1]} at {place[2]}-{place[3]}, and no rule excludes it"
                result.faults.append(Fault(table, None, "surface", name, "completeness", around))
    for row, key in enumerate(mentions.excluded, 1):
        if key not in mentions.used:
            message = f"excludes nothing: no known name is in {key[1]} at {key[2]}-{key[3]}"
            result.faults.append(Fault("audit_exclusions", row, "start", str(key[2]), "completeness", message))
    result.checked["known names looked for, beside every title in marks and numbered act"] = len(names)
    result.checked["occurrences found"] = explained.total()
    del explained[None]
    result.explained = dict(explained.most_common())


def _occurrences(text: str, names: list[tuple[str, str, frozenset]]):
    """Every place of a known name, of a title in its marks and of a numbered act: (table, name, its ids, start)."""
    titles = [("instrument_mentions", title, frozenset()) for title in sorted(set(_TITLE.findall(text)))]
    for table, name, ids in [*names, *titles]:
        start = text.find(name)
        while start >= 0:
            yield table, name, ids, start
            start = text.find(name, start + 1)


class _Mentions:
    """What is coded in each passage, places and actors, and what `audit_exclusions` leaves out there."""

    def __init__(self, ds: Dataset):
        self.places, self.actors, self.begins = defaultdict(list), defaultdict(set), defaultdict(set)
        self.excluded = {(r.table, r.passage_id, r.start, r.end): r.rule for r in ds.audit_exclusions.itertuples()}
        self.used = set()
        for row in ds.instrument_mentions.itertuples():
            self.places[row.passage_id].append((row.start, row.end))
            self.begins[row.passage_id].add(row.start)
        for row in ds.actor_mentions.itertuples():
            self.places[row.passage_id].append((row.start, row.end))
            self.actors[row.passage_id].add(row.actor_id)

    def rule(self, text: str, names: list, place: tuple, name: str, ids: frozenset, reply: str) -> str | None:
        """The rule of the codebook by which the name needs no mention of its own at this place, if there is one."""
        table, passage, start, end = place
        marked = name.startswith("《")  # an actor's surface leaves the title marks out
        nested = table == "instrument_mentions" and _TITLE.fullmatch(name)  # a mention too inside another name
        spans = [(a, b) for a, b in self.places[passage] if not nested or b in (end, end - marked)]
        of_actor = table == "actor_mentions"
        if any(a <= start + marked and end - marked <= b for a, b in spans):
            return "coded, or inside a coded name"
        if place in self.excluded:
            self.used.add(place)
            return self.excluded[place]
        if of_actor and end in self.begins[passage]:
            return "the issuer directly before a coded instrument"
        if of_actor and reply in ids:
            return "the respondent in its own reply"
        if of_actor and ids & self.actors[passage]:
            return "coded once in the passage already"
        if not nested and any(a <= start and end <= b for a, b in _longer(names, text, name, start)):
            return "inside a longer known name"
        return None


def _known_names(ds: Dataset, texts: dict[str, str]) -> list[tuple[str, str, frozenset]]:
    """Every name by which the source calls an instrument or actor: (table, name, the ids that bear it).

    Taken from the surfaces, from the actors' ``name_zh``, and from the short forms that the source gives in brackets.
    """
    known = defaultdict(set)
    for row in ds.instrument_mentions.itertuples():
        if row.form != "described":  # a description is no name
            known["instrument_mentions", row.surface].add(row.instrument_id)
            known["instrument_mentions", row.surface.strip("《》“”")].add(row.instrument_id)
    for row in ds.actor_mentions.itertuples():
        known["actor_mentions", row.surface].add(row.actor_id)
    for row in ds.actors.itertuples():
        known["actor_mentions", row.name_zh].add(row.actor_id)
    for (table, name), ids in list(known.items()):
        if table == "actor_mentions":
            for short in re.findall(re.escape(name) + r"\((\w{2,8})\)", "".join(texts.values())):
                known[table, short] |= ids
    return [(table, name, frozenset(ids)) for (table, name), ids in known.items()]


def _longer(names, text: str, name: str, start: int) -> list[tuple[int, int]]:
    """Where a longer known name, coded or not, covers this occurrence."""
    spans = []
    for _, other, _ in names:
        if name in other and other != name:
            first = text.find(other, max(0, start - len(other) + len(name)))
            if 0 <= first <= start:
                spans.append((first, first + len(other)))
    return spans
