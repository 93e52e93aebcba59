"""Every rule of the schema, failed once: a clear error names the place, and nothing is loaded.

The cases are rows of ``broken_data.csv``: what is done to a copy of the data, and the fault that has to be named.
"""

import csv
import json
import os
import pickle
import re
from pathlib import Path

import pytest

import unreplies as ur

with open(Path(__file__).with_suffix("").with_name("broken_data.csv"), encoding="utf-8", newline="") as file:
    BROKEN = list(csv.DictReader(file))


def put(folder, table, row, column, value):
    """Put a value into a cell; rows are counted from 1."""
    path = folder / f"{table}.csv"
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    rows[row][rows[0].index(column)] = value
    with open(path, "w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def replace(path, old, new, count=1):
    path.write_bytes(path.read_bytes().replace(old.encode(), new.encode(), count))


def spoil(folder, case):
    """Do to the copy what the case says."""
    path, at, to = folder / f"{case['table']}.csv", case["at"], case["to"]
    plain = to.replace(r"\n", "\n").replace(r"\r", "\r").replace(r"\t", "\t").replace(r"\0", "\0")
    match case["do"]:
        case "cell":
            row, column = at.split(" ")
            put(folder, case["table"], int(row), column, to)
        case "first":
            replace(path, at.replace(r"\n", "\n"), plain)
        case "bytes":
            path.write_bytes(re.sub(at, plain, path.read_text("utf-8"), flags=re.DOTALL).encode())
        case "double":
            lines = path.read_text("utf-8").split("\n")
            lines.insert(int(at) + 1, lines[int(at)])
            path.write_bytes("\n".join(lines).encode())
        case "append":
            path.write_bytes(path.read_bytes() + bytes.fromhex(at))
        case "prepend":
            path.write_bytes(bytes.fromhex(at) + path.read_bytes())
        case "encode":
            path.write_bytes(path.read_text("utf-8").encode(at))
        case "cut":
            path.write_bytes(path.read_bytes()[: -int(at)])
        case _:
            put_in_its_place(path, case["do"])


def put_in_its_place(path, what):
    """Something in place of the file, or nothing."""
    outside = path.parent.parent / path.name
    path.rename(outside)
    if what == "folder":
        path.mkdir()
    elif what == "pipe":
        os.mkfifo(path)
    elif what == "link":
        path.symlink_to(outside)
    elif what == "huge":
        with open(path, "wb") as file:
            file.truncate(10**12)  # a file of holes, which takes no room
    else:
        assert what == "delete"


@pytest.mark.parametrize("case", BROKEN, ids=lambda case: case["case"])
def test_each_rule_that_fails_is_named_and_nothing_loads(copy, case):
    spoil(copy, case)
    with pytest.raises(ur.DataError) as caught:
        ur.load(copy)
    table, row = case["table"], int(case["row"]) if case["row"] else None
    fault = next(f for f in caught.value.faults if f.rule == case["rule"] and f.table == table)
    assert (fault.row, fault.column, fault.value) == (row, case["column"], case["value"])
    assert fault.message
    message = str(caught.value)
    assert table in message
    if row is not None:
        assert f"row {row} (line {fault.line})" in message
        if "," not in case["column"] and case["do"] == "cell":
            assert case["value"][:9] in (copy / f"{table}.csv").read_text("utf-8").split("\n")[fault.line - 1]


@pytest.mark.parametrize(
    "case", [case for case in BROKEN if case["frictionless"] == "yes"], ids=lambda case: case["case"]
)
def test_frictionless_refuses_it_too(copy, case):
    from frictionless import Package

    package = json.loads((copy / "datapackage.json").read_text("utf-8"))
    wanted, before = {case["table"]}, set()
    while wanted != before:  # the table, and whatever it refers to
        before = set(wanted)
        for resource in package["resources"]:
            if resource["name"] in before:
                wanted |= {key["reference"]["resource"] for key in resource["schema"].get("foreignKeys", [])} - {""}
    package["resources"] = [r for r in package["resources"] if r["name"] in wanted]
    (copy / "datapackage.json").write_text(json.dumps(package), "utf-8")
    assert Package(str(copy / "datapackage.json")).validate().valid
    spoil(copy, case)
    assert not Package(str(copy / "datapackage.json")).validate().valid


def test_frictionless_accepts_the_data(copy):
    from frictionless import Package

    report = Package(str(copy / "datapackage.json")).validate()
    assert report.valid, report.flatten(["name", "rowNumber", "fieldName", "message"])


def test_all_faults_are_listed_not_only_the_first(copy):
    put(copy, "measures", 3, "status", "done")
    put(copy, "replies", 5, "position", "five")
    put(copy, "events", 2, "date", "2011-02-30")
    put(copy, "actors", 1, "parent_id", "nowhere")
    with pytest.raises(ur.DataError, match="4 faults in the data") as caught:
        ur.load(copy)
    assert [f.table for f in caught.value.faults] == ["actors", "replies", "measures", "events"]


def test_a_row_of_the_wrong_width_hides_no_other_fault(copy):
    replace(copy / "event_actors.csv", ",organizer\n", "\n")
    replace(copy / "event_actors.csv", ",participant\n", ",guest\n")
    with pytest.raises(ur.DataError) as caught:
        ur.load(copy)
    assert {f.rule for f in caught.value.faults if f.table == "event_actors"} == {"csv", "enum"}


def test_a_quotation_mark_that_is_quoted_is_data(copy):
    replace(copy / "states.csv", "Angola", '"Ang""ola"')
    assert 'Ang"ola' in set(ur.load(copy).states["name_en"])


@pytest.mark.parametrize(
    ("table", "column", "value", "message"),
    [
        ("states", "name_en", "Ch\u0430d", r"'Ch\u0430d' fails type: text has .*not U+0430 CYRILLIC SMALL LETTER A"),
        ("states", "name_en", "Ch\u200bad", r"'Ch\u200bad' fails type: text has .*not U+200B ZERO WIDTH SPACE"),
        ("states", "name_en", "New\u00a0Zealand", r"'New\xa0Zealand' fails type: .*U+00A0 NO-BREAK SPACE"),
        ("states", "name_en", "Cha\u0301d", r"'Cha\u0301d' fails type: .*U+0301 COMBINING ACUTE ACCENT"),
        ("actors", "name_zh", "东京（", r"'东京\uff08' fails type: .*U+FF08 FULLWIDTH LEFT PARENTHESIS"),
        ("passages", "gist_en", "x" * 90 + "\n", r"fails type: .* not U+000A"),
        ("states", "name_en", "New  Zealand", "'New  Zealand' fails type: a space at an end, or two together"),
        ("states", "iso3", "\uff21FG", r"'\uff21FG' fails pattern: must match ^[A-Z]{3}$"),
        ("measures", "status", "in_plac\u0435", r"'in_plac\u0435' fails enum: allowed are in_place, "),
        ("quantities", "value", "\uff15", r"'\uff15' fails type: not a number"),
        ("events", "date", "2011-03-0\uff19", r"'2011-03-0\uff19' fails type: not an ISO 8601 date"),
    ],
)
def test_a_sign_that_cannot_be_told_apart_is_spelled(copy, table, column, value, message):
    put(copy, table, 1, column, value)
    with pytest.raises(ur.DataError, match=re.escape(message).replace(r"\.\*", ".*")) as caught:
        ur.load(copy)
    assert f"{table}, row 1 (line 2), column {column}: " in str(caught.value)


def test_a_column_in_letters_of_another_script_is_spelled(copy):
    replace(copy / "measures.csv", "status", "st\u0430tus")
    with pytest.raises(ur.DataError, match=r"missing: status; not in the descriptor: st\\u0430tus"):
        ur.load(copy)


@pytest.mark.parametrize("name", ["Łódź", "Đà Nẵng", "São Tomé’s “Ilhéu” – 50 % · 3 €", "东京、《〇》(1)", "ğış"])
def test_names_of_many_languages_are_text(copy, name):
    put(copy, "actors", 1, "name_en", name)
    assert ur.load(copy).actors["name_en"][0] == name


def test_an_added_column_may_say_anything(copy):
    path = copy / "reports.csv"
    header, row, _ = path.read_text("utf-8").split("\n")
    path.write_text(f"{header},note_ru\n{row}, О\u0301 докладе\n", "utf-8")
    change(copy, lambda p: p["resources"][0]["schema"]["fields"].append({"name": "note_ru", "type": "string"}))
    assert ur.load(copy).reports["note_ru"][0] == " О\u0301 докладе"


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("x" * 200_000 + "\n", "row 1 (line 2)"),
        (f'a,b,c,"{"x" * 200_000}"\n', "row 1 (line 2)"),
        (",\n" * 50_000, "50000 faults"),
        (",\n" * 50_001, "measures.csv has more than 50,000 rows"),
    ],
    ids=["a line without end", "a cell without end", "rows without sense", "rows without end"],
)
def test_what_is_longer_than_any_data_is_refused(copy, rows, message):
    path = copy / "measures.csv"
    path.write_text(path.read_text("utf-8").split("\n")[0] + "\n" + rows, "utf-8")
    with pytest.raises(ur.DataError) as caught:
        ur.load(copy)
    assert message in str(caught.value)
    assert len(str(caught.value)) < 5_000


def test_errors_survive_a_process_pool(copy):
    put(copy, "measures", 3, "status", "done")
    with pytest.raises(ur.DataError) as caught:
        ur.load(copy)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
    unknown = ur.UnknownName("table", "measure", ["measures"])
    assert str(pickle.loads(pickle.dumps(unknown))) == str(unknown)


def test_more_than_a_hundred_faults_of_a_kind_are_summed_up(copy):
    replace(copy / "passage_places.csv", "-", "_", -1)
    with pytest.raises(ur.DataError) as caught:
        ur.load(copy)
    assert len(caught.value.faults) > 200
    lines = str(caught.value).split("\n")
    assert len(lines) < 20
    assert lines[-1].startswith("... and ")


def change(folder, do):
    path = folder / "datapackage.json"
    package = json.loads(path.read_text("utf-8"))
    do(package)
    path.write_text(json.dumps(package), "utf-8")


def field(package):
    return package["resources"][0]["schema"]["fields"][0]


def foreign_key(package):
    return next(r for r in package["resources"] if r["name"] == "memberships")["schema"]["foreignKeys"][0]


def set_path(path):
    return lambda package: package["resources"][0].update(path=path)


PATHS = [
    "../reports.csv",
    "/etc/passwd",
    ["reports.csv"],
    "..",
    "..\\reports.csv",
    "C:reports.csv",
    "https://example.org/x.csv",
    "",
]
#: What is changed in the descriptor of a copy, so that it says other than the schema of the library.
OTHER = {
    "no resources": lambda p: p.pop("resources"),
    "no schema": lambda p: p["resources"][0].pop("schema"),
    "a table twice": lambda p: p["resources"][1].update(name="reports"),
    "a table more": lambda p: p["resources"].append({**p["resources"][0], "name": "more"}),
    "a table less": lambda p: p["resources"].pop(0),
    "a field less": lambda p: p["resources"][0]["schema"]["fields"].pop(),
    "no key": lambda p: p["resources"][0]["schema"].pop("primaryKey"),
    "another key": lambda p: p["resources"][0]["schema"].update(primaryKey="nothing"),
    "a type that nobody knows": lambda p: field(p).update(type="integr"),
    "a rule that nobody knows": lambda p: field(p).update(constraints={"minLength": 3}),
    "a pattern that never ends": lambda p: field(p)["constraints"].update(pattern="(a+)+$"),
    "an enum that is no list": lambda p: field(p)["constraints"].update(enum=3),
    "a foreign key of another field": lambda p: foreign_key(p).update(fields="nothing"),
    "a foreign key to no table": lambda p: foreign_key(p)["reference"].update(resource="nowhere"),
    "a foreign key without its partner": lambda p: foreign_key(p)["reference"].update(fields=["actor_id", "iso3"]),
    "no title": lambda p: p.pop("title"),
    "a title that is no text": lambda p: p.update(title=3),
    "no licence": lambda p: p.update(licenses=[]),
    "a nameless author": lambda p: p.update(contributors=[{}]),
    **{f"the path {path}": set_path(path) for path in PATHS},
}


@pytest.mark.parametrize("do", OTHER.values(), ids=OTHER)
def test_a_descriptor_that_says_other_than_the_schema_is_refused(copy, do):
    change(copy, do)
    with pytest.raises(ur.DataError) as caught:
        ur.load(copy)
    assert {fault.rule for fault in caught.value.faults} == {"descriptor"}


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (None, "file"),
        (b"{", "json"),
        (b"\xff\xfe", "encoding"),
        (b"[]", "descriptor"),
        (b'{"resources": 1}', "descriptor"),
        (b"[" * 100_000, "json"),
        (b'{"version": ' + b"1" * 10_000 + b"}", "descriptor"),
    ],
    ids=["missing", "cut", "encoding", "a list", "a number for tables", "nested without end", "a number without end"],
)
def test_a_descriptor_that_cannot_be_read_is_refused(copy, content, rule):
    (copy / "datapackage.json").unlink()
    if content is not None:
        (copy / "datapackage.json").write_bytes(content)
    with pytest.raises(ur.DataError) as caught:
        ur.load(copy)
    assert caught.value.faults[0].rule == rule


def test_data_of_another_version_says_which_library_reads_it(copy):
    change(copy, lambda p: (p.update(version="0.1.0"), p["resources"].pop(0)))
    with pytest.raises(ur.DataError, match=r"'0\.1\.0' fails descriptor: this library reads"):
        ur.load(copy)


def test_titles_order_and_the_spelling_of_version_2_are_no_differences(copy, ds):
    def respell(package):
        package.pop("profile")
        package["$schema"] = "https://datapackage.org/profiles/2.0/datapackage.json"
        package["resources"].reverse()
        for resource in package["resources"]:
            resource.update(type="table", title="Another title")
            resource.pop("profile")
            for key in resource["schema"].get("foreignKeys", []):
                key["fields"] = [key["fields"]] if isinstance(key["fields"], str) else key["fields"]
                if key["reference"]["resource"] == "":
                    del key["reference"]["resource"]

    change(copy, respell)
    assert {name: len(frame) for name, frame in ur.load(copy).items()} == {name: len(ds[name]) for name in ds}


def test_an_added_column_stays_as_text_and_validate_names_it(copy, ds):
    path = copy / "reports.csv"
    header, row, _ = path.read_text("utf-8").split("\n")
    path.write_text(f"{header},shelf\n{row},A 7\n", "utf-8")
    change(copy, lambda p: p["resources"][0]["schema"]["fields"].append({"name": "shelf", "type": "string"}))
    assert ur.load(copy).reports["shelf"].to_list() == ["A 7"]
    assert ur.load(copy).codebook("reports")["field"].to_list()[-1] == "shelf"
    with pytest.raises(ur.DataError, match="reports, column shelf: '' fails descriptor: added to this copy"):
        ur.validate(copy)


def test_a_folder_that_does_not_exist(tmp_path):
    with pytest.raises(ur.DataError, match="not found in"):
        ur.load(tmp_path / "nowhere")
