"""Spoiled copies of the data: every change of meaning is seen, and a message names the file in which it was made."""

import ast
import sys

import pytest
from conftest import ROOT, SOURCE

import unreplies as ur
from unreplies import hashes

sys.path.insert(0, str(ROOT / "benchmarks"))
import faults
import series

MUTATIONS = list(faults.mutations(each=2))


def test_the_hashes_are_those_of_the_files():
    assert hashes.check(ROOT / "data") == [], "run: make hashes"


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda m: f"{m.kind} in {', '.join(m.files)}")
def test_a_mutation_is_caught_and_its_file_named(mutation, tmp_path):
    verdict = faults.judge(mutation, tmp_path / "data", SOURCE if SOURCE.exists() else None)
    assert verdict.hashes, "the copy was not changed"
    assert faults.places(mutation, verdict)
    for fault in verdict.faults:
        assert fault.table
        assert fault.message


def test_a_synthetic_series_is_in_the_schema_of_the_data(tmp_path):
    """What growth is measured on: every rule holds, and the second report doubles every table that is not shared."""
    counts = series.write(tmp_path, reports=2)
    two, one = ur.validate(tmp_path), ur.load()
    assert {name: len(two[name]) for name in two} == counts
    grown = [name for name in one if name not in (*series.SHARED, "actors", "instruments")]
    assert [len(two[name]) for name in grown] == [2 * len(one[name]) for name in grown]


def test_mutations_are_many_and_drawn_with_a_seed():
    kinds = {mutation.kind for mutation in MUTATIONS}
    assert len(list(faults.mutations())) >= 300
    assert [m[:3] for m in faults.mutations(each=2)] == [m[:3] for m in MUTATIONS]
    assert [m[:3] for m in faults.mutations(seed=1, each=2)] != [m[:3] for m in MUTATIONS]
    assert {m.kind for m in MUTATIONS if m.meaning} < kinds


def test_a_fault_of_the_rules_names_its_row(copy):
    path = copy / "measures.csv"
    lines = path.read_text("utf-8").split("\n")
    path.write_text("\n".join([*lines[:3], *lines[2:]]), "utf-8", newline="")
    with pytest.raises(ur.DataError, match=r"measures, row 3, column passage_id, category.*stands in row 2"):
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
        (lambda path: path.unlink(), "SHA256SUMS: breaks file: not found"),
        (lambda path: path.write_text("no hash\n", "ascii"), "line 1 is not a hash"),
        (lambda path: path.write_text(f"{'0' * 64}  ../reports.csv\n", "ascii"), "line 1 is not a hash"),
        (lambda path: path.write_bytes(b"\xff"), "cannot be read"),
        (lambda path: path.write_text("", "ascii"), "does not list datapackage.json"),
        (lambda path: path.write_text(f"{path.read_text()}{'0' * 64}  more.csv\n", "ascii"), "is no file of the data"),
    ],
)
def test_hashes_that_are_missing_or_broken(copy, spoil, message):
    spoil(copy / hashes.NAME)
    with pytest.raises(ur.DataError) as caught:
        ur.validate(copy)
    assert message in str(caught.value)


def test_the_audit_says_which_column_it_misses(copy, source):
    ds = ur.load(copy)
    for resource in ds.package["resources"]:
        if resource["name"] == "quantities":
            resource["schema"]["fields"] = [f for f in resource["schema"]["fields"] if f["name"] != "value"]
    with pytest.raises(
        ur.DataError, match="quantities, column value: '' breaks descriptor: the audit reads it as number"
    ):
        ur.audit(ds, source)


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
