"""Run notebooks side by side, each in a fresh kernel; as a command, in place, and store them as they are committed.

What would differ from run to run or from machine to machine is not stored: times, and the version of Python. A notebook
that prints a warning is not stored at all. ``python docs/run.py`` runs all; with names, those.
"""

import asyncio
import base64
import os
import re
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellControlSignal, DeadKernelError

HERE = Path(__file__).resolve().parent
NOTEBOOKS = HERE.parent / "notebooks"
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


class Stopped(Exception):
    """Notebooks that do not run to their end, or print a warning: which, and why."""


def cells(path: Path) -> int:
    """How many cells a notebook has: what has many takes long."""
    return len(nbformat.read(path, as_version=4).cells)


async def executed(path: Path) -> nbformat.NotebookNode:
    """A notebook as a fresh kernel runs it, in its folder."""
    notebook = nbformat.read(path, as_version=4)
    options = {"timeout": 300, "record_timing": False, "resources": {"metadata": {"path": path.parent}}}
    # An interruption is for all of them: nbclient's own handler would end the kernel that started last.
    options["on_notebook_start"] = lambda notebook: asyncio.get_running_loop().remove_signal_handler(signal.SIGINT)
    try:
        await NotebookClient(notebook, **options).async_execute()
    except (CellControlSignal, DeadKernelError) as error:
        raise Stopped(f"{path.name} stopped: {error}") from None
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.get("name") == "stderr":
                raise Stopped(f"{path.name} is left as it was, since it prints a warning:\n{output.text}")
        cell.metadata.pop("execution", None)
    return notebook


def side_by_side(paths: list[Path], keep: Callable[[Path, nbformat.NotebookNode], None]) -> None:
    """Run as many at a time as there are cores, those with most cells first, and keep each that runs to its end."""
    free, ended, stopped = asyncio.Semaphore(os.cpu_count() or 1), 0, []

    async def run(path: Path) -> None:
        nonlocal ended
        async with free:
            start = time.monotonic()
            try:
                keep(path, await executed(path))
            except Stopped as why:
                stopped.append(str(why))
            ended += 1
            print(f"[{ended}/{len(paths)}] {path.name} {time.monotonic() - start:.1f} s", flush=True)

    async def run_all() -> None:
        await asyncio.gather(*map(run, sorted(paths, key=cells, reverse=True)))

    asyncio.run(run_all())
    if stopped:
        raise Stopped("\n".join(stopped))


def store(path: Path, notebook: nbformat.NotebookNode) -> None:
    """Put a notebook in its place, as it is committed."""
    notebook.metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    beside = path.with_suffix(".ipynb.part")
    try:
        nbformat.write(notebook, beside)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def first_figure(path: Path) -> str:
    """The first figure that a notebook shows, as SVG."""
    for cell in nbformat.read(path, as_version=4).cells:
        for output in cell.get("outputs", []):
            if data := re.search(r'base64,([^"]+)"', output.get("data", {}).get("text/html", "")):
                return base64.b64decode(data[1]).decode()
    raise ValueError(f"{path.name} shows no figure")


def main() -> None:
    try:
        side_by_side([Path(name).resolve() for name in sys.argv[1:]] or sorted(NOTEBOOKS.glob("*.ipynb")), store)
    except (Stopped, OSError) as why:
        sys.exit(str(why))
    except KeyboardInterrupt:
        sys.exit("Interrupted: what is not listed above is as it was.")
    figure = first_figure(NOTEBOOKS / "01_who_replied.ipynb")
    (HERE / "who_replied.svg").write_text(figure, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
