"""Spoiled copies of the data: every change of meaning is seen, and a message names the file in which it was made."""

import ast
import contextlib
import os
import shutil
import signal
import socket
import subprocess

import pytest
from conftest import ROOT, SOURCE
from mutations import mutations

import unreplies as ur
from unreplies import hashes
from unreplies.__main__ import main


def test_the_hashes_are_those_of_the_files():
    assert hashes.check(ROOT / "data") == [], "after any change below data/, README and CODEBOOK too: make hashes"


def test_the_hashes_name_every_file_of_the_data():
    lines = (ROOT / "data" / hashes.NAME).read_text("utf-8").splitlines()
    files = {path.relative_to(ROOT / "data").as_posix() for path in (ROOT / "data").rglob("*") if path.is_file()}
    assert [line[66:] for line in lines] == sorted(files - {hashes.NAME})
    assert {"CODEBOOK.md", "README.md", "LICENSE", "first_reading/measures.csv"} < files


@pytest.mark.skipif(not shutil.which("sha256sum"), reason="no sha256sum")
def test_sha256sum_reads_the_hashes():
    done = subprocess.run(["sha256sum", "-c", hashes.NAME], cwd=ROOT / "data", capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(": OK") == len((ROOT / "data" / hashes.NAME).read_text("utf-8").splitlines())


@pytest.mark.parametrize("name", sorted(path.relative_to(ROOT / "data").as_posix() for path in ROOT.glob("data/*/*")))
def test_a_change_of_a_reading_is_seen(copy, name):
    path = copy / name
    path.write_bytes(path.read_bytes()[:-1] + b" ")
    with pytest.raises(ur.DataError) as caught:
        ur.validate(copy)
    assert (name.removesuffix(".csv"), "hash") in [(fault.table, fault.rule) for fault in caught.value.faults]


def folder_for(path):
    path.unlink()
    path.mkdir()
    (path / "deeper.csv").write_text("")


def link_for(path, to="../elsewhere"):
    path.rename(path.parents[1] / "elsewhere")
    path.symlink_to(to)


def loop_for(path):
    path.unlink()
    path.symlink_to(path.name)


def endless_for(path):
    path.unlink()
    path.symlink_to("/dev/zero")


def huge_for(path):
    with open(path, "r+b") as file:
        file.truncate(10**12)  # a file of holes, which takes no room


def pipe_for(path):
    path.unlink(missing_ok=True)
    os.mkfifo(path)


def socket_for(path):
    path.unlink()
    with contextlib.chdir(path.parent), socket.socket(socket.AF_UNIX) as it:  # whose name must be short
        it.bind(path.name)


SPOILERS = [folder_for, link_for, loop_for, endless_for, huge_for, pipe_for, socket_for]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")
@pytest.mark.parametrize("name", ["CODEBOOK.md", "measures.csv", "datapackage.json", "first_reading/measures.csv"])
@pytest.mark.parametrize("spoil", SPOILERS)
def test_what_is_no_file_is_a_fault_and_nothing_waits(copy, assert_refused, name, spoil):
    spoil(copy / name)
    assert_refused(copy, name)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")
@pytest.mark.parametrize(
    ("name", "spoil"),
    [
        ("SHA256SUMS", folder_for),
        ("SHA256SUMS", link_for),
        ("SHA256SUMS", pipe_for),
        ("SHA256SUMS", loop_for),
        ("SHA256SUMS", huge_for),
        ("m\u0435asures", lambda path: path.write_text("")),
        ("first_reading/new", pipe_for),
        ("a\nb\x1b[2J.csv", lambda path: path.write_text("")),
        (".hidden", lambda path: path.write_text("")),
        ("link", lambda path: path.symlink_to("first_reading")),
        ("first_reading/events.csv", lambda path: shutil.move(path.parent, path.parents[2])),
        ("first_reading", lambda path: (path.rename(path.parents[1] / "moved"), path.symlink_to("../moved"))),
    ],
)
def test_what_is_beside_the_listed_files_is_a_fault(copy, assert_refused, name, spoil):
    spoil(copy / name)
    assert_refused(copy, name.encode("unicode_escape").decode())


@pytest.fixture
def assert_refused(capsys):
    """The command names the fault; it fails where it waits."""

    def check(folder, name):
        assert main(["validate", str(folder)]) == 1
        err = capsys.readouterr().err
        assert name in err
        assert "\x1b" not in err

    before = signal.signal(signal.SIGALRM, lambda *_: pytest.fail("it waits"))
    signal.alarm(60)
    yield check
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def test_hashes_are_not_written_of_what_is_no_file(copy):
    (copy / "link").symlink_to("LICENSE")
    (copy / "two\nlines").write_text("")
    before = (copy / hashes.NAME).read_bytes()
    with pytest.raises(ur.DataError, match="link: fails regular file") as caught:
        hashes.write(copy)
    assert len(caught.value.faults) == 2
    assert (copy / hashes.NAME).read_bytes() == before


def test_a_new_file_is_listed_by_write(copy):
    (copy / "third_reading").mkdir()
    (copy / "third_reading" / "东京 1.csv").write_text("x")
    (copy / f"{hashes.NAME}.part").write_text("left over")
    with pytest.raises(ur.DataError, match=r"SHA256SUMS does not list third_reading/东京 1\.csv"):
        ur.validate(copy)
    hashes.write(copy)
    assert len(ur.validate(copy).measures)


@pytest.mark.parametrize("mutation", mutations(each=2), ids=str)
def test_a_mutation_is_caught_and_its_file_named(copy, mutation):
    """Rules see what breaks the schema, the audit what contradicts the report, the hashes every change."""
    file = mutation.spoil(copy)
    with pytest.raises(ur.DataError) as caught:
        ur.validate(copy)
    faults, of_files = caught.value.faults, hashes.check(copy)
    rules = [fault for fault in faults if fault not in of_files]
    assert of_files, "the copy was not changed"
    if mutation.refused:
        assert rules
        if "reading/" not in file:
            with pytest.raises(ur.DataError):
                ur.load(copy)
    if not rules and not mutation.kind.startswith("it is a link") and SOURCE.exists():
        faults = [*faults, *ur.audit(ur.load(copy), SOURCE).faults]
    assert all(fault.table and fault.message for fault in faults)
    tables = {file.removesuffix(".csv"), *(ur.load() if file == "datapackage.json" else ())}
    named = [fault for fault in faults if fault.table in tables or file in str(fault)]
    assert set(named) & set(rules if mutation.refused else named)


def test_a_fault_of_the_rules_names_its_row(copy):
    path = copy / "measures.csv"
    lines = path.read_text("utf-8").split("\n")
    path.write_text("\n".join([*lines[:3], *lines[2:]]), "utf-8", newline="")
    with pytest.raises(ur.DataError, match=r"measures, row 3 \(line 4\), column passage_id, category.*is in row 2"):
        ur.validate(copy)


def test_a_corrected_copy_loads_and_its_hashes_are_written_anew(copy):
    path = copy / "measures.csv"
    path.write_text(path.read_text("utf-8").replace("in_progress", "in_place", 1), "utf-8", newline="")
    assert len(ur.load(copy).measures)
    with pytest.raises(ur.DataError, match=r"measures.csv is not the file that SHA256SUMS names.*make hashes"):
        ur.validate(copy)
    hashes.write(copy)
    assert len(ur.validate(copy).measures)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda path: path.unlink(), "SHA256SUMS: fails file: not found"),
        (lambda path: path.write_text("no hash\n", "ascii"), "line 1 is not a hash"),
        (lambda path: path.write_text(f"{'0' * 64}  ../copy\n", "ascii"), "lists ../copy, where no such file is"),
        (lambda path: path.write_text(path.read_text("ascii"), "ascii", newline="\r\n"), "line 1 is not a hash"),
        (lambda path: path.write_bytes(b"\xff"), "cannot be read"),
        (lambda path: path.write_text("", "ascii"), "does not list datapackage.json"),
        (
            lambda path: path.write_text(f"{path.read_text()}{'0' * 64}  more.csv\n", "ascii"),
            "lists more.csv, where no such file is",
        ),
        (
            lambda path: path.write_text(path.read_text() * 2, "ascii"),
            "is not a hash, two spaces and the name of another",
        ),
    ],
)
def test_hashes_that_are_missing_or_broken(copy, spoil, message):
    spoil(copy / hashes.NAME)
    with pytest.raises(ur.DataError) as caught:
        ur.validate(copy)
    assert message in str(caught.value)


def test_a_number_that_is_not_printed(copy, source):
    ds = ur.load(copy)
    values = ds.quantities["value"].mask(ds.quantities.index == 2, 12345.0)
    other = ur.Dataset(ds.folder, ds.package, {**ds, "quantities": ds.quantities.assign(value=values)})
    found = ur.audit(other, source).faults
    assert [(f.table, f.row, f.column) for f in found] == [("quantities", 3, "value")]


@pytest.mark.parametrize("path", sorted((ROOT / "lib").rglob("*.py")), ids=lambda path: path.stem)
def test_no_code_is_made_from_data(path):
    """No eval, exec or compile by name, and no pickle, marshal, shelve or yaml: nothing that is read can run."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in {"eval", "exec", "compile", "__import__"}, node.lineno
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = {alias.name for alias in node.names} | {getattr(node, "module", None)}
            assert not names & {"pickle", "marshal", "shelve", "yaml", "dill", "joblib"}, node.lineno
        if isinstance(node, ast.Attribute):
            assert node.attr not in {"read_pickle", "to_pickle", "eval"}, node.lineno
