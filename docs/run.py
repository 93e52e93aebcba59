"""Run the notebooks in place, each in a fresh kernel, and store them as they are committed.

What would differ from run to run or from machine to machine is not stored: times, and the version of Python. A notebook
that prints a warning is not stored at all. ``python docs/run.py`` runs all; with names, those.
"""

import base64
import re
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient

HERE = Path(__file__).resolve().parent
NOTEBOOKS = HERE.parent / "notebooks"
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def run(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    resources = {"metadata": {"path": NOTEBOOKS}}
    NotebookClient(notebook, timeout=300, record_timing=False, resources=resources).execute()
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.get("name") == "stderr":
                sys.exit(f"{path.name} is left as it was, since it prints a warning:\n{output.text}")
        cell.metadata.pop("execution", None)
    notebook.metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    beside = path.with_suffix(".ipynb.part")
    nbformat.write(notebook, beside)
    beside.replace(path)


def first_figure(path: Path) -> str:
    """The first figure that a notebook shows, as SVG."""
    for cell in nbformat.read(path, as_version=4).cells:
        for output in cell.get("outputs", []):
            if data := re.search(r'base64,([^"]+)"', output.get("data", {}).get("text/html", "")):
                return base64.b64decode(data[1]).decode()
    raise ValueError(f"{path.name} shows no figure")


def main() -> None:
    paths = [Path(name).resolve() for name in sys.argv[1:]] or sorted(NOTEBOOKS.glob("*.ipynb"))
    for number, path in enumerate(paths, 1):
        start = time.monotonic()
        print(f"[{number}/{len(paths)}] {path.name} ... ", end="", flush=True)
        run(path)
        print(f"{time.monotonic() - start:.1f} s")
    figure = first_figure(NOTEBOOKS / "01_who_replied.ipynb")
    (HERE / "who_replied.svg").write_text(figure, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
