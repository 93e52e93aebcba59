"""Interrupt a make target or an export at random moments, then let it run: ``interrupt.py TARGET [TIMES]``.

In a copy of the tree the target is started, and killed with its process group after a moment drawn with a seed, from
at once to shortly before the end. After each interruption every file that counts as a result must be whole: JSON and
notebooks can be read, an environment that is marked ready can import the library. Then the target must succeed, and
what it made must be what an uninterrupted run makes. Prints a table; the exit status is 1 where that does not hold.

    python benchmarks/interrupt.py notebooks
    python benchmarks/interrupt.py .venv/ready 3
    python benchmarks/interrupt.py html
    python benchmarks/interrupt.py export-xlsx
"""

import hashlib
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import zipfile
from contextlib import closing
from pathlib import Path

from bench import ROOT, copy_of_the_tree

SEED = 1540


def start(target: str, tree: Path) -> subprocess.Popen:
    log = open(tree.parent / "log.txt", "w")  # noqa: SIM115 - open as long as the process runs
    command = ["make", "--no-print-directory", target]
    if target.startswith("export-"):
        ours = [str(tree / ".venv" / "bin" / "python"), "-m", "unreplies", "export"]
        command = [*ours, "--to", target.removeprefix("export-"), "dist"]
    return subprocess.Popen(command, cwd=tree, stdout=log, stderr=log, start_new_session=True)


def stop(process: subprocess.Popen) -> None:
    """Kill the target and its process group; kernels are in groups of their own, and end when their parent has."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def results(tree: Path) -> dict[str, str]:
    """The hash of every file that counts as a result: what is committed, and what is built to be read."""
    places = [tree / "notebooks", tree / "data", tree / "build" / "html", tree / "dist"]
    files = [path for place in places for path in place.rglob("*") if path.is_file()]
    skipped = (".part", ".doctree", ".pyc", ".buildinfo")
    return {
        str(path.relative_to(tree)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
        if not path.name.endswith(skipped) and ".ipynb_checkpoints" not in path.parts
    }


def halves(tree: Path) -> list[str]:
    """Files that are taken for whole and are not."""
    broken = []
    for path in [*(tree / "notebooks").glob("*.ipynb"), *(tree / "data").glob("*.json")]:
        try:
            json.loads(path.read_text("utf-8"))
        except ValueError:
            broken.append(path.name)
    for path in (tree / "dist").glob("*.sqlite"):
        with closing(sqlite3.connect(path)) as database:
            if database.execute("pragma integrity_check").fetchone() != ("ok",):
                broken.append(path.name)
    for path in (tree / "dist").glob("*.xlsx"):
        if not zipfile.is_zipfile(path) or zipfile.ZipFile(path).testzip():
            broken.append(path.name)
    for ready in tree.glob(".venv*/ready"):
        python = ready.parent / "bin" / "python"
        code = "import unreplies, nbval, sphinx, jupyterlab; unreplies.load()"
        if subprocess.run([python, "-c", code], capture_output=True).returncode:
            broken.append(str(ready.relative_to(tree)))
    return broken


def main() -> None:
    target, times = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 5
    chance, failed = random.Random(SEED), False
    print("| interrupted after | half-written | next run | result |\n|--:|---|---|---|")
    with tempfile.TemporaryDirectory() as work:
        tree = copy_of_the_tree(Path(work) / "tree")
        if target.startswith(".venv"):
            shutil.rmtree(tree / ".venv")
        begin = time.perf_counter()
        process = start(target, tree)
        if process.wait():
            sys.exit(f"{target} fails without an interruption:\n{(tree.parent / 'log.txt').read_text()[-2000:]}")
        whole, wanted = time.perf_counter() - begin, results(tree)
        for turn in range(times):
            if target.startswith(".venv"):
                shutil.rmtree(tree / target.split("/")[0], ignore_errors=True)
            else:
                for name in ("build", "dist"):
                    shutil.rmtree(tree / name, ignore_errors=True)
            moment = 0.95 * (turn + chance.random()) / times  # all stretches of the run have their turn
            process = start(target, tree)
            try:
                process.wait(timeout=moment * whole)
            except subprocess.TimeoutExpired:
                pass
            if process.poll() == 0:
                print(f"| {moment:.0%} of the run | it had ended | | |", flush=True)
                continue
            stop(process)
            broken = halves(tree)
            again = start(target, tree).wait()
            same = results(tree) == wanted and not halves(tree)
            failed |= bool(broken) or bool(again) or not same
            words = ("succeeds" if not again else "fails", "the same" if same else "differs")
            print(f"| {moment:.0%} of the run | {', '.join(broken) or 'nothing'} | {' | '.join(words)} |", flush=True)
    sys.exit(failed)


if __name__ == "__main__":
    assert (ROOT / "Makefile").exists()
    main()
