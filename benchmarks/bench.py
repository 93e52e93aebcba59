"""Measure and write ``benchmarks/RESULTS.md``: ``make bench``, or ``python benchmarks/bench.py PART ...`` for parts.

Every part is measured against what a user would take instead, in the same run and in turns, and told in ratios: the
median of the repetitions, and between brackets the least and the largest. Parts that were not asked for stay as they
were measured before (``build/bench/``).
"""

import json
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
from pathlib import Path

from engines import TABLES

ROOT = Path(__file__).resolve().parents[1]
HERE, BUILD = ROOT / "benchmarks", ROOT / "build"
RUN, MORE = ROOT / ".venv" / "bin", ROOT / ".venv-more" / "bin"
SIZES = [1, 10, 100, 1000]
#: More reports with replies than were ever printed: forty for each of eighty sessions (README.md says why).
EVER = 3200
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def timed(command, **how) -> float:
    start = time.perf_counter()
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, **how)
    took = time.perf_counter() - start
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return took


def asked(command, **how):
    """The JSON that a command prints last."""
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, **how)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def ratio(ours: list[float], theirs: list[float]) -> str:
    """Ours by theirs, pair by pair."""
    pairs = [a / b for a, b in zip(ours, theirs)]
    return f"{statistics.median(pairs):.2f} ({min(pairs):.2f} to {max(pairs):.2f})"


def prose(text: str) -> list[str]:
    return ["", *textwrap.wrap(" ".join(text.split()), 118), ""]


def rows(heads, lines) -> list[str]:
    marks = "|".join("---" if place == 0 else "--:" for place in range(len(heads)))
    return [f"| {' | '.join(heads)} |", f"|{marks}|", *(f"| {' | '.join(map(str, line))} |" for line in lines)]


def copy_of_the_tree(folder: Path) -> Path:
    """What is committed, or about to be, in a folder of its own that uses the same environment."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    for name in subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0"):
        if name and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    (folder / ".venv").mkdir()
    for path in (ROOT / ".venv").iterdir():
        (folder / ".venv" / path.name).symlink_to(path)
    (folder / ".venv" / "ready").unlink()
    (folder / ".venv" / "ready").write_text(f"{folder.resolve()}\n")  # as if it had been set up for this folder
    return folder


def one_kernel(folder: Path) -> dict[str, str]:
    """An environment in which every tool starts the same kernel, that of ``.venv``, whichever Python the tool has."""
    spec = folder / "kernels" / "python3"
    spec.mkdir(parents=True)
    argv = [str(RUN / "python"), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (spec / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": "Python 3", "language": "python"}))
    return {**os.environ, "JUPYTER_PATH": str(folder), "PYTHONUTF8": "1"}


def notebooks(repeat: int = 3) -> list[str]:
    with tempfile.TemporaryDirectory() as work:
        tree, environment = copy_of_the_tree(Path(work) / "tree"), one_kernel(Path(work) / "jupyter")
        paths = sorted((tree / "notebooks").glob("*.ipynb"))
        each = asked([RUN / "python", HERE / "floor.py", 1, *paths], cwd=tree, env=environment)
        longest = sorted(paths, key=lambda path: -each[path.name])
        spread = ["-q", "-p", "no:cacheprovider", "-n", CORES, "--dist", "loadfile"]
        tools = {
            "nbval, as `make test` does": [[RUN / "python", "-m", "pytest", *spread, "--nbval", *paths]],
            "nbval, serial": [[RUN / "python", "-m", "pytest", *spread[:3], "--nbval", *paths]],
            "`jupyter execute`": [[RUN / "jupyter-execute", *paths]],
            "papermill, in a loop": [
                [MORE / "papermill", "--cwd", tree / "notebooks", path, Path(work) / path.name] for path in paths
            ],
            "nbmake, as many workers": [[MORE / "python", "-m", "pytest", *spread, "--nbmake", *paths]],
            "the floor": [[RUN / "python", HERE / "floor.py", CORES, *longest]],
        }
        took = {name: [] for name in tools}
        for _ in range(repeat):
            for name, commands in tools.items():
                took[name].append(sum(timed(command, cwd=tree, env=environment) for command in commands))
    base, floor = took["`jupyter execute`"], took["the floor"]
    lines = [(name, ratio(t, base), ratio(t, floor)) for name, t in took.items()]
    whole = sum(each.values())
    shares = ", ".join(f"{Path(name).stem[:2]} {seconds / whole:.0%}" for name, seconds in each.items())
    return [
        "## Executing and checking all notebooks",
        *prose(
            f"""{len(paths)} notebooks; nbval also compares every output, the others only execute. Every tool starts
            the same kernel. The floor is what no tool can avoid: kernels started, cells run and kernels stopped by
            `jupyter_client` alone, {CORES} at a time, the longest first, outputs thrown away
            (`benchmarks/floor.py`)."""
        ),
        *rows(["tool", "time, by `jupyter execute`", "time, by the floor"], lines),
        "",
        f"Share of each notebook in the floor, one at a time: {shares}.",
    ]


def imports(repeat: int = 25) -> list[str]:
    names = ["pandas", "unreplies"]
    took = {name: [] for name in names}
    for _ in range(repeat):
        for name in names:
            took[name].append(timed([RUN / "python", "-c", f"import {name}"]))
    loads = asked([RUN / "python", HERE / "loads.py"])
    lines = [
        ("`import unreplies`", "`import pandas`", ratio(took["unreplies"], took["pandas"])),
        (
            "`ur.load()`, which checks every rule",
            "bare pandas reading the same files with the same dtypes",
            ratio(loads["load"], loads["bare"]),
        ),
        (
            "`ur.validate()`: rules and hashes",
            "bare pandas reading the same files with the same dtypes",
            ratio(loads["validate"], loads["bare"]),
        ),
        (
            "`ur.load()`",
            "frictionless validating the package and reading its rows",
            ratio(loads["load"][: len(loads["frictionless"])], loads["frictionless"]),
        ),
    ]
    return ["## Importing and loading", "", *rows(["ours", "by", "ratio"], lines)]


def pages() -> list[str]:
    with tempfile.TemporaryDirectory() as work:
        tree, environment = copy_of_the_tree(Path(work) / "tree"), one_kernel(Path(work) / "jupyter")
        paths, html = sorted((tree / "notebooks").glob("*.ipynb")), tree / "build" / "html"
        plain = Path(work) / "plain"
        convert = [RUN / "jupyter-nbconvert", "--execute", "--to", "html", "--output-dir", plain, *paths]
        base = timed(convert, cwd=tree, env=environment)
        make = ["make", "--no-print-directory", "html"]
        lines = [("`make html`, nothing built before", f"{timed(make, cwd=tree, env=environment) / base:.2f}")]
        lines.append(("`make html`, nothing changed", f"{timed(make, cwd=tree, env=environment) / base:.2f}"))
        notebook = json.loads(paths[1].read_text("utf-8"))
        next(c for c in notebook["cells"] if c["cell_type"] == "markdown")["source"].append("\n\nOne more sentence.")
        paths[1].write_text(json.dumps(notebook), "utf-8")
        lines.append(("`make html`, one notebook changed", f"{timed(make, cwd=tree, env=environment) / base:.2f}"))
        weights = [_weight(html / f"{path.stem}.html") for path in paths]
        theirs = [_weight(plain / f"{path.stem}.html") for path in paths]
    mega = [
        [f"{statistics.median(w[place] for w in all_) / 1e6:.2f} MB" for place in (0, 1)] for all_ in (weights, theirs)
    ]
    hosts = [max(w[2] for w in all_) for all_ in (weights, theirs)]
    return [
        "## The site",
        "",
        "Time by `jupyter nbconvert --execute --to html` on the same notebooks (once each):",
        "",
        *rows(["build", "ratio"], lines),
        "",
        "A page, at the median:",
        "",
        *rows(
            ["", "the page alone", "with the styles and scripts that it links", "files asked of other hosts"],
            [("`make html`", *mega[0], hosts[0]), ("nbconvert", *mega[1], hosts[1])],
        ),
    ]


def _weight(page: Path) -> tuple[int, int, int]:
    """Bytes of a page, of it with the local styles and scripts that it links, and the files it asks of other hosts."""
    text = page.read_text("utf-8")
    links = set(re.findall(r'<script[^>]+src="([^"?]+)', text))
    links |= set(re.findall(r'<link[^>]+rel="stylesheet"[^>]+href="([^"?]+)', text))
    links |= set(re.findall(r'<link[^>]+href="([^"?]+\.css)', text))
    away = {link for link in links if "//" in link}
    local = [page.parent / link for link in links - away if (page.parent / link).is_file()]
    size = page.stat().st_size
    return size, size + sum(path.stat().st_size for path in local), len(away)


def series() -> list[Path]:
    folders = [BUILD / "series" / str(size) for size in SIZES]
    for size, folder in zip(SIZES, folders):
        timed([RUN / "python", HERE / "series.py", size, folder])
    return folders


def growth() -> list[str]:
    results = [asked([RUN / "python", HERE / "growth.py", folder]) for folder in series()]
    base = results[0]["seconds"]["load"]
    lines = []
    for task in results[0]["seconds"]:
        seconds = [result["seconds"][task] for result in results]
        lines.append((task, *(f"{s / base:,.2f}" for s in seconds), f"{_slope(seconds):.2f}"))
    for task in results[0]["megabytes"]:
        sizes = [result["megabytes"][task] for result in results]
        lines.append((f"peak memory {task}, MB", *(f"{m:,.0f}" for m in sizes), f"{_slope(sizes):.2f}"))
    times = [result["seconds"]["load"] / base for result in results]
    memory = [result["megabytes"]["to load"] for result in results]
    more = (EVER / SIZES[-1]) ** _slope(times), (EVER / SIZES[-1]) ** _slope(memory)
    counts = " / ".join(f"{result['rows']:,}" for result in results)
    return [
        "## Growth",
        *prose(
            f"""Synthetic series of {", ".join(f"{size:,}" for size in SIZES)} reports ({counts} rows in all tables),
            which pass `unreplies validate`. Time in multiples of loading one report; the exponent is the slope of log
            time against log size from {SIZES[1]} reports on. Each measure starts from loaded tables of which nothing
            has been counted or joined."""
        ),
        *rows(["task", *(f"{size:,}" for size in SIZES), "exponent"], lines),
        *prose(
            """Not in the table, since they are of one report by nature: `who_replied` (one list of Member States on one
            day), `when_and_how.timetable` and `respondents.standing` (one request, one cut-off date), and the findings
            of `how_far_to_trust_it`, which ask for these. `which_instruments_recur.together` gives a row for every pair
            of instruments that recur, so its result, and its time, grow with the square of their number."""
        ),
        *prose(
            f"""At these exponents {EVER:,} reports would load in {times[-1] * more[0]:,.0f} times the time of one, and
            take {memory[-1] * more[1] / 1e3:.1f} GB."""
        )[1:-1],
        "",
    ]


def _slope(values: list[float]) -> float:
    """The exponent of growth, from the second size on: at the first, what does not grow weighs most."""
    from math import log

    xs, ys = [log(size) for size in SIZES[1:]], [log(value) for value in values[1:]]
    x, y = statistics.mean(xs), statistics.mean(ys)
    return sum((a - x) * (b - y) for a, b in zip(xs, ys)) / sum((a - x) ** 2 for a in xs)


def engines() -> list[str]:
    folder = series()[-1]
    ours = asked([RUN / "python", HERE / "engines.py", "unreplies", folder])
    others = {name: asked([MORE / "python", HERE / "engines.py", name, folder]) for name in ("duckdb", "polars")}
    parquet = BUILD / "series" / "parquet"
    asked([MORE / "python", HERE / "engines.py", "write", folder, parquet])
    beyond = {f"{name} on Parquet": name for name in ("dask-parquet", "duckdb-parquet")}
    others |= {name: asked([MORE / "python", HERE / "engines.py", task, parquet]) for name, task in beyond.items()}
    lines = []
    for name, result in others.items():
        same = all(result["results"][task] == ours["results"][task] for task in ours["results"])
        if not same:
            sys.exit(f"{name} counts otherwise than unreplies")
        lines.append(
            (
                name.replace("-parquet", ""),
                f"{ours['from_files'] / result['from_files']:.1f}",
                *(f"{ours[when] / result[when]:.1f}" if result[when] else "" for when in ("first", "again")),
                "equal",
            )
        )
    return [
        "## Against other engines",
        *prose(
            f"""Two measures over the largest series ({SIZES[-1]:,} reports): how many respondents of each kind
            report a category of measure, and name an instrument. The ratio is our time by the engine's. From the files,
            ours loads and checks all tables, cell by cell, where the engines read the {len(TABLES)} that they need and
            check nothing; from memory both count over tables that are read. The first time ours joins every column
            that a table refers to and keeps the result; again is the median of six counts after that, for which the
            engines join anew."""
        ),
        *rows(["engine", "from the files", "from memory, first", "again", "results"], lines),
    ]


def faults() -> list[str]:
    done = subprocess.run([RUN / "python", HERE / "faults.py"], capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    return [
        "## Faults",
        *prose(
            """Seeded mutations of copies of the data, each run through `unreplies validate` and `unreplies audit`
            (`benchmarks/faults.py`): how many, and which check is the first to catch them."""
        ),
        *done.stdout.strip().split("\n"),
    ]


PARTS = {part.__name__: part for part in (notebooks, imports, pages, growth, engines, faults)}


def header() -> list[str]:
    names = [
        "pandas",
        "matplotlib",
        "ipykernel",
        "nbval",
        "pytest-xdist",
        "papermill",
        "nbmake",
        "duckdb",
        "polars",
        "dask",
    ]
    code = f"import json, importlib.metadata as m; print(json.dumps({{n: m.version(n) for n in {names}}}))"
    versions = ", ".join(f"{name} {version}" for name, version in asked([MORE / "python", "-c", code]).items())
    return [
        "# Results",
        *prose(
            """Written by `make bench`; [README.md](README.md) says how to read it. Ratios are medians of repetitions in
            turns, with the least and the largest between brackets; they carry over to another machine as far as both
            sides of a ratio depend on it alike."""
        ),
        f"{CORES} cores, {platform.system()}, Python {platform.python_version()}; {versions}.",
    ]


def main() -> None:
    wanted = sys.argv[1:] or list(PARTS)
    unknown = [name for name in wanted if name not in PARTS]
    if unknown:
        sys.exit(f"no part {', '.join(unknown)}; there are: {', '.join(PARTS)}")
    stored = BUILD / "bench"
    stored.mkdir(parents=True, exist_ok=True)
    for name in wanted:
        print(f"{name} ...", end=" ", flush=True)
        start = time.perf_counter()
        (stored / f"{name}.md").write_text("\n".join(PARTS[name]()) + "\n", "utf-8")
        print(f"{time.perf_counter() - start:.0f} s")
    parts = [stored / f"{name}.md" for name in PARTS]
    missing = [path.stem for path in parts if not path.exists()]
    if missing:
        print(f"RESULTS.md is not written: not measured yet are {', '.join(missing)}")
        return
    text = "\n".join([*header(), ""]) + "\n" + "\n".join(path.read_text("utf-8") for path in parts)
    (HERE / "RESULTS.md").write_text(text, "utf-8", newline="\n")
    print("written: benchmarks/RESULTS.md")


if __name__ == "__main__":
    main()
