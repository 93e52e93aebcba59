"""Render the site to ``build/html/``: the notebooks, the pages, and what is made from the data.

The pages are made beside and put in place when all of them are whole, so that ``build/html/`` never holds half a site.
What did not change is not made again.
"""

import json
import shutil
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import from_data
import trail
from alone import BUILD, alone

import unreplies as ur

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
NOTEBOOKS = ROOT / "notebooks"
#: Links of the data's own README, as they are called on the site.
LINKS = {"(CODEBOOK.md)": "(codebook.md)"} | dict.fromkeys(
    [
        "(datapackage.json)",
        "(first_reading/datapackage.json)",
        "(second_reading/datapackage.json)",
        "(adjudication.csv)",
    ],
    "(data.md)",
)


def sources(ds: ur.Dataset, folder: Path) -> None:
    """What Sphinx reads: notebooks, what pages take from them, pages, a page a respondent; what is the same stays."""
    paths = [*NOTEBOOKS.glob("*.ipynb"), *(HERE / "pages").glob("*.md")]
    texts = {path.name: path.read_text(encoding="utf-8") for path in paths}
    for name in ("README.md", "CODEBOOK.md"):
        text = (ds.folder / name).read_text(encoding="utf-8")
        for old, new in LINKS.items():
            text = text.replace(old, new)
        texts[f"data/{name}"] = text
    found = {"notebooks": from_data.notebooks(NOTEBOOKS), "findings": list(map(asdict, trail.findings(NOTEBOOKS)))}
    texts[from_data.TAKEN_OVER] = json.dumps(found, ensure_ascii=False, indent=1)
    texts["respondents/introduction.md"] = "```{from-data} introduction\n```\n"
    order = [f"respondents/{key}" for key in [*ds.respondents["reply_id"], "introduction"]]
    texts["respondents.md"] = texts["respondents.md"].replace("respondents/*", "\n".join(order))
    for key in ds.replies["reply_id"]:
        texts[f"respondents/{key}.md"] = f"```{{from-data}} respondent {key}\n```\n"
    for path in folder.rglob("*"):
        if path.is_file() and path.relative_to(folder).as_posix() not in texts:
            path.unlink()
    for name, text in texts.items():
        path = folder / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")


def main() -> int:
    unfinished, read, made = BUILD / "unfinished", BUILD / "doctrees", BUILD / "pages"
    if unfinished.exists():
        print("The last build was cut off: starting afresh.")
        for folder in (read, made, BUILD / "cache"):
            shutil.rmtree(folder, ignore_errors=True)
    BUILD.mkdir(exist_ok=True)
    unfinished.touch()
    ds = ur.load()
    sources(ds, BUILD / "source")
    options = ["-j", "auto", "-W", "--keep-going", "-b", "html", "-c", HERE, "-d", read, *sys.argv[1:]]
    status = subprocess.run([sys.executable, "-m", "sphinx", *options, BUILD / "source", made]).returncode
    if status < 0:
        return 1  # killed: what it left is not to be trusted
    if status:
        shutil.rmtree(read, ignore_errors=True)
        unfinished.unlink()
        return status
    beside, old, html = BUILD / "html.new", BUILD / "html.old", BUILD / "html"
    for folder in (beside, old):
        shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(made, beside, ignore=shutil.ignore_patterns(".buildinfo*", "objects.inv"))
    shutil.copytree(ds.folder, beside / "data")
    for name in ("CITATION.cff", "LICENSE"):
        shutil.copy(ROOT / name, beside / name)
    (beside / ".nojekyll").touch()
    if html.exists():
        html.rename(old)
    beside.rename(html)
    shutil.rmtree(old, ignore_errors=True)
    unfinished.unlink()
    return 0


if __name__ == "__main__":
    try:
        with alone("html"):
            sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("Interrupted: the site is as it was.")
    except OSError as why:
        sys.exit(f"The site is as it was: {why}")
