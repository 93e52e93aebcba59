"""Small damages of every kind to copies of the data, drawn with a seed: one cell, row, column or file each.

What a person or a program does to a file by mistake. `test_faults` makes each in a copy, and asks what finds it.
"""

import csv
import json
import random
import shutil
import unicodedata
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from conftest import ROOT

from unreplies import hashes

DATA = ROOT / "data"
PACKAGE = json.loads((DATA / "datapackage.json").read_text("utf-8"))
SCHEMAS = {
    f"{folder}{resource['name']}.csv": resource["schema"]
    for folder in ("", "first_reading/", "second_reading/")
    for resource in json.loads((DATA / folder / "datapackage.json").read_text("utf-8"))["resources"]
}
SEED = 66115


class Mutation(NamedTuple):
    """A damage of one kind to one of these files; ``refused`` where the rules have to see it, without the hashes."""

    kind: str
    refused: bool
    files: list[str]
    damage: Callable[[Path, random.Random], bool]
    number: int

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"

    def spoil(self, folder: Path) -> str:
        """Do it to the first file, in an order drawn with the seed, that it changes; returns its name."""
        chance = random.Random(f"{SEED} {self}")
        return next(name for name in chance.sample(self.files, len(self.files)) if self.damage(folder / name, chance))


class Table:
    """A table as rows of cells, to be changed and written as it was written."""

    def __init__(self, path: Path):
        with open(path, encoding="utf-8", newline="") as file:
            self.header, *self.rows = csv.reader(file)

    def write(self, path: Path) -> None:
        with open(path, "w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([self.header, *self.rows])

    @property
    def lines(self) -> list[list[str]]:
        return [self.header, *self.rows]


# One cell: by the type of its column, or by its name; from the old cell to the new one


def another(old, column, chance):
    others = sorted(set(column) - {old, ""})
    return chance.choice(others) if others else old


def other_digit(old, column, chance):
    place = chance.randrange(len(old))
    return old[:place] + chance.choice("0123456789abcdef".replace(old[place], "")) + old[place + 1 :]


def without_a_character(old, column, chance):
    place = chance.randrange(len(old))
    return old[:place] + old[place + 1 :]


#: Letters that look like those of another script; signs that nobody sees; spaces that are none of the data.
ALIKE = str.maketrans(
    "aceopxyABCEHKMOPT-",
    "\u0430\u0441\u0435\u043e\u0440\u0445\u0443\u0410\u0412\u0421\u0415\u041d\u041a\u041c\u041e\u0420\u0422\u2010",
)
UNSEEN = "\u200b\u200d\u2060\ufeff\u00ad\u034f\ufe0f\u3164\u115f\u2800\u202e"
SPACES = ["\u00a0", "\u2009", "\u3000", "\u2028", "\n", "  "]


def of_full_width(old, column, chance):
    digits = [place for place, sign in enumerate(old) if sign.isdigit()]
    place = chance.choice(digits)
    return old[:place] + chr(ord(old[place]) + 0xFEE0) + old[place + 1 :]


def unseen(old, column, chance):
    place = chance.randrange(len(old) + 1)
    return old[:place] + chance.choice(UNSEEN) + old[place:]


def plausible(old, column, chance):
    year, month, day = map(int, old.split("-"))
    return f"{year}-{month % 12 + 1:02}-{min(day, 28):02}"


CELLS = [
    ("letters are of another script", True, "text", lambda old, column, chance: old.translate(ALIKE)),
    ("a sign is added that nobody sees", True, "text", unseen),
    ("a space is another", True, "text", lambda old, column, chance: old.replace(" ", chance.choice(SPACES))),
    ("a letter has a mark of its own", True, "text", lambda old, column, chance: f"{old}\u0301"),
    ("a key has a sign that nobody sees", True, "passage_id", unseen),
    ("a digit is of full width", True, "integer", of_full_width),
    ("a digit of a date is of full width", True, "date", of_full_width),
    ("a date is no day", True, "date", lambda old, column, chance: f"{old[:4]}-02-30"),
    ("a date is another that may be", False, "date", plausible),
    ("a cell is emptied", False, None, lambda old, column, chance: ""),
    ("a cell is another of its column", False, None, another),
    ("a character is dropped", False, "string", without_a_character),
    ("a space is added", False, "string", lambda old, column, chance: f"{old} "),
    ("an integer is moved by one", False, "integer", lambda old, column, chance: str(int(old) + 1)),
    ("a number is moved by one", False, "number", lambda old, column, chance: str(int(float(old)) + 1)),
    ("a date is moved", False, "date", lambda old, column, chance: old[:-2] + ("02" if old[-2:] == "01" else "01")),
    ("a flag is reversed", False, "boolean", lambda old, column, chance: "false" if old == "true" else "true"),
    ("an integer gets a decimal point", True, "integer", lambda old, column, chance: f"{old}.0"),
    ("a date is written as in an office", True, "date", lambda old, column, chance: "/".join(old.split("-")[::-1])),
    ("a flag is in capitals", True, "boolean", lambda old, column, chance: old.upper()),
    ("a hash is wrong by a digit", False, "sha256", other_digit),
    ("a relation is another", False, "relation", another),
    ("a status is another", False, "status", another),
    ("a category is another", False, "category", another),
    ("a role is another", False, "role", another),
]


def fields(path: Path) -> list[dict]:
    """The fields of a table of the data, or of a reading."""
    folder = f"{path.parent.name}/" if path.parent.name.endswith("_reading") else ""
    return SCHEMAS[f"{folder}{path.name}"]["fields"]


def _text(field: dict) -> str:
    free = field["type"] == "string" and field.get("constraints", {}).keys().isdisjoint(("enum", "pattern"))
    return "text" if free else ""


def cells(of: str | None, change: Callable) -> Callable:
    """A change of one cell: of any column, those of a type, those of free text, or one by name."""

    def damage(path: Path, chance: random.Random) -> bool:
        wanted, read = [f["name"] for f in fields(path) if of in (None, f["type"], f["name"], _text(f))], Table(path)
        places = [(r, read.header.index(name)) for r in range(len(read.rows)) for name in wanted]
        for r, c in chance.sample(places, len(places)):
            old = read.rows[r][c]
            new = change(old, [row[c] for row in read.rows], chance) if old else old
            if new != old:
                read.rows[r][c] = new
                read.write(path)
                return True
        return False

    return damage


# Rows and columns: each changes the table in place


def exchange(things: list, chance) -> None:
    a, b = chance.sample(range(len(things)), 2)
    things[a], things[b] = things[b], things[a]


def in_every_line(change: Callable) -> Callable:
    """The same change of every line, header included."""

    def each(table, chance):
        seed = chance.random()
        for line in table.lines:
            change(line, random.Random(seed))

    return each


def exchange_cells(table, chance):
    column, (a, b) = chance.randrange(len(table.header)), chance.sample(table.rows, 2)
    a[column], b[column] = b[column], a[column]


def shift_row(table, chance):
    row = chance.choice(table.rows)
    row[:] = [row[-1], *row[:-1]]


def move_offsets(table, chance):
    row, by = chance.choice(table.rows), 1
    for column in {"start", "end"} & set(table.header):
        place = table.header.index(column)
        row[place] = str(int(row[place]) + by)


def exchange_columns(table, chance):
    """The cells of two columns of a type, which any rule of theirs may or may not see."""
    kinds = defaultdict(list)
    for place, cell in enumerate(table.rows[0]):
        kinds["0" if cell.isdigit() else cell if cell in ("true", "false") else cell[:1].isalpha()].append(place)
    a, b = chance.sample(chance.choice([places for places in kinds.values() if len(places) > 1]), 2)
    for row in table.rows:
        row[a], row[b] = row[b], row[a]


def double_with_spaces(table, chance):
    row = chance.choice(table.rows)
    table.rows.append([f"{cell}{chance.choice(SPACES)}" if cell else cell for cell in row])


SHAPES = [
    ("two columns of a type are exchanged", False, exchange_columns),
    ("a row is doubled with other spaces", True, double_with_spaces),
    ("two cells of a column are exchanged", False, exchange_cells),
    ("a row is dropped", False, lambda table, chance: table.rows.pop(chance.randrange(len(table.rows)))),
    ("a row is doubled", True, lambda table, chance: table.rows.append(chance.choice(table.rows))),
    ("two rows are exchanged", False, lambda table, chance: exchange(table.rows, chance)),
    ("a row is cut short", True, lambda table, chance: chance.choice(table.rows).pop()),
    ("a row is shifted by a cell", False, shift_row),
    ("offsets are moved by one", False, move_offsets),
    ("a column is dropped", True, in_every_line(lambda line, chance: line.pop(chance.randrange(len(line))))),
    ("a column is doubled", True, in_every_line(lambda line, chance: line.append(chance.choice(line)))),
    ("two columns are moved", True, in_every_line(exchange)),
    ("two names of columns are exchanged", True, lambda table, chance: exchange(table.header, chance)),
]


def shapes(change: Callable) -> Callable:
    def damage(path: Path, chance: random.Random) -> bool:
        before, table = path.read_bytes(), Table(path)
        if len(table.rows) > 1:
            change(table, chance)
            table.write(path)
        return path.read_bytes() != before

    return damage


# Whole files: from the old bytes to the new ones

FILES = [
    ("it is emptied", True, lambda raw, chance: b""),
    ("its header alone is left", False, lambda raw, chance: raw[: raw.index(b"\n") + 1]),
    ("it is cut at a byte", False, lambda raw, chance: raw[: chance.randrange(1, len(raw) - 1)]),
    ("it is cut after a line", False, lambda raw, chance: raw[: raw.rindex(b"\n", 0, -1) + 1]),
    ("it is in UTF-16", True, lambda raw, chance: raw.decode().encode("utf-16")),
    ("it has a byte order mark", True, lambda raw, chance: b"\xef\xbb\xbf" + raw),
    ("it has the line ends of Windows", True, lambda raw, chance: raw.replace(b"\n", b"\r\n")),
    ("its last line does not end", True, lambda raw, chance: raw[:-1]),
    ("its characters are decomposed", False, lambda raw, chance: unicodedata.normalize("NFD", raw.decode()).encode()),
    ("it has semicolons for commas", True, lambda raw, chance: raw.replace(b",", b";")),
]
BESIDE = [
    ("a character is replaced", False, lambda raw, chance: bytes([raw[0] ^ 1]) + raw[1:]),
    ("a line is dropped", False, lambda raw, chance: raw[raw.index(b"\n") + 1 :]),
]


def files(change: Callable) -> Callable:
    def damage(path: Path, chance: random.Random) -> bool:
        raw = path.read_bytes()
        path.write_bytes(change(raw, chance))
        return path.read_bytes() != raw

    return damage


def paths(change: Callable) -> Callable:
    return lambda path, chance: change(path, chance) is None or True


PATHS = [
    ("it is missing", lambda path, chance: path.unlink()),
    ("it is called otherwise", lambda path, chance: path.rename(path.with_name(f"{path.name}.old"))),
    ("it is a link to itself", lambda path, chance: path.unlink() or path.symlink_to(path.name)),
    ("it is a link", lambda path, chance: path.symlink_to(path.rename(path.parents[1] / f"moved-{path.name}"))),
    ("a copy of it is added", lambda path, chance: shutil.copy(path, path.with_name(f"{path.name}.copy"))),
]


# The descriptor: each changes the package in place; whatever differs from the schema of the library is refused


def field(package, chance, rule=None):
    fields = [its for resource in package["resources"] for its in resource["schema"]["fields"]]
    return chance.choice([its for its in fields if rule is None or rule in its.get("constraints", {})])


def schema(package, chance):
    return chance.choice([its["schema"] for its in package["resources"] if its["schema"].get("foreignKeys")])


def alike(its, word):
    its[word] = its[word].translate(ALIKE)


DESCRIPTOR = [
    ("a rule is dropped", True, lambda p, chance: field(p, chance, "required")["constraints"].pop("required")),
    ("an allowed value is dropped", True, lambda p, chance: field(p, chance, "enum")["constraints"]["enum"].pop()),
    ("a value is allowed", True, lambda p, chance: field(p, chance, "enum")["constraints"]["enum"].append("other")),
    ("a pattern is loosened", True, lambda p, chance: field(p, chance, "pattern")["constraints"].update(pattern=".*")),
    ("a name is in letters of another script", True, lambda p, chance: alike(field(p, chance), "name")),
    ("a table is in letters of another script", True, lambda p, chance: alike(chance.choice(p["resources"]), "name")),
    ("a field is retyped", True, lambda p, chance: field(p, chance).update(type="time")),
    ("a field is renamed", True, lambda p, chance: field(p, chance).update(name="other")),
    ("a foreign key is dropped", True, lambda p, chance: schema(p, chance)["foreignKeys"].pop()),
    ("the primary key is dropped", True, lambda p, chance: schema(p, chance).pop("primaryKey")),
    ("a description is another", False, lambda p, chance: field(p, chance).update(description="Other.")),
    ("a table is dropped", True, lambda p, chance: p["resources"].pop(chance.randrange(len(p["resources"])))),
    ("a path leads out", True, lambda p, chance: chance.choice(p["resources"]).update(path="../reports.csv")),
]


def descriptors(change: Callable) -> Callable:
    def damage(path: Path, chance: random.Random) -> bool:
        package = json.loads(path.read_text("utf-8"))
        change(package, chance)
        path.write_text(json.dumps(package, ensure_ascii=False, indent=1), "utf-8")
        return package != PACKAGE

    return damage


def mutations(each: int = 2) -> list[Mutation]:
    """Mutations of every kind, ``each`` of it, in files drawn with the seed."""
    tables, readings = ([name for name in SCHEMAS if ("/" in name) == of_reading] for of_reading in (False, True))
    names = sorted(path.relative_to(DATA).as_posix() for path in DATA.rglob("*") if path.is_file())
    beside = [name for name in names if name not in (*tables, "datapackage.json", hashes.NAME)]
    kinds = [(kind, refused, tables, cells(of, change)) for kind, refused, of, change in CELLS]
    kinds += [
        (f"of a reading: {kind}", refused, readings, cells(of, change)) for kind, refused, of, change in CELLS[:7]
    ]
    kinds += [(kind, refused, tables, shapes(change)) for kind, refused, change in SHAPES]
    kinds += [(kind, refused, tables, files(change)) for kind, refused, change in FILES]
    kinds += [(kind, refused, beside, files(change)) for kind, refused, change in BESIDE]
    kinds += [(kind, False, [*tables, *beside], paths(change)) for kind, change in PATHS]
    kinds += [(kind, refused, ["datapackage.json"], descriptors(change)) for kind, refused, change in DESCRIPTOR]
    return [Mutation(*kind, number) for kind in kinds for number in range(1, each + 1)]
