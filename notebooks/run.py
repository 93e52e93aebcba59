"""Run the notebooks in place, each in a fresh kernel, and store them as they are committed.

What would differ from run to run or from machine to machine is not stored: times, and
the version of Python. A notebook that prints a warning is not stored at all.
``python notebooks/run.py`` runs all; with names, those.
"""

import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient

import unreplies as ur
from unreplies import who_replied

HERE = Path(__file__).resolve().parent


def run(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(
        notebook, timeout=300, record_timing=False, resources={"metadata": {"path": HERE}}
    ).execute()
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.get("name") == "stderr":
                sys.exit(
                    f"{path.name} is left as it was, since it prints a warning:\n{output.text}"
                )
        cell.metadata.pop("execution", None)
    notebook.metadata = {
        "kernelspec": {
            "display_name": "Python 3 (ipykernel)",
            "language": "python",
            "name": "python3",
        },
        "language_info": {"name": "python"},
    }
    beside = path.with_suffix(".ipynb.part")
    nbformat.write(notebook, beside)
    beside.replace(path)


def draw_readme() -> None:
    """The figure of the README, beside the notebooks."""
    chart = who_replied.draw_member_states(ur.load())
    (HERE / "who_replied.svg").write_text(chart.svg, encoding="utf-8", newline="\n")


def main() -> None:
    paths = [Path(name).resolve() for name in sys.argv[1:]] or sorted(HERE.glob("*.ipynb"))
    for number, path in enumerate(paths, 1):
        start = time.monotonic()
        print(f"[{number}/{len(paths)}] {path.name} ... ", end="", flush=True)
        run(path)
        print(f"{time.monotonic() - start:.1f} s")
    draw_readme()


if __name__ == "__main__":
    main()
