"""Workbook, Parquet and SQLite: what comes back equals what went out, and nothing in it runs."""

import copy as copying
import csv
import datetime as dt
import errno
import functools
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import zipfile
from contextlib import closing
from importlib.util import find_spec

import openpyxl
import pandas as pd
import pytest
from conftest import ROOT

import unreplies as ur
from unreplies.__main__ import main

HOSTILE = [
    "=1+1",
    "=cmd|' /C calc'!A0",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\n=1",
    "#N/A",
    "'text",
    "007",
    "2011-06-03",
    "TRUE",
    " between spaces ",
    "<script>alert(1)</script>",
    "turned \u202e round",
    "Robert'); DROP TABLE passages; --",
    'a "quoted" one, with a comma\nand a line',
    "x" * 32_767,
]
WITH_PYARROW = pytest.mark.skipif(
    not find_spec("pyarrow"),
    reason="no pyarrow; make .venv-more/ready, then .venv-more/bin/python -m pytest tests/test_export.py",
)
FORMATS = ["xlsx", "sqlite", pytest.param("parquet", marks=WITH_PYARROW)]
#: The views for reading that stand behind the tables: who replied, and what has a respondent, with names for keys.
VIEWS = [
    "respondents",
    *(f"{table}_joined" for table in ("passages", "passage_places", "instrument_mentions")),
    *(f"{table}_joined" for table in ("actor_mentions", "measures", "events", "event_actors", "quantities")),
    *(f"{table}_joined" for table in ("anomalies", "audit_exclusions")),
]


def cells(ds, table):
    """The cells of the CSV file, typed by the descriptor, read without the library."""
    fields = next(r for r in ds.package["resources"] if r["name"] == table)["schema"]["fields"]
    types = {"integer": int, "number": float, "boolean": {"true": True, "false": False}.get, "string": str, "any": str}
    convert = [types.get(field["type"], dt.date.fromisoformat) for field in fields]
    with open(ds.folder / f"{table}.csv", encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    return header, [[None if c == "" else to(c) for to, c in zip(convert, row)] for row in rows]


def plain(cell):
    return cell.date() if isinstance(cell, dt.datetime) else cell


def sheet(book, table):
    header, *rows = book[table].iter_rows(values_only=True)
    return list(header), [[plain(cell) for cell in row] for row in rows]


@pytest.fixture
def hostile(copy):
    """A copy of the data with a gist of every kind that could run, break out or be taken for something else.

    As a column that says anything, for in text signs that nobody sees are refused.
    """
    ds = ur.load(copy)
    with open(copy / "passages.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    place = rows[0].index("gist_en")
    for row, text in zip(rows[1:], HOSTILE):
        row[place] = text
    with open(copy / "passages.csv", "w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
    gists = [*HOSTILE, *ds.passages["gist_en"][len(HOSTILE) :]]
    return changed(ds, with_any_gist(ds), passages=ds.passages.assign(gist_en=gists).astype({"gist_en": "str"}))


@pytest.fixture(scope="session")
def whole(ds, tmp_path_factory):
    """The export of all data in a format, made once."""
    return functools.cache(lambda to: ur.export(ds, to, tmp_path_factory.mktemp(to)))


def frame_of(ds, name):
    """What a table or view holds."""
    return ds[name] if name in ds else ds.respondents if name == "respondents" else ds.joined(name[: -len("_joined")])


def with_any_gist(ds):
    """The descriptor for gists that may be anything, as those of an added column."""
    package = copying.deepcopy(ds.package)
    schema = next(its["schema"] for its in package["resources"] if its["name"] == "passages")
    next(its for its in schema["fields"] if its["name"] == "gist_en")["type"] = "any"
    return package


def changed(ds, package=None, **frames):
    """The dataset as somebody might change it in memory, unchecked."""
    return ur.Dataset(ds.folder, package or ds.package, {**ds, **frames})


@pytest.mark.parametrize("data", ["ds", "hostile"])
def test_a_workbook_gives_back_every_cell(request, data, tmp_path):
    ds = request.getfixturevalue(data)
    book = openpyxl.load_workbook(ur.export(ds, "xlsx", tmp_path / "out"))
    assert book.sheetnames == ["about", "codebook", *ds, *VIEWS]
    for table in ds:
        got, want = sheet(book, table), cells(ds, table)
        assert got == want, table
        for row, wanted in zip(*(rows for _, rows in (got, want))):
            kinds = [float if type(c) is int else type(c) for c in row]  # a workbook knows one kind of number
            assert kinds == [float if type(c) is int else type(c) for c in wanted], table
    for view in VIEWS:
        header, rows = sheet(book, view)
        want = frame_of(ds, view)
        assert header == list(want.columns)
        days = [column for column, dtype in want.dtypes.items() if dtype.kind == "M"]
        want = want.assign(**{day: want[day].dt.date for day in days}).astype(object)
        assert rows == want.where(want.notna(), None).to_numpy().tolist(), view


def test_no_cell_of_a_workbook_is_a_formula(hostile, tmp_path):
    path = ur.export(hostile, "xlsx", tmp_path / "out")
    book = openpyxl.load_workbook(path)
    texts = 0
    for one in book:
        for row in one.iter_rows():
            for cell in row:
                assert cell.data_type in "snbd", (one.title, cell.coordinate)
                if isinstance(cell.value, str):
                    texts += 1
                    assert cell.data_type == "s"
                    assert cell.quotePrefix or cell.value[0].isalpha(), cell.value[:40]
    assert texts > 1000
    with zipfile.ZipFile(path) as parts:
        for name in parts.namelist():
            if "/worksheets/" in name:
                assert not re.search(rb"<f[ >]", parts.read(name)), name
        assert not [name for name in parts.namelist() if "vba" in name.lower() or "external" in name.lower()]


def test_a_workbook_explains_itself(ds, whole):
    book = openpyxl.load_workbook(whole("xlsx"))
    about = book["about"]
    text = "\n".join(str(cell.value) for row in about.iter_rows() for cell in row if cell.value is not None)
    for part in (ds.package["title"], ds.package["version"], "creativecommons.org/licenses/by/4.0", ur.cite(ds)):
        assert part in text
    links = {cell.value: cell.hyperlink.location for row in about.iter_rows() for cell in row if cell.hyperlink}
    assert links == {name: f"'{name}'!A1" for name in ["codebook", *ds, *VIEWS]}
    header, rows = sheet(book, "codebook")
    assert header[:3] == ["table", "field", "title"]
    described = [(r["name"], f["name"], f["title"]) for r in ds.package["resources"] for f in r["schema"]["fields"]]
    assert [tuple(row[:3]) for row in rows] == described
    for name in [*ds, *VIEWS]:
        one = book[name]
        assert one.freeze_panes == "B2"
        assert one.auto_filter.ref == one.dimensions
        assert all(8 <= its.width <= 61 for its in one.column_dimensions.values())
        assert all(cell.comment.text for cell in one[1])
        titles = ds.codebook(name)["title"] if name in ds else []
        assert all(cell.comment.text.startswith(title) for cell, title in zip(one[1], titles))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a\x1b[2J", r"a workbook cannot hold '\x1b'"),
        ("see _x000D_ there", "a workbook cannot hold '_x000D_'"),
        ("x" * 32_768, "holds 32,767 characters, not 32,768"),
    ],
)
def test_what_a_workbook_cannot_hold_is_refused(ds, tmp_path, text, message):
    gists = [ds.passages["gist_en"][0], text, *ds.passages["gist_en"][2:]]
    other = changed(ds, with_any_gist(ds), passages=ds.passages.assign(gist_en=gists))
    with pytest.raises(ur.DataError, match="passages, row 2, column gist_en: ") as caught:
        ur.export(other, "xlsx", tmp_path / "out")
    assert message in str(caught.value)
    assert "\x1b" not in str(caught.value)
    assert not any((tmp_path / "out").iterdir())
    with read(ur.export(other, "sqlite", tmp_path / "out")) as database:
        gist = database.execute("SELECT gist_en FROM passages LIMIT 1 OFFSET 1").fetchone()[0]
    assert gist == text, "SQLite holds it as it is"


def test_days_and_numbers_that_a_workbook_would_change_are_refused(ds, tmp_path):
    other = changed(
        ds,
        events=ds.events.assign(date=ds.events["date"].where(ds.events.index > 0, pd.Timestamp("1899-07-29"))),
        passages=ds.passages.assign(n_chars=ds.passages["n_chars"].where(ds.passages.index > 0, 2**53 + 1)),
    )
    with pytest.raises(ur.DataError) as caught:
        ur.export(other, "xlsx", tmp_path)
    faults = {(f.table, f.row, f.value) for f in caught.value.faults if f.table in ds}
    assert faults == {("events", 1, "1899-07-29"), ("passages", 1, "9007199254740993")}


@pytest.mark.parametrize("to", FORMATS)
def test_a_frame_that_was_changed_against_the_schema_is_refused(ds, tmp_path, to):
    """Frames may be changed at will in memory; what is written keeps the rules all the same."""
    measures = ds.measures.assign(status="done", extra=1)
    for frame, message in ((measures, "the columns must be"), (measures[list(ds.measures)], "'done' fails enum")):
        with pytest.raises(ur.DataError, match=message):
            ur.export(changed(ds, measures=frame), to, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def read(database):
    connection = sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)
    return closing(connection)


def tables_of(database):
    found = database.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY rowid").fetchall()
    return [name for (name,) in found]


@pytest.mark.parametrize("to", FORMATS)
def test_a_part_is_exported_as_the_whole_is(part, tmp_path, to):
    """Every table and view is there with the rows of the part, and the export says that it is a part."""
    path = ur.export(part, to, tmp_path)
    rows = {name: len(frame_of(part, name)) for name in [*part, *VIEWS]}
    if to == "xlsx":
        book = openpyxl.load_workbook(path)
        assert {name: book[name].max_row - 1 for name in rows} == rows
        assert "This is a part of them" in book["about"]["C2"].value
    elif to == "sqlite":
        with read(path) as database:
            counted = {name: database.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in rows}
            assert counted == rows
            assert database.execute("PRAGMA foreign_key_check").fetchall() == []
            assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert "This is a part of them" in database.execute("SELECT description FROM about").fetchone()[0]
    else:
        assert {one.stem: len(pd.read_parquet(one)) for one in path.iterdir()} == rows


def test_an_analyst_counts_respondents_without_looking_up_a_key(ds, whole):
    """One view gives what takes five tables: who is behind each kind of measure, and of how many."""
    with read(whole("sqlite")) as database:
        pivot = """
            SELECT category_label, count(DISTINCT CASE respondent_kind WHEN 'Member State' THEN respondent END),
                count(DISTINCT CASE respondent_kind WHEN 'organization' THEN respondent END)
            FROM measures_joined WHERE own_text GROUP BY category_label"""
        by_hand = """
            SELECT label, count(DISTINCT CASE WHEN actors.iso3 IS NOT NULL THEN reply_id END),
                count(DISTINCT CASE WHEN actors.iso3 IS NULL THEN reply_id END)
            FROM measures JOIN passages USING (passage_id) JOIN replies USING (reply_id)
                JOIN actors ON actor_id = reply_id JOIN measure_categories USING (category)
            WHERE replies.form <> 'not_reproduced' GROUP BY label"""
        counted = database.execute(pivot).fetchall()
        assert sorted(counted) == sorted(database.execute(by_hand).fetchall())
        ours = ds.count_respondents("measures", "category_label")
        columns = ["category_label", "member_states", "organizations"]
        assert sorted(counted) == sorted(ours[columns].itertuples(index=False, name=None))
        kinds = "SELECT respondent_kind, count(*) FROM respondents WHERE own_text GROUP BY respondent_kind"
        assert dict(database.execute(kinds)) == {"Member State": 8, "organization": 15}


def test_an_analyst_pivots_a_sheet_without_looking_up_a_key(ds, whole):
    measures = pd.read_excel(whole("xlsx"), sheet_name="measures_joined")
    reported = measures[measures["own_text"]].pivot_table("respondent", "category_label", "respondent_kind", "nunique")
    ours = ds.count_respondents("measures", "category_label").set_index("category_label")
    assert reported["Member State"].fillna(0).to_dict() == ours["member_states"].to_dict()
    assert reported["organization"].fillna(0).to_dict() == ours["organizations"].to_dict()


@pytest.mark.parametrize("data", ["ds", "hostile"])
def test_a_database_gives_back_every_cell(request, data, tmp_path):
    ds = request.getfixturevalue(data)
    with read(ur.export(ds, "sqlite", tmp_path / "out")) as database:
        assert tables_of(database) == [*ds, *VIEWS]
        for table in ds:
            cursor = database.execute(f'SELECT * FROM "{table}" ORDER BY rowid')
            header, rows = cells(ds, table)
            assert [column[0] for column in cursor.description] == header
            want = [[c.isoformat() if isinstance(c, dt.date) else c for c in row] for row in rows]
            assert [list(row) for row in cursor] == want, table
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert ur.cite(ds) == database.execute("SELECT citation FROM about").fetchone()[0]


def test_a_database_keeps_the_rules_of_the_descriptor(ds, whole):
    with read(whole("sqlite")) as database:
        for resource in ds.package["resources"]:
            table, schema = resource["name"], resource["schema"]
            info = database.execute(f'PRAGMA table_info("{table}")').fetchall()
            key = [row[1] for row in sorted(info, key=lambda row: row[5]) if row[5]]
            assert key == ([schema["primaryKey"]] if isinstance(schema["primaryKey"], str) else schema["primaryKey"])
            required = {f["name"] for f in schema["fields"] if f.get("constraints", {}).get("required")}
            assert {row[1] for row in info if row[3]} == required | set(key)
            refers = {(row[2], row[3], row[4]) for row in database.execute(f'PRAGMA foreign_key_list("{table}")')}
            assert refers == {
                (k["reference"]["resource"] or table, k["fields"], k["reference"]["fields"])
                for k in schema.get("foreignKeys", [])
            }
            schema_text = database.execute("SELECT sql FROM sqlite_master WHERE name = ?", [table]).fetchone()[0]
            assert resource["description"] in schema_text
            assert all(f"-- {f['title']}. {f['description']}" in schema_text for f in schema["fields"])


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ("UPDATE measures SET status = 'done'", "CHECK"),
        ("UPDATE events SET passage_id = 'nowhere.01'", "FOREIGN KEY"),
        ("INSERT INTO replies SELECT * FROM replies LIMIT 1", "UNIQUE"),
        ("UPDATE replies SET dated = '2011-02-30'", "CHECK"),
        ("UPDATE replies SET dated = NULL", "NOT NULL"),
        ("UPDATE replies SET n_chars = -1", "CHECK"),
        ("UPDATE states SET admitted = '2012-01-01'", "CHECK"),
        ("UPDATE states SET m49 = (SELECT min(m49) FROM states)", "UNIQUE"),
        ("UPDATE passages SET nuclear = 2", "CHECK"),
        ("UPDATE passages SET nuclear = 'yes'", "CHECK"),
        ("UPDATE quantities SET value = 'many'", "CHECK"),
        ("UPDATE quantities SET value = x'31'", "CHECK"),
        ("UPDATE quantities SET start = 1.5", "CHECK"),
        ("UPDATE quantities SET start = 'x'", "CHECK"),
        ("UPDATE quantities SET surface = x'00'", "CHECK"),
        ("UPDATE replies SET dated = x'323031312d30312d3031'", "CHECK"),
        ("UPDATE quantities SET quantity_id = NULL", "NOT NULL"),
        ("UPDATE event_actors SET role = NULL", "NOT NULL"),
    ],
)
def test_a_database_refuses_what_breaks_a_rule(ds, tmp_path, change, rule):
    with closing(sqlite3.connect(ur.export(ds, "sqlite", tmp_path))) as database:
        database.execute("PRAGMA foreign_keys = ON")
        with pytest.raises(sqlite3.IntegrityError, match=rule):
            database.execute(change)


def test_an_old_sqlite_can_read_a_database(whole):
    """Its schema has no words but those that SQLite 3.31 knows; STRICT, of 3.37, made it unreadable there."""
    with read(whole("sqlite")) as database:
        for (text,) in database.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL"):
            lines = "\n".join(line for line in text.split("\n") if not line.startswith("  --"))
            words = re.sub(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"", "", lines)
            known = (
                r"CREATE|TABLE|VIEW|about|AS|SELECT|TEXT|INTEGER|REAL|NOT|NULL|UNIQUE|CHECK|typeof|IN|IS|date"
                r"|PRIMARY|FOREIGN|KEY|REFERENCES|\d+|[(),]|[<>]=|\s"
            )
            assert re.fullmatch(rf"(?:{known})*+", words), words


def test_a_description_cannot_leave_its_comment(ds, tmp_path):
    """A column that was added to a copy may be called anything."""
    package, name = copying.deepcopy(ds.package), 'P"\n); DROP TABLE reports; --\x1b[2J'
    passages = next(its for its in package["resources"] if its["name"] == "passages")
    passages["schema"]["fields"].append({"name": name, "title": name, "type": "string", "description": "Added."})
    other = changed(ds, package, passages=ds.passages.assign(**{name: "x"}))
    with read(ur.export(other, "sqlite", tmp_path)) as database:
        text = database.execute("SELECT sql FROM sqlite_master WHERE name = 'passages'").fetchone()[0]
        assert r'-- P"\n); DROP TABLE reports; --\x1b[2J. Added.' in text
        assert database.execute("SELECT count(*) FROM reports").fetchone() == (len(ds.reports),)
        columns = [column[0] for column in database.execute("SELECT * FROM passages").description]
        assert columns == [*ds.passages, name]


def test_a_reference_to_nothing_is_refused(ds, tmp_path):
    other = changed(ds, replies=ds.replies.iloc[1:])
    with pytest.raises(
        ur.DataError, match=r"passages, row \d+, column reply_id: '\w+' fails foreignKeys: not in replies"
    ):
        ur.export(other, "sqlite", tmp_path / "out")
    assert not (tmp_path / "out").exists()


@WITH_PYARROW
@pytest.mark.parametrize("data", ["ds", "hostile"])
def test_parquet_gives_back_every_value_and_dtype(request, data, tmp_path):
    from pyarrow import parquet

    ds = request.getfixturevalue(data)
    folder = ur.export(ds, "parquet", tmp_path / "out")
    assert sorted(path.stem for path in folder.iterdir()) == sorted([*ds, *VIEWS])
    resources = {resource["name"]: resource for resource in ds.package["resources"]}
    for table in [*ds, *VIEWS]:
        path, want = folder / f"{table}.parquet", frame_of(ds, table)
        days = {name: "datetime64[ms]" for name, dtype in want.dtypes.items() if dtype == "datetime64[s]"}
        got = pd.read_parquet(path, to_pandas_kwargs={"date_as_object": False})  # as the docstring says
        pd.testing.assert_frame_equal(got, want.astype(days), check_categorical=True)
        plainly = pd.read_parquet(path)
        assert type(plainly) is pd.DataFrame
        schema = parquet.read_schema(path)
        for day in days:
            assert str(schema.field(day).type) == "date32[day]"
            assert plainly[day].dropna().to_list() == want[day].dropna().dt.date.to_list()
        assert schema.metadata[b"citation"].decode() == ur.cite(ds)
        if table not in ds:
            assert all(schema.field(column).metadata[b"description"] for column in want)
            continue
        assert schema.metadata[b"description"].decode() == resources[table]["description"]
        for field in resources[table]["schema"]["fields"]:
            words = schema.field(field["name"]).metadata
            assert words[b"title"].decode() == field["title"]
            assert words[b"description"].decode() == field["description"]


@pytest.mark.parametrize("to", FORMATS)
def test_the_same_data_make_the_same_bytes(ds, tmp_path, to):
    one, two = (ur.export(ds, to, tmp_path / name) for name in ("one", "two"))
    files = [sorted(path.rglob("*")) if path.is_dir() else [path] for path in (one, two)]
    assert [path.read_bytes() for path in files[0]] == [path.read_bytes() for path in files[1]]


@pytest.mark.parametrize("to", FORMATS)
def test_nothing_is_overwritten(ds, tmp_path, to):
    path = ur.export(ds, to, tmp_path)
    before = {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*")}
    with pytest.raises(FileExistsError, match="not overwritten"):
        ur.export(ds, to, tmp_path)
    assert {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*")} == before
    assert path in before


APPEARS = {
    "a file": lambda path: path.write_text("theirs"),
    "a link": lambda path: path.symlink_to("nowhere"),
    "an empty folder": lambda path: path.mkdir(),
    "a folder": lambda path: (path.mkdir(), (path / "file").write_text("theirs")),
}


@pytest.mark.parametrize("links", [True, False])
@pytest.mark.parametrize("appears", APPEARS)
@pytest.mark.parametrize("to", FORMATS)
def test_what_appears_meanwhile_is_not_overwritten(ds, tmp_path, monkeypatch, to, appears, links):
    if not links:
        monkeypatch.setattr(os, "link", no_links)
    target = tmp_path / ur.export(ds, to, tmp_path / "other").name
    looks = []

    def say(line):
        if not looks:
            APPEARS[appears](target)
            looks.append(target.lstat())

    with pytest.raises(FileExistsError, match="not overwritten") as caught:
        ur.export(ds, to, tmp_path, say=say)
    assert caught.value.filename == str(target)
    now = target.lstat()
    assert (now.st_ino, now.st_mtime_ns, now.st_size) == (looks[0].st_ino, looks[0].st_mtime_ns, looks[0].st_size)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["other", target.name])


def no_links(*arguments, **keywords):
    raise PermissionError(errno.EPERM, "Operation not permitted")


def test_a_file_system_without_links(ds, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "link", no_links)
    with read(ur.export(ds, "sqlite", tmp_path)) as database:
        assert database.execute("SELECT count(*) FROM replies").fetchone() == (len(ds.replies),)
    assert len(list(tmp_path.iterdir())) == 1


def unreplies(*arguments, **keywords):
    return subprocess.Popen(
        [sys.executable, "-m", "unreplies", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **keywords,
    )


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_command_that_is_ended_leaves_nothing(tmp_path, name):
    number = getattr(signal, name)
    with unreplies("export", "--to", "xlsx", str(tmp_path)) as process:
        assert process.stdout.readline().startswith("reports: ")
        assert any(tmp_path.iterdir())
        process.send_signal(number)
        assert process.wait(60) == 128 + number
        assert process.stderr.read() == ""
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(not find_spec("resource"), reason="no limits for the size of files")
@pytest.mark.parametrize("to", FORMATS)
def test_a_full_disk_is_not_blamed_on_the_output(tmp_path, to):
    """A limit for the size of files, which is met where a full disk would be."""
    import resource

    limit = functools.partial(resource.setrlimit, resource.RLIMIT_FSIZE, (8192, 8192))
    with unreplies("export", "--to", to, str(tmp_path / "out"), preexec_fn=limit) as process:
        err = process.communicate(timeout=60)[1]
    assert process.returncode == 2
    assert re.match(rf"unreplies: {re.escape(str(tmp_path))}/out/unreplies-[\w.]+[-.]\w+: \w", err)
    assert not list((tmp_path / "out").iterdir())


def test_a_folder_that_cannot_be_written_to_is_named(ds, tmp_path, monkeypatch):
    def refuse(*arguments, **keywords):
        raise PermissionError(errno.EACCES, "Permission denied", str(tmp_path / ".unreplies-x"))

    monkeypatch.setattr(tempfile, "mkdtemp", refuse)
    with pytest.raises(PermissionError, match=r"Permission denied: .*/unreplies-[0-9]"):
        ur.export(ds, "sqlite", tmp_path)


@pytest.mark.parametrize("to", FORMATS)
def test_an_interrupted_export_leaves_nothing(ds, tmp_path, to):
    lines = []

    def interrupt(line):
        lines.append(line)
        if len(lines) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ur.export(ds, to, tmp_path, say=interrupt)
    assert lines == [f"{t}: {len(ds[t])} {'row' if len(ds[t]) == 1 else 'rows'}" for t in list(ds)[:3]]
    assert not list(tmp_path.iterdir())


def test_a_killed_export_is_not_taken_for_whole(tmp_path):
    code = "import os, sys, unreplies as ur; ur.export(ur.load(), 'sqlite', sys.argv[1], say=lambda line: os._exit(9))"
    assert subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False).returncode == 9
    assert all(path.name.startswith(".unreplies-") for path in tmp_path.iterdir())
    assert ur.export(ur.load(), "sqlite", tmp_path).exists(), "what it left is in nobody's way"


def test_a_version_cannot_lead_out_of_the_folder(ds, tmp_path):
    spoiled = changed(ds, {**ds.package, "version": "../../x\x1b"})
    assert ur.export(spoiled, "sqlite", tmp_path / "out").parent == tmp_path / "out"


def test_a_wrong_format_is_answered_with_the_right_ones(ds, tmp_path):
    with pytest.raises(ur.UnknownName, match="did you mean 'xlsx'"):
        ur.export(ds, "xls", tmp_path)


@pytest.mark.parametrize("to", FORMATS)
def test_the_command(capsys, ds, tmp_path, monkeypatch, to):
    monkeypatch.chdir(tmp_path)
    assert main(["export", "--to", to]) == 0
    out = capsys.readouterr().out
    made = tmp_path / out.splitlines()[-1].removeprefix("Written: ")
    assert made.exists()
    assert made.parent.name == "unreplies-export"
    assert [line.split(":")[0] for line in out.splitlines()[:-1]] == [*ds, *VIEWS]
    assert main(["export", "--to", to]) == 2
    assert "not overwritten" in capsys.readouterr().err
    assert main(["export", "--to", to, "elsewhere/deeper"]) == 0
    assert (tmp_path / "elsewhere" / "deeper" / made.name).exists()


@pytest.mark.parametrize(
    ("to", "module", "venv"), [("xlsx", "openpyxl", ".venv"), ("parquet", "pyarrow", ".venv-more")]
)
def test_a_missing_package_is_answered_with_what_to_install(capsys, tmp_path, monkeypatch, to, module, venv):
    monkeypatch.setattr(sys.modules["unreplies.export"], "find_spec", lambda name: None)
    monkeypatch.chdir(tmp_path)
    assert main(["export", "--to", to]) == 2
    err = capsys.readouterr().err
    for part in (
        module,
        f'pip install ".[{to}]"',
        f"make {venv}/ready",
        f"{venv}/bin/unreplies export --to {to}",
    ):
        assert part in err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("arguments", [["export"], ["export", "--to", "pdf"], ["export", "--to", "xlsx", "a", "b"]])
def test_usage(capsys, arguments):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage: unreplies" in capsys.readouterr().err


def test_a_folder_that_cannot_be(capsys, tmp_path):
    (tmp_path / "file").write_text("")
    assert main(["export", "--to", "sqlite", str(tmp_path / "file")]) == 2
    assert "file" in capsys.readouterr().err


def test_the_console_obeys_nothing_that_the_data_say(capsys, copy):
    path = copy / "datapackage.json"
    path.write_text(
        path.read_text("utf-8").replace("One row is one kind", r"One row is one \u001b[2J\u202ekind"), "utf-8"
    )
    name = "quantities\\u001b[31m\\u202e"
    path.write_text(path.read_text("utf-8").replace('"name": "quantities"', f'"name": "{name}"'), "utf-8")
    table = copy / "quantities.csv"
    table.write_text(table.read_text("utf-8").replace(",", ",\x1b]0;title\x07\u202e", 9), "utf-8")
    assert main(["validate", str(copy)]) == 1
    captured = capsys.readouterr()
    assert r"quantities\x1b[31m\u202e" in captured.err
    assert not {"\x1b", "\x07", "\u202e"} & set(captured.out + captured.err)
    assert main(["validate", str(copy / "no\x1b[2J\u202e")]) == 2
    captured = capsys.readouterr()
    assert not {"\x1b", "\u202e"} & set(captured.out + captured.err)


@WITH_PYARROW
@pytest.mark.skipif(not find_spec("duckdb"), reason="no duckdb; make .venv-more/ready, as for pyarrow")
def test_the_lines_of_the_page_count_over_many_reports_what_the_library_counts(ds, tmp_path, monkeypatch):
    page = (ROOT / "docs" / "pages" / "data.md").read_text("utf-8")
    lines = re.search(r"## Many reports.*?```python\n(.*?)```", page, re.DOTALL)[1]
    monkeypatch.chdir(tmp_path)
    expected = []
    for number, reply in enumerate(["iaea", "fatf", None], 65):
        folder = tmp_path / "reports" / str(number)
        shutil.copytree(ds.folder, folder)
        if reply:
            kept = ds.measures[~ds.measures["passage_id"].str.startswith(reply)]
            kept.to_csv(folder / "measures.csv", index=False, lineterminator="\n")
        counts = ur.load(folder).count_respondents("measures", "category_label")
        expected += [(str(number), *row) for row in counts[["category_label", "respondents"]].itertuples(index=False)]
    space = {}
    exec(compile(lines, "data.md", "exec"), space)
    assert [tuple(row) for row in space["counts"].itertuples(index=False)] == sorted(expected)
    assert len({row[1:] for row in expected}) > len(expected) / 3, "the reports differ"
