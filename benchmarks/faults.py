"""Spoil copies of the data in many ways, and see which check catches what: ``python benchmarks/faults.py``.

A mutation is one small damage of one kind to one copy, drawn with a seed. It changes the meaning of the data or not: a
file in another encoding says the same, a status of another row does not. Each copy goes through `unreplies.validate`,
whose rules and hashes are told apart here, and, where the text of the report is at hand, through `unreplies.audit`.
"""

import csv
import json
import random
import shutil
import sys
import tempfile
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import unreplies as ur
from unreplies import hashes
from unreplies.dataset import data_folder

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT.parent / "shared" / "source" / "a-66-115.zh.txt"
SEED, EACH = 66115, 8


class Mutation(NamedTuple):
    kind: str
    meaning: bool  # it changes what the data says
    files: tuple[str, ...]  # tables, or other files of the folder, in which it was made
    spoil: Callable[[Path], None]


class Verdict(NamedTuple):
    rules: list  # faults by the rules of the descriptor
    hashes: list  # faults by the hashes of the files
    audit: list  # faults by the text of the report; empty too where rules left nothing to audit

    @property
    def faults(self) -> list:
        return [*self.rules, *self.audit, *self.hashes]


class Table:
    """A table as rows of cells, to be changed and written back as it was written."""

    def __init__(self, name: str):
        with open(data_folder() / f"{name}.csv", encoding="utf-8", newline="") as file:
            self.header, *self.rows = csv.reader(file)
        self.name = name

    def write(self, folder: Path) -> None:
        with open(folder / f"{self.name}.csv", "w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([self.header, *self.rows])

    def places(self, columns) -> list[tuple[int, int]]:
        """Row and column of every cell of these columns that is not empty."""
        wanted = [self.header.index(name) for name in columns if name in self.header]
        return [(r, c) for r, row in enumerate(self.rows) for c in wanted if row[c]]


PACKAGE = json.loads((data_folder() / "datapackage.json").read_text("utf-8"))
SCHEMAS = {resource["name"]: resource["schema"] for resource in PACKAGE["resources"]}


def columns(table: str, kind: str) -> list[str]:
    return [field["name"] for field in SCHEMAS[table]["fields"] if field["type"] == kind]


def _cell(name: str, wanted: list[str], change: Callable, chance: random.Random) -> Callable | None:
    """Change one cell of the wanted columns; None where there is no cell that would differ."""
    table = Table(name)
    places = table.places(wanted)
    chance.shuffle(places)
    for r, c in places:
        old = table.rows[r][c]
        new = change(old, [row[c] for row in table.rows], chance)
        if new is not None and new != old:
            table.rows[r][c] = new
            return table.write
    return None


def _another(old, column, chance):
    others = sorted({cell for cell in column if cell not in (old, "")})
    return chance.choice(others) if others else None


def _next_day(old, column, chance):
    return f"{old[:-2]}{'02' if old.endswith('01') else '01'}"


def _other_digit(old, column, chance):
    place = chance.randrange(len(old))
    return old[:place] + chance.choice("0123456789abcdef".replace(old[place], "")) + old[place + 1 :]


def _without_a_character(old, column, chance):
    place = chance.randrange(len(old))
    return old[:place] + old[place + 1 :] if len(old) > 1 else None


#: Changes of one cell: kind, whether it changes meaning, the columns, the change.
CELLS = [
    ("cell emptied", True, None, lambda old, column, chance: ""),
    ("cell replaced by another of its column", True, None, _another),
    ("character dropped from a text", True, "string", _without_a_character),
    ("integer moved by one", True, "integer", lambda old, column, chance: str(int(old) + chance.choice((1, -1)))),
    ("number moved by one", True, "number", lambda old, column, chance: str(int(float(old)) + 1)),
    ("date moved", True, "date", _next_day),
    ("flag reversed", True, "boolean", lambda old, column, chance: {"true": "false", "false": "true"}[old]),
    ("integer retyped", False, "integer", lambda old, column, chance: f"{old}.0"),
    ("date retyped", False, "date", lambda old, column, chance: "/".join(reversed(old.split("-")))),
    ("flag retyped", False, "boolean", lambda old, column, chance: old.upper()),
    ("space added to a text", False, "string", lambda old, column, chance: f"{old} "),
]
#: Changes of one named column in the tables that have it.
NAMED = [
    ("hash wrong by a digit", True, "sha256", _other_digit),
    ("relation of a mention replaced", True, "relation", _another),
    ("status of a measure replaced", True, "status", _another),
    ("category of a measure replaced", True, "category", _another),
    ("role in an event replaced", True, "role", _another),
]


def _offsets(name: str, chance: random.Random) -> Callable:
    table, by = Table(name), chance.choice((1, -1))
    row = chance.choice([row for row in table.rows if int(row[table.header.index("start")]) > 0])
    for column in ("start", "end"):
        place = table.header.index(column)
        row[place] = str(int(row[place]) + by)
    return table.write


def _exchange_cells(name: str, chance: random.Random) -> Callable | None:
    """Two different cells of one column change places."""
    table = Table(name)
    for c in chance.sample(range(len(table.header)), len(table.header)):
        for a, b in (chance.sample(range(len(table.rows)), 2) for _ in range(20) if len(table.rows) > 1):
            if table.rows[a][c] != table.rows[b][c]:
                table.rows[a][c], table.rows[b][c] = table.rows[b][c], table.rows[a][c]
                return table.write
    return None


def _exchange_mentions(name: str, chance: random.Random) -> Callable:
    """Two mentions exchange what they are said to name: the passages, surfaces and offsets stay."""
    table = Table(name)
    place = table.header.index("instrument_id" if name == "instrument_mentions" else "actor_id")
    while True:
        a, b = chance.sample(table.rows, 2)
        if a[place] != b[place]:
            a[place], b[place] = b[place], a[place]
            return table.write


def _rows(change: Callable) -> Callable:
    def make(name: str, chance: random.Random) -> Callable | None:
        table = Table(name)
        return table.write if change(table, chance) is not False else None

    return make


def _drop_row(table, chance):
    del table.rows[chance.randrange(len(table.rows))]


def _double_row(table, chance):
    place = chance.randrange(len(table.rows))
    table.rows.insert(place, table.rows[place])


def _exchange_rows(table, chance):
    if len(table.rows) < 2:
        return False
    a, b = chance.sample(range(len(table.rows)), 2)
    table.rows[a], table.rows[b] = table.rows[b], table.rows[a]


def _cut_row(table, chance):
    chance.choice(table.rows).pop()


def _shift_row(table, chance):
    row = chance.choice(table.rows)
    moved = [row[-1], *row[:-1]]
    if moved == row:
        return False
    row[:] = moved


def _drop_column(table, chance):
    place = chance.randrange(len(table.header))
    for row in (table.header, *table.rows):
        del row[place]


def _double_column(table, chance):
    place = chance.randrange(len(table.header))
    for row in (table.header, *table.rows):
        row.insert(place, row[place])


def _move_column(table, chance):
    a, b = chance.sample(range(len(table.header)), 2)
    for row in (table.header, *table.rows):
        row[a], row[b] = row[b], row[a]


def _exchange_headers(table, chance):
    a, b = chance.sample(range(len(table.header)), 2)
    table.header[a], table.header[b] = table.header[b], table.header[a]


def _exchange_columns(table, chance):
    """Two columns change places, their names do not."""
    pairs = [(a, b) for a in range(len(table.header)) for b in range(a) if any(r[a] != r[b] for r in table.rows)]
    a, b = chance.choice(pairs)
    for row in table.rows:
        row[a], row[b] = row[b], row[a]


#: Changes of rows and columns: kind, whether it changes meaning, how.
SHAPES = [
    ("two cells of a column exchanged", True, _exchange_cells),
    ("row dropped", True, _rows(_drop_row)),
    ("row doubled", True, _rows(_double_row)),
    ("two rows exchanged", False, _rows(_exchange_rows)),
    ("row cut short", True, _rows(_cut_row)),
    ("row shifted by a cell", True, _rows(_shift_row)),
    ("column dropped", True, _rows(_drop_column)),
    ("column doubled", False, _rows(_double_column)),
    ("two columns moved with their names", False, _rows(_move_column)),
    ("names of two columns exchanged", True, _rows(_exchange_headers)),
    ("cells of two columns exchanged", True, _rows(_exchange_columns)),
]


def _raw(change: Callable) -> Callable:
    """A change of the bytes of a file."""

    def make(name: str, chance: random.Random) -> Callable | None:
        raw = (data_folder() / f"{name}.csv").read_bytes()
        changed = change(raw, chance)
        return None if changed == raw else lambda folder: (folder / f"{name}.csv").write_bytes(changed) and None

    return make


def _decomposed(raw, chance):
    return unicodedata.normalize("NFD", raw.decode()).encode()


#: Changes of a whole file: kind, whether it changes meaning, how.
FILES = [
    ("file dropped", True, lambda name, chance: lambda folder: (folder / f"{name}.csv").unlink()),
    ("file emptied", True, _raw(lambda raw, chance: b"")),
    ("file with its header alone", True, _raw(lambda raw, chance: raw[: raw.index(b"\n") + 1])),
    ("file cut at a byte", True, _raw(lambda raw, chance: raw[: chance.randrange(1, len(raw))])),
    ("file cut after a line", True, _raw(lambda raw, chance: raw[: raw.rindex(b"\n", 0, -1) + 1])),
    ("file in UTF-16", False, _raw(lambda raw, chance: raw.decode().encode("utf-16"))),
    ("file in GB 18030", False, _raw(lambda raw, chance: raw.decode().encode("gb18030"))),
    ("byte order mark", False, _raw(lambda raw, chance: b"\xef\xbb\xbf" + raw)),
    ("line ends of Windows", False, _raw(lambda raw, chance: raw.replace(b"\n", b"\r\n"))),
    ("line ends of the old Macintosh", False, _raw(lambda raw, chance: raw.replace(b"\n", b"\r"))),
    ("last line end dropped", False, _raw(lambda raw, chance: raw[:-1])),
    ("characters decomposed", False, _raw(_decomposed)),
    ("semicolons for commas", True, _raw(lambda raw, chance: raw.replace(b",", b";"))),
]


def _exchange_files(chance: random.Random) -> tuple[tuple[str, ...], Callable]:
    a, b = chance.sample(list(SCHEMAS), 2)

    def spoil(folder):
        first, second = ((folder / f"{name}.csv").read_bytes() for name in (a, b))
        (folder / f"{a}.csv").write_bytes(second)
        (folder / f"{b}.csv").write_bytes(first)

    return (a, b), spoil


def _descriptor(change: Callable) -> Callable:
    def make(chance: random.Random) -> Callable:
        package = json.loads(json.dumps(PACKAGE))
        change(package, chance)
        text = json.dumps(package, ensure_ascii=False, indent=1)
        return lambda folder: (folder / "datapackage.json").write_text(text, "utf-8") and None

    return make


def _field(package, chance, having=lambda field: True):
    fields = [field for resource in package["resources"] for field in resource["schema"]["fields"]]
    return chance.choice([field for field in fields if having(field)])


def _constrained(rule):
    return lambda field: rule in field.get("constraints", {})


def _drop_rule(package, chance):
    rules = _field(package, chance, lambda field: field.get("constraints"))["constraints"]
    del rules[chance.choice(sorted(rules))]


def _drop_value(package, chance):
    values = _field(package, chance, _constrained("enum"))["constraints"]["enum"]
    del values[chance.randrange(len(values))]


def _add_value(package, chance):
    _field(package, chance, _constrained("enum"))["constraints"]["enum"].append("other")


def _loosen(package, chance):
    _field(package, chance, _constrained("pattern"))["constraints"]["pattern"] = ".*"


def _retype(package, chance):
    field = _field(package, chance)
    field["type"] = chance.choice([kind for kind in ("string", "integer", "date", "boolean") if kind != field["type"]])


def _rename(package, chance):
    _field(package, chance)["name"] += "_x"


def _drop_key(package, chance):
    schema = chance.choice([r["schema"] for r in package["resources"] if r["schema"].get("foreignKeys")])
    del schema["foreignKeys"][chance.randrange(len(schema["foreignKeys"]))]


def _drop_primary(package, chance):
    del chance.choice(package["resources"])["schema"]["primaryKey"]


def _exchange_descriptions(package, chance):
    a, b = chance.sample([field for resource in package["resources"] for field in resource["schema"]["fields"]], 2)
    a["description"], b["description"] = f"{b['description']} ", a["description"]


def _exchange_paths(package, chance):
    a, b = chance.sample(package["resources"], 2)
    a["path"], b["path"] = b["path"], a["path"]


def _drop_table(package, chance):
    del package["resources"][chance.randrange(len(package["resources"]))]


def _outside(package, chance):
    chance.choice(package["resources"])["path"] = chance.choice(("../x.csv", "/etc/hosts", "c:\\x.csv", "http://x/y"))


def _cut_json(chance: random.Random) -> Callable:
    raw = (data_folder() / "datapackage.json").read_bytes().rstrip()
    cut = raw[: chance.randrange(1, len(raw))]
    return lambda folder: (folder / "datapackage.json").write_bytes(cut) and None


def _reindent(chance: random.Random) -> Callable:
    text = json.dumps(PACKAGE, indent=chance.randrange(2, 8))
    return lambda folder: (folder / "datapackage.json").write_text(text, "utf-8") and None


#: Changes of the descriptor: kind, whether it changes meaning, how.
DESCRIPTOR = [
    ("descriptor: constraint dropped", True, _descriptor(_drop_rule)),
    ("descriptor: allowed value dropped", True, _descriptor(_drop_value)),
    ("descriptor: allowed value added", True, _descriptor(_add_value)),
    ("descriptor: pattern loosened", True, _descriptor(_loosen)),
    ("descriptor: field retyped", True, _descriptor(_retype)),
    ("descriptor: field renamed", True, _descriptor(_rename)),
    ("descriptor: foreign key dropped", True, _descriptor(_drop_key)),
    ("descriptor: primary key dropped", True, _descriptor(_drop_primary)),
    ("descriptor: two descriptions exchanged", True, _descriptor(_exchange_descriptions)),
    ("descriptor: paths of two tables exchanged", True, _descriptor(_exchange_paths)),
    ("descriptor: table dropped", True, _descriptor(_drop_table)),
    ("descriptor: path out of the folder", True, _descriptor(_outside)),
    ("descriptor: cut at a byte", True, _cut_json),
    ("descriptor: written with another indent", False, _reindent),
]


def _line_dropped(path, chance):
    lines = path.read_bytes().splitlines(keepends=True)
    del lines[chance.randrange(len(lines))]
    path.write_bytes(b"".join(lines))


def _character_replaced(path, chance):
    raw = bytearray(path.read_bytes())
    raw[chance.randrange(len(raw))] ^= 1
    path.write_bytes(raw)


def _renamed(path, chance):
    path.rename(path.with_name(f"{path.name}.old"))


def _made_a_folder(path, chance):
    path.unlink()
    path.mkdir()


def _made_a_link(path, chance):
    path.symlink_to(path.rename(path.parent.parent / f"elsewhere-{path.name}"))


#: Changes of a file that no table is read from, the readings, the codebook, the licence: kind, whether it changes
#: meaning, how.
BESIDE = [
    ("beside the tables: line dropped", True, _line_dropped),
    ("beside the tables: character replaced", True, _character_replaced),
    ("beside the tables: file dropped", True, lambda path, chance: path.unlink()),
    ("beside the tables: file renamed", True, _renamed),
    ("beside the tables: a folder in its place", True, _made_a_folder),
    ("beside the tables: a link in its place", False, _made_a_link),
    (
        "beside the tables: a copy added",
        False,
        lambda path, chance: shutil.copy(path, path.with_name(f"{path.name}.copy")),
    ),
]


def _beside() -> list[str]:
    """The files of the folder that are neither a table nor the descriptor nor the hashes."""
    of_rules = {resource["path"] for resource in PACKAGE["resources"]} | {"datapackage.json", hashes.NAME}
    folder = data_folder()
    names = [path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*")) if path.is_file()]
    return [name for name in names if name not in of_rules]


def mutations(seed: int = SEED, each: int = EACH) -> Iterator[Mutation]:
    """The mutations: ``each`` of every kind, over tables drawn with the seed."""

    def drawn(kind, meaning, tables, make):
        """Tables in turn, in an order drawn for the kind, until there are enough mutations."""
        chance, made, tries = random.Random(f"{seed}-{kind}"), 0, 0
        order = chance.sample(tables, len(tables))
        while made < each and tries < 10 * each:
            name, tries = order[tries % len(order)], tries + 1
            spoil = make(name, chance)
            if spoil:
                made += 1
                yield Mutation(kind, meaning, (name,), spoil)

    everywhere = list(SCHEMAS)
    for kind, meaning, of, change in CELLS:

        def one(name, chance, of=of, change=change):
            wanted = columns(name, of) if of else [field["name"] for field in SCHEMAS[name]["fields"]]
            return _cell(name, wanted, change, chance)

        yield from drawn(kind, meaning, everywhere, one)
    for kind, meaning, column, change in NAMED:
        tables = [name for name in everywhere if column in [field["name"] for field in SCHEMAS[name]["fields"]]]

        def named(name, chance, column=column, change=change):
            return _cell(name, [column], change, chance)

        yield from drawn(kind, meaning, tables, named)
    spans = ["instrument_mentions", "actor_mentions", "quantities", "audit_exclusions"]
    yield from drawn("offsets moved by one", True, spans, _offsets)
    yield from drawn("two mentions exchanged", True, spans[:2], _exchange_mentions)
    for kind, meaning, make in (*SHAPES, *FILES):
        yield from drawn(kind, meaning, everywhere, make)
    chance = random.Random(f"{seed}-files")
    for _ in range(each):
        yield Mutation("two files exchanged", True, *_exchange_files(chance))
    for kind, meaning, make in DESCRIPTOR:
        chance = random.Random(f"{seed}-{kind}")
        for _ in range(each):
            yield Mutation(kind, meaning, ("datapackage.json",), make(chance))
    for kind, meaning, change in BESIDE:

        def beside(name, chance, change=change):
            own = random.Random(chance.random())
            return lambda folder: change(folder / name, own) and None

        yield from drawn(kind, meaning, _beside(), beside)


def judge(mutation: Mutation, folder: Path, source: Path | None) -> Verdict:
    """Make the mutation in a fresh copy of the data in ``folder``, and gather what every check says of it."""
    if folder.exists():
        shutil.rmtree(folder)
    shutil.copytree(data_folder(), folder)
    mutation.spoil(folder)
    rules = seen = audited = []
    try:
        ur.validate(folder)
    except ur.DataError as error:
        by_hash = hashes.check(folder)
        seen = [fault for fault in error.faults if fault in by_hash]
        rules = [fault for fault in error.faults if fault not in seen]
    if not rules and source:
        try:
            audited = ur.audit(ur.load(folder), source).faults
        except ur.DataError as error:
            audited = error.faults
    return Verdict(rules, seen, audited)


def places(mutation: Mutation, verdict: Verdict) -> bool:
    """Whether a message names the file that was spoiled."""
    return any(name == fault.table or name in str(fault) for name in mutation.files for fault in verdict.faults)


def table(source: Path | None) -> tuple[list[tuple], list[str]]:
    """By kind of mutation: how many, and how many each check is the first to catch; and what is not caught."""
    counts, missed = {}, []
    with tempfile.TemporaryDirectory() as folder:
        for mutation in mutations():
            verdict = judge(mutation, Path(folder) / "data", source)
            row = counts.setdefault((mutation.kind, mutation.meaning), [0, 0, 0, 0, 0])
            row[0] += 1
            row[1 if verdict.rules else 2 if verdict.audit else 3 if verdict.hashes else 4] += 1
            if not verdict.faults or not places(mutation, verdict):
                missed.append(f"{mutation.kind} in {', '.join(mutation.files)}")
    return [(*key, *row) for key, row in counts.items()], missed


def markdown(source: Path | None) -> list[str]:
    rows, missed = table(source)
    heads = ["kind of mutation", "changes meaning", "made", "by the rules", "by the audit", "by the hashes alone"]
    lines = [f"| {' | '.join([*heads, 'missed'])} |", "|---|---|--:|--:|--:|--:|--:|"]
    for kind, meaning, *numbers in rows:
        lines.append(f"| {kind} | {'yes' if meaning else 'no'} | {' | '.join(map(str, numbers))} |")
    for words, wanted in (("all that change meaning", True), ("all that do not", False)):
        sums = [sum(row[place] for row in rows if row[1] == wanted) for place in range(2, 7)]
        lines.append(f"| **{words}** | {'yes' if wanted else 'no'} | {' | '.join(map(str, sums))} |")
    lines += ["", f"Missed, or without a message that names the file: {'; '.join(missed) or 'none'}."]
    return lines


if __name__ == "__main__":
    print("\n".join(markdown(SOURCE if SOURCE.exists() else None)))
    sys.exit(0)
