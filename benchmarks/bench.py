"""Measure and write ``benchmarks/RESULTS.md``: ``make bench``.

What the project does is set beside what a user would take instead, in the same run and in turns, and told in ratios:
the median of the repetitions, and between brackets the least and the largest. Nothing of the project is touched.
"""

import argparse
import json
import math
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage

import pandas as pd
from jupyter_client.manager import start_new_kernel

import unreplies as ur

ROOT = Path(__file__).resolve().parents[1]
DATA, RESULTS = ROOT / "data", ROOT / "benchmarks" / "RESULTS.md"
DTYPES = {"integer": "Int64", "number": "Float64", "boolean": "boolean"}
FOLDERS, EXPORTED = (1, 10, 100, 1000), (1, 10, 100)
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
#: Ratios of other runs, as they were committed: at version 0.1.0, and before the work that this run shows.
BEFORE = {
    "`import unreplies`": ("1.03", "1.19"),
    "`ur.load()`, which checks every rule": ("0.95", "0.95"),
    "`ur.validate()`: rules, hashes, readings": ("1.02", "1.08"),
    "`ds.count_respondents(...)`": ("", "2.28"),
    "the same count": ("3.7", ""),
    "a fresh Python to its first count": ("", "1.26"),
    "checking all notebooks (`make test`)": ("1.18", ""),
    "the site from nothing (`make html`)": ("1.16", ""),
    "one notebook changed": ("0.12", ""),
}
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
#: The count from memory beside DuckDB's, from tables of its own and on one core; prints the seconds of each as JSON.
#: Our text is Python's, as it is where pyarrow, which DuckDB does not need, is not installed.
DUCKDB = f"""
import json, time
import duckdb
import pandas as pd
import unreplies as ur
pd.set_option("mode.string_storage", "python")
ds, database = ur.load({str(DATA)!r}), duckdb.connect(config={{"threads": 1}})
for name in ["measures", "measure_categories", "passages", "replies", "actors"]:
    text = ds[name].astype("object").where(ds[name].notna(), None)
    database.register("frame", text)
    database.execute(f"CREATE TABLE {{name}} AS SELECT * FROM frame")
def theirs():
    return database.sql('''
        SELECT label, count(DISTINCT reply_id) FILTER (iso3 IS NOT NULL) AS member_states,
            count(DISTINCT reply_id) FILTER (iso3 IS NULL) AS organizations, count(DISTINCT reply_id) AS respondents
        FROM measures JOIN measure_categories USING (category) JOIN passages USING (passage_id)
            JOIN replies USING (reply_id) JOIN actors ON actor_id = reply_id
        WHERE form <> 'not_reproduced' GROUP BY label ORDER BY respondents DESC, label''').df()
def ours():
    return ds.count_respondents("measures", "category_label").iloc[:, :4]
assert sorted(map(tuple, ours().to_numpy())) == sorted(map(tuple, theirs().to_numpy())), "the two count otherwise"
took = []
for _ in range(30):
    marks = [time.process_time()]
    for count in (ours, theirs):
        count()
        marks.append(time.process_time())
    took.append([marks[1] - marks[0], marks[2] - marks[1]])
print(json.dumps([list(each) for each in zip(*took)]))
"""
#: Loading and counting folders of one report each, in a fresh Python; prints seconds, megabytes and rows as JSON.
GROWTH = """
import json, resource, sys, time
import pandas as pd
import unreplies as ur
start = time.process_time()
loaded = [ur.load(folder) for folder in sys.argv[1:]]
took = {"load": time.process_time() - start}
start = time.process_time()
counts = pd.concat([ds.count_respondents("measures", "category_label") for ds in loaded], keys=range(len(loaded)))
took["count"] = time.process_time() - start
rows = sum(len(table) for ds in loaded for table in ds.values())
megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
print(json.dumps({**took, "megabytes": megabytes, "rows": rows, "counts": len(counts)}))
"""
#: Exporting them as Parquet, and counting over all files by the lines that the site's data page shows.
EXPORT = """
import json, sys, time
from pathlib import Path
import duckdb
import unreplies as ur
lines, loaded = sys.argv[1], {Path(folder).name: ur.load(folder) for folder in sys.argv[2:]}
start = time.process_time()
for name, ds in loaded.items():
    ur.export(ds, "parquet", f"parquet/report={name}")
took, start = {"export": time.process_time() - start}, time.process_time()
exec(lines)
took["duckdb"] = time.process_time() - start
expected = [(name, *row) for name, ds in loaded.items() for row in
    ds.count_respondents("measures", "category_label")[["category_label", "respondents"]].to_numpy()]
assert sorted(map(tuple, counts.to_numpy())) == sorted(expected), "the two count otherwise"
print(json.dumps(took))
"""


# Measuring


def processor() -> float:
    """Seconds of processor time of this process and of those that it started and that have ended."""
    return sum(its.ru_utime + its.ru_stime for its in map(getrusage, (RUSAGE_SELF, RUSAGE_CHILDREN)))


def in_turns(ways: dict[str, Callable], repeat: int, clock=processor, first: int = 1) -> dict[str, list[float]]:
    """The seconds of each way, after a first turn that does not count."""
    took = {name: [] for name in ways}
    for _ in range(first + repeat):
        for name, do in ways.items():
            start = clock()
            do()
            took[name].append(clock() - start)
    return {name: all_[first:] for name, all_ in took.items()}


def run(*command: object, **options) -> str:
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, **options)
    if done.returncode:
        sys.exit(f"this failed:\n{' '.join(map(str, command))}\n{(done.stdout + done.stderr)[-3000:]}")
    return done.stdout


def python(code: str, *arguments: str) -> str:
    return run(sys.executable, "-c", code, *arguments)


def ratio(ours: list[float], theirs: list[float]) -> str:
    """Ours by theirs, pair by pair."""
    pairs = [a / b for a, b in zip(ours, theirs)]
    spread = f" ({min(pairs):.2f} to {max(pairs):.2f})" if len(pairs) > 1 else ""
    return f"{statistics.median(pairs):.2f}{spread}"


def middle(values: list[float]) -> str:
    return f"{statistics.median(values):.2f} s"


def exponent(times: list[float], sizes: tuple[int, ...]) -> float:
    """The slope of log time against log size, from the second size on: the first is mostly the start."""
    return math.log(times[-1] / times[1]) / math.log(sizes[-1] / sizes[1])


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


def pairs_of(pairs: list[tuple[str, str, list[float], list[float]]]) -> list[str]:
    """A table of ours by theirs, with the ratios of other runs beside."""
    lines = [
        (what, by, *BEFORE.get(what, ("", "")), ratio(ours, theirs), middle(ours)) for what, by, ours, theirs in pairs
    ]
    return rows_of(["ours", "by", "0.1.0", "before", "now", "ours took"], lines)


def prose(text: str) -> list[str]:
    return [*textwrap.wrap(" ".join(text.split()), 118), ""]


def library(more: str) -> list[str]:
    ds = ur.load(DATA)
    hold_together(ds)
    starts = {"import": "import unreplies", "pandas": "import pandas", "first": OURS, "by hand": THEIRS}
    cold = in_turns({name: lambda code=code: python(code) for name, code in starts.items()}, 15)
    ways = {
        "load": lambda: ur.load(DATA),
        "validate": lambda: ur.validate(DATA),
        "bare": bare,
        "count": lambda: ds.count_respondents("measures", "category_label"),
        "merge": lambda: count_by_hand(ds),
        "left out": lambda: ur.how_far_to_trust_it.leave_one_out(ds),
    }
    warm, read = in_turns(ways, 15), "`read_csv`, same dtypes, nothing checked"
    pairs = [
        ("`import unreplies`", "`import pandas`", cold["import"], cold["pandas"]),
        ("`ur.load()`, which checks every rule", read, warm["load"], warm["bare"]),
        ("`ur.validate()`: rules, hashes, readings", read, warm["validate"], warm["bare"]),
        ("`ds.count_respondents(...)`", "four merges and a group", warm["count"], warm["merge"]),
        ("a fresh Python to its first count", "the same with pandas alone", cold["first"], cold["by hand"]),
    ]
    if more:
        pairs.insert(4, ("the same count", "DuckDB, from its own tables", *json.loads(run(more, "-c", DUCKDB))))
    return [
        "## Import, load, first count",
        "",
        *prose(
            """In processor time. The count is of the respondents that report each category of measure. Before anything
            is timed, both ways have to give equal tables and equal counts."""
        ),
        *pairs_of(pairs),
        *prose(
            f"""All findings with every reply left out in turn (`how_far_to_trust_it.leave_one_out`) take
            {middle(warm["left out"])}; at version 0.1.0 it was five seconds and more."""
        ),
    ]


def kernel_alone(path: Path) -> None:
    """Run a notebook with as little as can be: a kernel, its cells one by one, the outputs thrown away."""
    manager, client = start_new_kernel(cwd=str(path.parent), stderr=subprocess.DEVNULL)
    for cell in json.loads(path.read_text("utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            reply = client.execute_interactive("".join(cell["source"]), output_hook=lambda message: None)
            assert reply["content"]["status"] == "ok", f"{path.name}: {reply['content']}"
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def floor(paths: list[Path]) -> None:
    with ThreadPoolExecutor(CORES) as pool:
        list(pool.map(kernel_alone, paths))


def clone(folder: str) -> Path:
    """A copy of the project in which nothing was built yet."""
    return Path(shutil.copytree(ROOT, Path(folder, "clone"), ignore=shutil.ignore_patterns(".*", "build")))


def site_in_turns(copy: Path, paths: list[Path], **options) -> dict[str, list[float]]:
    """The site from nothing, with nothing and with one notebook changed, and what nbconvert takes for the notebooks."""

    def site() -> None:
        run(sys.executable, "docs/render.py", **options)

    def site_again() -> None:
        text = paths[0].read_text("utf-8")
        paths[0].write_text(text.replace("import unreplies as ur", "import unreplies as ur  # changed", 1), "utf-8")
        site()

    convert = ["-m", "nbconvert", "--execute", "--to", "html", "--output-dir", copy / "build" / "nbconvert"]
    ways = {"nbconvert": lambda: run(sys.executable, *convert, *paths, **options)}
    ways |= {"site": site, "nothing": site, "one": site_again}
    return in_turns(ways, 1, time.perf_counter, 0)


def notebooks(_: str) -> list[str]:
    """Checking them beside their kernels alone, and the site beside nbconvert."""
    with tempfile.TemporaryDirectory() as folder:
        copy = clone(folder)
        options = {"cwd": copy, "env": {**os.environ, "PYTHONPATH": str(copy / "lib")}}
        paths = sorted((copy / "notebooks").glob("*.ipynb"))
        alone = in_turns({path: lambda path=path: kernel_alone(path) for path in paths}, 1, time.perf_counter, 0)
        longest = sorted(paths, key=lambda path: -alone[path][0])
        check = ["-m", "pytest", "-q", "-n", CORES, "--dist", "loadfile", "--nbval", "-p", "no:cacheprovider"]
        ways = {
            "floor": lambda: floor(longest),
            "check": lambda: run(sys.executable, *check, "notebooks", **options),
        }
        took = in_turns(ways, 2, time.perf_counter, 0) | site_in_turns(copy, paths, **options)
    converted, kernels = "`nbconvert --execute --to html`", f"their kernels alone, {CORES} at a time"
    pairs = [
        ("checking all notebooks (`make test`)", kernels, took["check"], took["floor"]),
        ("the site from nothing (`make html`)", converted, took["site"], took["nbconvert"]),
        ("one notebook changed", converted, took["one"], took["nbconvert"]),
        ("nothing changed, if it were asked", converted, took["nothing"], took["nbconvert"]),
    ]
    share = ", ".join(f"{path.stem[:2]} {alone[path][0] / sum(map(sum, alone.values())):.0%}" for path in paths)
    return [
        "## The notebooks and the site",
        "",
        *prose(
            """By the clock, since several processes run at once. What no tool can avoid are the kernels: started, fed
            the cells and stopped by `jupyter_client` alone, the longest first, outputs thrown away. Where nothing has
            changed, `make` does not ask: that took 0.00 at version 0.1.0 and does so now."""
        ),
        *pairs_of(pairs),
        *prose(f"Share of each of the {len(paths)} notebooks in their kernels, one after another: {share}."),
    ]


def copies(folder: Path, how_many: int) -> list[str]:
    """Folders of one report each: this report with a symbol of its own, as somebody who codes a series has them."""
    made = []
    for number in range(1, how_many + 1):
        copy = folder / f"report-{number}"
        shutil.copytree(made[0] if made else DATA, copy, copy_function=os.link if made else shutil.copy)
        reports = copy / "reports.csv"
        text = (DATA / "reports.csv").read_text("utf-8").replace("A/66/115", f"A/66/{number}")
        reports.unlink()  # of a link, which is all that the others are
        reports.write_text(text, "utf-8", newline="\n")
        made.append(str(copy))
    return made


def grown(more: str) -> tuple[list[dict], list[dict]]:
    """What the programs above print for each number of folders."""
    page = (ROOT / "docs" / "pages" / "data.md").read_text("utf-8")
    lines = re.search(r"## Many reports.*?```python\n(.*?)```", page, re.DOTALL)[1]
    counting = lines[lines.index("counts =") :]  # what is before it exports
    with tempfile.TemporaryDirectory() as folder:
        folders, exports = copies(Path(folder), FOLDERS[-1]), []
        loads = [json.loads(python(GROWTH, *folders[:size])) for size in FOLDERS]
        for size in EXPORTED if more else ():
            place = Path(folder, f"exports-{size}")
            place.mkdir()
            exports.append(json.loads(run(more, "-c", EXPORT, counting, *folders[:size], cwd=place)))
    return loads, exports


def growth(more: str) -> list[str]:
    (loads, exports), table = grown(more), []
    parts = [
        ("load", "load all folders", loads, FOLDERS),
        ("count", "count respondents in each", loads, FOLDERS),
        ("export", "export each as Parquet", exports, EXPORTED),
        ("duckdb", "count by DuckDB over all exports", exports, EXPORTED),
    ]
    for task, words, measured, sizes in parts if more else parts[:2]:
        times = [its[task] for its in measured]
        multiples = [f"{each / times[0]:,.1f}" for each in times] + [""] * (len(FOLDERS) - len(times))
        table.append((words, *multiples, f"{exponent(times, sizes):.2f}", f"{times[0]:.2f} s"))
    megabytes = [its["megabytes"] for its in loads]
    each = (megabytes[-1] - megabytes[0]) / (FOLDERS[-1] - FOLDERS[0])
    table.append(("peak memory to load and count, in MB", *(f"{its:,.0f}" for its in megabytes), "", ""))
    return [
        "## Growth",
        "",
        *prose(
            f"""Folders of one report each, copies of this one: {", ".join(f"{size:,}" for size in FOLDERS)} of them,
            with {" / ".join(f"{its['rows']:,}" for its in loads)} rows in all tables, each loaded with every cell
            checked and kept. Processor time in multiples of one folder; the exponent is the slope of log time against
            log size from {FOLDERS[1]} folders on. Peak memory grows by {each:.1f} MB a report. DuckDB counts by the
            lines of the site's data page, and has to give what the library gives. At version 0.1.0, where a series was
            one dataset of many reports, the exponents were 0.99 for loading and 0.97 for an export."""
        ),
        *rows_of(["task", *(f"{size:,}" for size in FOLDERS), "exponent", "one took"], table),
    ]


def set_up(_: str) -> list[str]:
    """What `make` does first in a fresh clone, with uv where it is on the path, and without."""
    paths, took = {"pip": os.devnull, **({"uv": os.environ["PATH"]} if shutil.which("uv") else {})}, {}
    for name, path in paths.items():
        env = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")} | {"PATH": path}
        with tempfile.TemporaryDirectory() as folder:
            copy, start = clone(folder), time.perf_counter()
            run(sys.executable, "docs/set_up.py", "requirements.txt", ".venv", cwd=copy, env=env)
            took[name] = time.perf_counter() - start
    lines = [(name, f"{seconds / took['pip']:.2f}", f"{seconds:.0f} s") for name, seconds in took.items()]
    about = "What `make` does first in a fresh clone, by the clock; the caches are those of this machine."
    return ["## Set-up", "", *prose(about), *rows_of(["by", "by pip", "it took"], lines)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--more", default="", metavar="PYTHON", help="one that has duckdb and pyarrow")
    parser.add_argument("--set-up", action="store_true", help="time the set-up too, by pip and by uv")
    options, text = parser.parse_args(), []
    options.more = options.more and os.path.abspath(options.more)  # parts of it run in folders of their own
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # else every Python compiles the library again, and it alone
    os.environ["PYTHONPYCACHEPREFIX"] = str(ROOT / "build" / "bytecode")
    for part in (library, notebooks, growth, *([set_up] if options.set_up else [])):
        print(f"{part.__name__} ...", end=" ", flush=True)
        start = time.perf_counter()
        text += part(options.more)
        print(f"{time.perf_counter() - start:.0f} s")
    versions = [f"{name} {version(name)}" for name in ("pandas", "matplotlib", "nbval", "nbconvert", "ipykernel")]
    if options.more:
        versions += run(options.more, "-c", "import duckdb; print('duckdb', duckdb.__version__)").splitlines()
    head = [
        "# Results",
        "",
        *prose(
            """Written by `make bench`; [README.md](README.md) says how to read it. Ratios are medians of repetitions in
            turns, with the least and the largest between brackets; they carry over to another machine as far as both
            sides of a ratio depend on it alike. Seconds are of this machine in this run. The columns "0.1.0" and
            "before" are of other runs, as they were committed with version 0.1.0 and before what "now" shows."""
        ),
        f"{CORES} cores, {platform.system()}, Python {platform.python_version()}; {', '.join(versions)}.",
        "",
    ]
    RESULTS.write_text("\n".join([*head, *text]).rstrip("\n") + "\n", "utf-8", newline="\n")
    print("written: benchmarks/RESULTS.md")


if __name__ == "__main__":
    main()
