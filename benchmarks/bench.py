"""Measure and write ``benchmarks/RESULTS.md``: ``make bench``.

What the project does is set beside what pandas takes for as much, in the same run and in turns, and told in ratios: the
median of the repetitions, and between brackets the least and the largest. Nothing that the project writes is touched.
"""

import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import nbformat
import pandas as pd
from nbclient import NotebookClient

import unreplies as ur

ROOT = Path(__file__).resolve().parents[1]
DATA, NOTEBOOKS = ROOT / "data", ROOT / "notebooks"
DTYPES = {"integer": "Int64", "number": "Float64", "boolean": "boolean"}
FOLDERS = (1, 10, 100)
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
#: From nothing to the first count, in a fresh Python: how many respondents report each category of measure.
OURS = f"import unreplies as ur; print(len(ur.load({str(DATA)!r}).count_respondents('measures', 'category_label')))"
THEIRS = f"""
import pandas as pd
names = ["measures", "passages", "replies", "actors"]
read = {{name: pd.read_csv(f"{DATA}/{{name}}.csv") for name in names}}
rows = read["measures"].merge(read["passages"], on="passage_id").merge(read["replies"], on="reply_id")
rows = rows[rows["form"] != "not_reproduced"].merge(read["actors"], left_on="reply_id", right_on="actor_id")
rows["kind"] = rows["iso3"].notna()
print(len(rows.drop_duplicates(["category", "reply_id"]).groupby(["category", "kind"]).size().unstack()))
"""
#: Loading and counting folders of one report each, in a fresh Python; prints seconds, megabytes and rows as JSON.
GROWTH = """
import json, resource, sys, time
import pandas as pd
import unreplies as ur
start = time.perf_counter()
loaded = [ur.load(folder) for folder in sys.argv[1:]]
took = {"load": time.perf_counter() - start}
start = time.perf_counter()
counts = pd.concat([ds.count_respondents("measures", "category_label") for ds in loaded], keys=range(len(loaded)))
took["count"] = time.perf_counter() - start
rows = sum(len(table) for ds in loaded for table in ds.values())
megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
print(json.dumps({**took, "megabytes": megabytes, "rows": rows, "counts": len(counts)}))
"""


# Measuring


def seconds(do: Callable) -> float:
    start = time.perf_counter()
    do()
    return time.perf_counter() - start


def in_turns(ways: dict[str, Callable], repeat: int) -> dict[str, list[float]]:
    """The seconds of each way, after a first turn that does not count."""
    took = {name: [] for name in ways}
    for _ in range(repeat + 1):
        for name, do in ways.items():
            took[name].append(seconds(do))
    return {name: all_[1:] for name, all_ in took.items()}


def python(code: str, *arguments: str) -> str:
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"this failed:\n{code}\n{done.stderr[-2000:]}")
    return done.stdout


def ratio(ours: list[float], theirs: list[float]) -> str:
    """Ours by theirs, pair by pair."""
    pairs = [a / b for a, b in zip(ours, theirs)]
    return f"{statistics.median(pairs):.2f} ({min(pairs):.2f} to {max(pairs):.2f})"


def middle(values: list[float]) -> str:
    return f"{statistics.median(values):.2f} s"


# What pandas alone takes for the same


def bare() -> dict[str, pd.DataFrame]:
    """The same tables with the same dtypes by `pandas.read_csv`, nothing checked."""
    tables = {}
    for its in json.loads((DATA / "datapackage.json").read_text("utf-8"))["resources"]:
        dtypes, dates = {}, []
        for field in its["schema"]["fields"]:
            values = field.get("constraints", {}).get("enum")
            if field["type"] == "date":
                dates.append(field["name"])
            elif values:
                dtypes[field["name"]] = pd.CategoricalDtype(values, ordered=bool(field.get("categoriesOrdered")))
            else:
                dtypes[field["name"]] = DTYPES.get(field["type"], "str")
        empty = {"keep_default_na": False, "na_values": [""], "parse_dates": dates, "date_format": "%Y-%m-%d"}
        table = pd.read_csv(DATA / its["path"], dtype=dtypes, **empty)
        tables[its["name"]] = table.astype(dict.fromkeys(dates, "datetime64[s]"))
    return tables


def count_by_hand(ds: ur.Dataset) -> pd.DataFrame:
    """The respondents of each category of measure, by merges of the five tables that this takes."""
    actors = ds.actors[["actor_id", "iso3"]].rename(columns={"actor_id": "reply_id", "iso3": "state"})
    rows = ds.measures.merge(ds.measure_categories[["category", "label"]], on="category")
    rows = rows.merge(ds.passages[["passage_id", "reply_id"]], on="passage_id")
    rows = rows.merge(ds.replies[["reply_id", "form"]], on="reply_id").merge(actors, on="reply_id")
    rows = rows[rows["form"] != "not_reproduced"].drop_duplicates(["label", "reply_id"])
    return rows.assign(is_state=rows["state"].notna()).groupby("label")["is_state"].agg(["sum", "size"])


def hold_together(ds: ur.Dataset) -> None:
    """Fail unless both ways read equal tables and count alike."""
    theirs, by_hand = bare(), count_by_hand(ds)
    for name in ds:
        pd.testing.assert_frame_equal(ds[name], theirs[name])
    ours = ds.count_respondents("measures", "category_label").set_index("category_label").sort_index()
    ours, by_hand = ours[["member_states", "respondents"]], by_hand.sort_index()
    assert ours.to_numpy().tolist() == by_hand.to_numpy().tolist(), "the two ways count otherwise"


# The parts


def rows_of(heads: list[str], lines: list[tuple]) -> list[str]:
    marks = "|".join("---" if place == 0 else "--:" for place in range(len(heads)))
    return [f"| {' | '.join(heads)} |", f"|{marks}|", *(f"| {' | '.join(map(str, line))} |" for line in lines), ""]


def prose(text: str) -> list[str]:
    return [*textwrap.wrap(" ".join(text.split()), 118), ""]


def import_and_load() -> list[str]:
    ds = ur.load(DATA)
    hold_together(ds)
    starts = {"import": "import unreplies", "pandas": "import pandas", "first": OURS, "by hand": THEIRS}
    cold = in_turns({name: lambda code=code: python(code) for name, code in starts.items()}, 9)
    ways = {
        "load": lambda: ur.load(DATA),
        "validate": lambda: ur.validate(DATA),
        "bare": bare,
        "count": lambda: ds.count_respondents("measures", "category_label"),
        "merge": lambda: count_by_hand(ds),
    }
    warm = in_turns(ways, 15)
    pairs = [
        ("`import unreplies`", "`import pandas`", cold["import"], cold["pandas"]),
        (
            "`ur.load()`, which checks every rule",
            "`read_csv`, same dtypes, nothing checked",
            warm["load"],
            warm["bare"],
        ),
        (
            "`ur.validate()`: rules and hashes",
            "`read_csv`, same dtypes, nothing checked",
            warm["validate"],
            warm["bare"],
        ),
        ("`ds.count_respondents(...)`, all columns joined", "four merges and a group", warm["count"], warm["merge"]),
        ("a fresh Python to its first count", "the same with pandas alone", cold["first"], cold["by hand"]),
    ]
    lines = [(what, by, ratio(ours, theirs), middle(ours)) for what, by, ours, theirs in pairs]
    return [
        "## Import, load, first count",
        "",
        *prose(
            """The count is of the respondents that report each category of measure. Before anything is timed, both ways
            have to give equal tables and equal counts."""
        ),
        *rows_of(["ours", "by pandas alone", "ratio", "ours took"], lines),
    ]


def run(notebook: nbformat.NotebookNode) -> None:
    NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(NOTEBOOKS)}}).execute(
        stderr=subprocess.DEVNULL
    )


def notebooks(repeat: int = 2) -> list[str]:
    floor = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("import pandas, matplotlib.pyplot")])
    paths = sorted(NOTEBOOKS.glob("*.ipynb"))
    ways = {path.stem: lambda path=path: run(nbformat.read(path, as_version=4)) for path in paths}
    took = in_turns({"floor": lambda: run(floor), **ways}, repeat)
    lines = [(f"`{name}`", ratio(took[name], took["floor"]), middle(took[name])) for name in ways]
    whole = [sum(took[name][turn] for name in ways) for turn in range(repeat)]
    return [
        "## The notebooks",
        "",
        *prose(
            f"""Each in a fresh kernel, one after another, set beside a notebook of one cell, which imports pandas and
            matplotlib and draws nothing. All {len(paths)} took {middle(whole)}; `make test` runs as many at a time as
            there are cores, and compares every output."""
        ),
        *rows_of(["notebook", "by one that only imports", "it took"], lines),
    ]


def copies(folder: Path, how_many: int) -> list[str]:
    """Folders of one report each: this report with a symbol of its own, as somebody who codes a series has them."""
    made = []
    for number in range(how_many):
        copy = folder / f"report-{number}"
        shutil.copytree(DATA, copy)
        reports = copy / "reports.csv"
        reports.write_text(reports.read_text("utf-8").replace("A/66/115", f"A/66/{number + 1}"), "utf-8", newline="\n")
        made.append(str(copy))
    return made


def growth() -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        folders = copies(Path(folder), FOLDERS[-1])
        results = [json.loads(python(GROWTH, *folders[:size])) for size in FOLDERS]
    lines = []
    for task, words in (
        ("load", "load all folders"),
        ("count", "count respondents in each, and put the tables together"),
    ):
        lines.append((words, *(f"{its[task] / results[0][task]:,.1f}" for its in results), f"{results[0][task]:.2f} s"))
    memory = [f"{its['megabytes']:,.0f}" for its in results]
    lines.append(("peak memory, in MB", *memory, f"{results[0]['megabytes']:,.0f} MB"))
    each = (results[-1]["megabytes"] - results[0]["megabytes"]) / (FOLDERS[-1] - FOLDERS[0])
    return [
        "## Growth",
        "",
        *prose(
            f"""Folders of one report each, copies of this one: {", ".join(map(str, FOLDERS))} of them, with
            {" / ".join(f"{its['rows']:,}" for its in results)} rows in all tables, each loaded with every cell
            checked and kept. Time in multiples of one folder. From {FOLDERS[0]} to {FOLDERS[-1]},
            peak memory grows by {each:.1f} MB a report."""
        ),
        *rows_of(["task", *(f"{size:,}" for size in FOLDERS), "one took"], lines),
    ]


def main() -> None:
    parts = []
    for part in (import_and_load, notebooks, growth):
        print(f"{part.__name__} ...", end=" ", flush=True)
        start = time.perf_counter()
        parts += part()
        print(f"{time.perf_counter() - start:.0f} s")
    versions = ", ".join(f"{name} {version(name)}" for name in ("pandas", "matplotlib", "nbclient", "ipykernel"))
    head = [
        "# Results",
        "",
        *prose(
            """Written by `make bench`; [README.md](README.md) says how to read it. Ratios are medians of repetitions in
            turns, with the least and the largest between brackets; they carry over to another machine as far as both
            sides of a ratio depend on it alike. Seconds are of this machine in this run."""
        ),
        f"{CORES} cores, {platform.system()}, Python {platform.python_version()}; {versions}.",
        "",
    ]
    text = "\n".join([*head, *parts]).rstrip("\n") + "\n"
    (ROOT / "benchmarks" / "RESULTS.md").write_text(text, "utf-8", newline="\n")
    print("written: benchmarks/RESULTS.md")


if __name__ == "__main__":
    main()
