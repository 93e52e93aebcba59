"""Every table that a public function returns: plain, on every part and another report, for other programs."""

import csv
import importlib.util
import inspect
import io
import pickle
import re
import types

import pandas as pd
import pytest

import unreplies as ur

MODULES = [its for its in (getattr(ur, name) for name in ur.__all__) if isinstance(its, types.ModuleType)]
QUESTIONS = [its for its in MODULES if its.__name__.split(".")[-1] not in ("charts", "rows")]


def _written(cell):
    """A cell as files have it."""
    if isinstance(cell, pd.Timestamp):
        return f"{cell:%Y-%m-%d}"
    return "" if pd.isna(cell) else str(cell).lower() if isinstance(cell, bool) else str(cell)


def functions():
    """The public functions of the question modules that need nothing but a dataset."""
    for module in QUESTIONS:
        for name, function in inspect.getmembers(module, inspect.isfunction):
            needed = [its for its in inspect.signature(function).parameters.values() if its.default is its.empty]
            own = function.__module__ == module.__name__ and not name.startswith("_")
            if own and [its.name for its in needed] == ["ds"]:
                yield function


FUNCTIONS = list(functions())
NAMES = [f"{function.__module__.split('.')[-1]}.{function.__name__}" for function in FUNCTIONS]


def tables(made):
    """The DataFrames that a function gives: one, or several by name."""
    if isinstance(made, pd.DataFrame):
        return [made]
    values = made.values() if isinstance(made, dict) else made if isinstance(made, tuple) else []
    return [its for its in values if isinstance(its, pd.DataFrame)]


def test_there_are_functions_of_every_question():
    assert len(FUNCTIONS) > 25
    assert {name.split(".")[0] for name in NAMES} >= {
        "agreement", "events_and_figures", "how_far_to_trust_it", "respondents", "what_was_done", "when_and_how",
        "which_instruments_recur", "who_replied", "who_works_with_whom",
    }  # fmt: skip


@pytest.mark.parametrize("function", FUNCTIONS, ids=NAMES)
def test_a_table_is_plain_and_other_programs_can_take_it(ds, function, tmp_path):
    for table in tables(function(ds)):
        assert type(table) is pd.DataFrame
        assert not table.attrs
        assert isinstance(table.index, pd.RangeIndex)
        assert table.columns.is_unique
        assert all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in table), list(table)
        assert not table.map(lambda cell: isinstance(cell, list | set | tuple | dict)).any(axis=None)
        pd.testing.assert_frame_equal(pickle.loads(pickle.dumps(table)), table)
        assert len(pd.concat({"one": table, "two": table}, names=["report"])) == 2 * len(table)
        table.to_excel(io.BytesIO(), index=False)
        if importlib.util.find_spec("pyarrow"):
            table.to_parquet(tmp_path / "table.parquet")


@pytest.mark.parametrize("function", FUNCTIONS, ids=NAMES)
def test_a_table_of_a_part_has_the_same_columns(ds, part, function):
    for table, whole in zip(tables(function(part)), tables(function(ds)), strict=True):
        assert set(table) <= set(whole)
        keys = {*ds.replies["reply_id"], *ds.measure_categories["category"]}
        assert set(whole) - set(table) <= keys, "a column may be missing where each respondent or category has one"


@pytest.fixture(scope="module")
def other(ds, tmp_path_factory):
    """The same rows as another report with other respondents: another symbol, other keys, half of the replies."""
    replies = set(ds.replies["reply_id"])
    some = ds.only(sorted(replies)[::2])
    folder = tmp_path_factory.mktemp("report")

    def renamed(cell):
        return f"x{cell}" if cell.partition(".")[0] in replies else cell

    keys = {"reply_id", "actor_id", "passage_id", "parent_id", "issuer_id", "mention_id", "quantity_id", "anomaly_id"}
    for name, frame in some.items():
        text = frame.astype("object").where(frame.notna(), "")
        for column in keys & set(frame):
            text[column] = text[column].map(renamed)
        if name == "reports":
            text = text.assign(report_id="b-67-1", symbol="B/67/1")
        if name == "replies":
            text = text.assign(report_id="b-67-1")
        with open(folder / f"{name}.csv", "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(frame.columns)
            writer.writerows([[_written(cell) for cell in row] for row in text.to_numpy()])
    (folder / "datapackage.json").write_bytes((ds.folder / "datapackage.json").read_bytes())
    return ur.load(folder)


def test_another_report_is_another_folder(other):
    assert other.reports["symbol"].to_list() == ["B/67/1"]
    assert other.respondents["reply_id"].str.startswith("x").all()
    passage = other.passages["passage_id"].iloc[-1]
    assert other.evidence(passage).address.startswith("B/67/1, Chinese edition, ")
    assert other.joined("measures")["respondent"].notna().all()


@pytest.mark.parametrize(
    "function",
    [f for f in FUNCTIONS if "agreement" not in f.__module__],
    ids=[n for n in NAMES if "agreement" not in n],
)
def test_every_function_runs_on_another_report(other, function):
    for table in tables(function(other)):
        assert type(table) is pd.DataFrame
