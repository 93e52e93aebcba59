"""Every rule of the descriptor, broken once: a clear error names the place, and nothing is loaded."""

import json
import pickle

import pytest

import unreplies as ur


def lines(folder, table):
    return (folder / f"{table}.csv").read_text("utf-8").split("\n")


def write(folder, table, text):
    (folder / f"{table}.csv").write_text("\n".join(text) if isinstance(text, list) else text, "utf-8", newline="")


def cell(table, row, column, value):
    """A spoiler that puts a value into a cell (row counted from 1)."""

    def spoil(folder):
        import csv

        with open(folder / f"{table}.csv", encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
        rows[row][rows[0].index(column)] = value
        with open(folder / f"{table}.csv", "w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)

    return spoil


def bytes_of(table, change):
    def spoil(folder):
        path = folder / f"{table}.csv"
        path.write_bytes(change(path.read_bytes()))

    return spoil


def text_of(table, change):
    return bytes_of(table, lambda raw: change(raw.decode("utf-8")).encode("utf-8"))


def doubled(table, row):
    def spoil(folder):
        text = lines(folder, table)
        write(folder, table, [*text[: row + 1], *text[row:]])

    return spoil


# (name, what is done to the copy, table, row, column, value, rule); frictionless finds those marked True as well
BROKEN = [
    ("missing file", lambda f: (f / "measures.csv").unlink(), "measures", None, "", "", "file", True),
    (
        "a folder instead of a file",
        lambda f: [(f / "events.csv").unlink(), (f / "events.csv").mkdir()],
        "events",
        None,
        "",
        "",
        "file",
        True,
    ),
    ("empty file", bytes_of("events", lambda raw: b""), "events", None, "", "", "header", True),
    (
        "missing column",
        text_of("actors", lambda t: "\n".join(x.rpartition(",")[0] for x in t.split("\n")[:-1]) + "\n"),
        "actors",
        None,
        "",
        "",
        "header",
        True,
    ),
    ("added column", text_of("measures", lambda t: t.replace("\n", ",x\n")), "measures", None, "", "", "header", True),
    (
        "misspelled column",
        text_of("measures", lambda t: t.replace("status", "state", 1)),
        "measures",
        None,
        "",
        "",
        "header",
        True,
    ),
    (
        "columns exchanged",
        text_of("event_actors", lambda t: t.replace("event_id,actor_id", "actor_id,event_id", 1)),
        "event_actors",
        None,
        "",
        "",
        "header",
        True,
    ),
    (
        "row too short",
        text_of("event_actors", lambda t: t.replace(",organizer\n", "\n", 1)),
        "event_actors",
        1,
        "",
        "",
        "csv",
        True,
    ),
    (
        "row too long",
        text_of("event_actors", lambda t: t.replace(",organizer\n", ",organizer,x\n", 1)),
        "event_actors",
        1,
        "",
        "",
        "csv",
        True,
    ),
    ("unknown value", cell("measures", 3, "status", "done"), "measures", 3, "status", "done", "enum", True),
    (
        "value with a space",
        cell("measures", 4, "level", "national "),
        "measures",
        4,
        "level",
        "national ",
        "enum",
        True,
    ),
    ("required cell empty", cell("replies", 2, "form", ""), "replies", 2, "form", "", "required", True),
    ("wrong type, integer", cell("replies", 5, "position", "five"), "replies", 5, "position", "five", "type", True),
    (
        "wrong type, integer with a point",
        cell("passages", 5, "n_chars", "116.5"),
        "passages",
        5,
        "n_chars",
        "116.5",
        "type",
        True,
    ),
    ("wrong type, number", cell("quantities", 1, "value", "many"), "quantities", 1, "value", "many", "type", True),
    ("not a number", cell("quantities", 1, "value", "nan"), "quantities", 1, "value", "nan", "type", False),
    ("wrong type, flag", cell("passages", 7, "nuclear", "yes"), "passages", 7, "nuclear", "yes", "type", True),
    ("flag in capitals", cell("instruments", 7, "nuclear", "TRUE"), "instruments", 7, "nuclear", "TRUE", "type", False),
    (
        "an integer written in two ways",
        cell("replies", 5, "position", "05"),
        "replies",
        5,
        "position",
        "05",
        "type",
        False,
    ),
    ("digits of another script", cell("replies", 5, "position", "５"), "replies", 5, "position", "５", "type", False),
    (
        "a number that no number type holds",
        cell("quantities", 1, "value", "9" * 400),
        "quantities",
        1,
        "value",
        "9" * 400,
        "type",
        False,
    ),
    ("no such day", cell("replies", 9, "dated", "2011-02-30"), "replies", 9, "dated", "2011-02-30", "type", True),
    (
        "date the other way round",
        cell("events", 2, "date", "09/03/2011"),
        "events",
        2,
        "date",
        "09/03/2011",
        "type",
        True,
    ),
    ("month without a day", cell("events", 2, "date", "2011-03"), "events", 2, "date", "2011-03", "type", True),
    ("pattern", cell("states", 1, "m49", "4"), "states", 1, "m49", "4", "pattern", True),
    ("pattern of a hash", cell("passages", 1, "sha256", "ABC"), "passages", 1, "sha256", "ABC", "pattern", True),
    ("below the minimum", cell("quantities", 1, "value", "-1"), "quantities", 1, "value", "-1", "minimum", True),
    (
        "date below the minimum",
        cell("states", 1, "admitted", "1919-01-10"),
        "states",
        1,
        "admitted",
        "1919-01-10",
        "minimum",
        True,
    ),
    (
        "above the maximum",
        cell("states", 1, "admitted", "2011-07-14"),
        "states",
        1,
        "admitted",
        "2011-07-14",
        "maximum",
        True,
    ),
    ("unique value twice", cell("states", 2, "m49", "004"), "states", 2, "m49", "004", "unique", True),
    ("key twice", doubled("replies", 3), "replies", 4, "reply_id", "slv", "primaryKey", True),
    ("composite key twice", doubled("measures", 5), "measures", 6, "passage_id, category", None, "primaryKey", True),
    ("key empty", cell("events", 1, "event_id", ""), "events", 1, "event_id", "", "required", True),
    (
        "dangling key",
        cell("instrument_mentions", 1, "instrument_id", "nowhere"),
        "instrument_mentions",
        1,
        "instrument_id",
        "nowhere",
        "foreignKeys",
        True,
    ),
    (
        "dangling key to its own table",
        cell("actors", 1, "parent_id", "nowhere"),
        "actors",
        1,
        "parent_id",
        "nowhere",
        "foreignKeys",
        True,
    ),
    (
        "dangling key of a passage",
        cell("measures", 1, "passage_id", "zzz.99"),
        "measures",
        1,
        "passage_id",
        "zzz.99",
        "foreignKeys",
        True,
    ),
    (
        "bad encoding",
        bytes_of("anomalies", lambda raw: raw + "é".encode("latin-1") + b"\n"),
        "anomalies",
        None,
        "",
        "",
        "encoding",
        True,
    ),
    (
        "another encoding",
        bytes_of("actors", lambda raw: raw.decode("utf-8").encode("utf-16")),
        "actors",
        None,
        "",
        "",
        "encoding",
        True,
    ),
    (
        "a byte order mark",
        bytes_of("replies", lambda raw: b"\xef\xbb\xbf" + raw),
        "replies",
        None,
        "",
        "",
        "encoding",
        False,
    ),
    (
        "Windows line ends",
        bytes_of("replies", lambda raw: raw.replace(b"\n", b"\r\n")),
        "replies",
        None,
        "",
        "",
        "csv",
        False,
    ),
    (
        "a NUL character",
        bytes_of("replies", lambda raw: raw.replace(b"chl", b"c\0l", 1)),
        "replies",
        None,
        "",
        "",
        "csv",
        False,
    ),
    (
        "a stray quote that opens",
        text_of("replies", lambda t: t.replace("chl,", '"chl,', 1)),
        "replies",
        2,
        "reply_id",
        '"chl',
        "csv",
        True,
    ),
    (
        "a stray quote inside",
        text_of("states", lambda t: t.replace("Angola", 'Ang"ola', 1)),
        "states",
        2,
        "name_en",
        'Ang"ola',
        "csv",
        False,
    ),
    (
        "cut in the middle",
        bytes_of("measures", lambda raw: raw[: len(raw) - 7]),
        "measures",
        None,
        "",
        "",
        "csv",
        False,
    ),
]


@pytest.mark.parametrize(
    ("spoil", "table", "row", "column", "value", "rule"),
    [case[1:7] for case in BROKEN],
    ids=[case[0] for case in BROKEN],
)
def test_each_broken_rule_is_named_and_nothing_loads(copy, spoil, table, row, column, value, rule):
    spoil(copy)
    with pytest.raises(ur.DataError) as caught:
        ur.load(copy)
    fault = next(f for f in caught.value.faults if f.rule == rule and f.table == table)
    assert (fault.row, fault.column) == (row, column)
    if value is not None:
        assert fault.value == value
    message = str(caught.value)
    assert table in message
    if row is not None:
        assert f"row {row}" in message
    assert fault.message


FRICTIONLESS = [case for case in BROKEN if case[7]]


@pytest.mark.parametrize(
    ("spoil", "table"), [case[1:3] for case in FRICTIONLESS], ids=[case[0] for case in FRICTIONLESS]
)
def test_frictionless_refuses_it_too(copy, spoil, table):
    from frictionless import Package

    package = json.loads((copy / "datapackage.json").read_text("utf-8"))
    wanted, before = {table}, set()
    while wanted != before:  # the table, and whatever it refers to
        before = set(wanted)
        for resource in package["resources"]:
            if resource["name"] in before:
                wanted |= {key["reference"]["resource"] for key in resource["schema"].get("foreignKeys", [])} - {""}
    package["resources"] = [r for r in package["resources"] if r["name"] in wanted]
    (copy / "datapackage.json").write_text(json.dumps(package), "utf-8")
    assert Package(str(copy / "datapackage.json")).validate().valid
    spoil(copy)
    assert not Package(str(copy / "datapackage.json")).validate().valid


def test_frictionless_accepts_the_data(copy):
    from frictionless import Package

    report = Package(str(copy / "datapackage.json")).validate()
    assert report.valid, report.flatten(["name", "rowNumber", "fieldName", "message"])


def test_all_faults_are_listed_not_only_the_first(copy):
    cell("measures", 3, "status", "done")(copy)
    cell("replies", 5, "position", "five")(copy)
    cell("events", 2, "date", "2011-02-30")(copy)
    cell("actors", 1, "parent_id", "nowhere")(copy)
    with pytest.raises(ur.DataError, match="4 faults in the data") as caught:
        ur.load(copy)
    assert [f.table for f in caught.value.faults] == ["replies", "measures", "events", "actors"]


def test_a_row_of_the_wrong_width_hides_no_other_fault(copy):
    text_of("event_actors", lambda t: t.replace(",organizer\n", "\n", 1))(copy)
    path = copy / "event_actors.csv"
    path.write_text(path.read_text("utf-8").replace(",participant\n", ",guest\n", 1), "utf-8")
    with pytest.raises(ur.DataError) as caught:
        ur.load(copy)
    assert {f.rule for f in caught.value.faults if f.table == "event_actors"} == {"csv", "enum"}


def test_a_quotation_mark_that_is_quoted_is_data(copy):
    text_of("states", lambda t: t.replace("Angola", '"Ang""ola"', 1))(copy)
    assert 'Ang"ola' in set(ur.load(copy).states["name_en"])


def test_errors_survive_a_process_pool(copy):
    cell("measures", 3, "status", "done")(copy)
    with pytest.raises(ur.DataError) as caught:
        ur.load(copy)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
    unknown = ur.UnknownName("table", "measure", ["measures"])
    assert str(pickle.loads(pickle.dumps(unknown))) == str(unknown)


def descriptor(change):
    def spoil(folder):
        path = folder / "datapackage.json"
        package = json.loads(path.read_text("utf-8"))
        change(package)
        path.write_text(json.dumps(package), "utf-8")

    return spoil


def field(package):
    return package["resources"][0]["schema"]["fields"][0]


def foreign_key(package):
    return next(r for r in package["resources"] if r["name"] == "memberships")["schema"]["foreignKeys"][0]


def linked(folder):
    outside = folder.parent / "reports.csv"
    (folder / "reports.csv").rename(outside)
    (folder / "reports.csv").symlink_to(outside)


@pytest.mark.parametrize(
    ("spoil", "rule"),
    [
        (lambda f: (f / "datapackage.json").unlink(), "file"),
        (lambda f: (f / "datapackage.json").write_text("{", "utf-8"), "json"),
        (lambda f: (f / "datapackage.json").write_bytes(b"\xff\xfe"), "encoding"),
        (lambda f: (f / "datapackage.json").write_text("[]", "utf-8"), "descriptor"),
        (descriptor(lambda p: p.pop("resources")), "descriptor"),
        (descriptor(lambda p: p["resources"][0].pop("schema")), "descriptor"),
        (descriptor(lambda p: p["resources"][0].update(path="../reports.csv")), "file"),
        (descriptor(lambda p: p["resources"][0].update(path="/etc/passwd")), "file"),
        (descriptor(lambda p: p["resources"][0].update(path=["reports.csv"])), "file"),
        (descriptor(lambda p: p["resources"][0].update(path="..")), "file"),
        (descriptor(lambda p: p["resources"][0].update(path="..\\reports.csv")), "file"),
        (descriptor(lambda p: p["resources"][0].update(path="C:reports.csv")), "file"),
        (descriptor(lambda p: p["resources"][0].update(path="https://example.org/reports.csv")), "file"),
        (descriptor(lambda p: p["resources"][0].update(path="")), "file"),
        (linked, "file"),
        (descriptor(lambda p: p["resources"][1].update(name="reports")), "descriptor"),
        (descriptor(lambda p: p["resources"][0]["schema"].pop("primaryKey")), "descriptor"),
        (descriptor(lambda p: p["resources"][0]["schema"].update(primaryKey="nothing")), "descriptor"),
        (descriptor(lambda p: field(p).update(type="integr")), "descriptor"),
        (descriptor(lambda p: field(p).update(constraints={"minLength": 3})), "descriptor"),
        (descriptor(lambda p: field(p).update(constraints={"pattern": "("})), "descriptor"),
        (descriptor(lambda p: field(p).update(constraints={"enum": ["a", "a"]})), "descriptor"),
        (descriptor(lambda p: foreign_key(p).update(fields="nothing")), "descriptor"),
        (descriptor(lambda p: foreign_key(p)["reference"].update(resource="nowhere")), "descriptor"),
        (descriptor(lambda p: foreign_key(p)["reference"].update(fields=["actor_id", "iso3"])), "descriptor"),
    ],
)
def test_a_broken_descriptor_is_refused(copy, spoil, rule):
    spoil(copy)
    with pytest.raises(ur.DataError) as caught:
        ur.load(copy)
    assert caught.value.faults[0].rule == rule


@pytest.mark.parametrize(
    "parents", [{"un": "un"}, {"un": "unsc"}, {"oas": "caricom", "caricom": "csto", "csto": "oas"}]
)
def test_no_row_is_its_own_ancestor(copy, parents):
    rows = [line.split(",")[0] for line in lines(copy, "actors")]
    for child, parent in parents.items():
        cell("actors", rows.index(child), "parent_id", parent)(copy)
    with pytest.raises(ur.DataError) as caught:
        ur.load(copy)
    ring = {*parents, *parents.values()}
    assert {(f.table, f.row, f.column, f.rule) for f in caught.value.faults} == {
        ("actors", rows.index(one), "parent_id", "foreignKeys") for one in ring
    }


def test_a_folder_that_does_not_exist(tmp_path):
    with pytest.raises(ur.DataError, match="not found in"):
        ur.load(tmp_path / "nowhere")
