"""What readers take along: all tables in one file of each format; the same data make the same bytes."""

import re
import shutil
import zipfile
from pathlib import Path

from sphinx.util import logging

import unreplies as ur

FOLDER = "downloads"


def make(ds: ur.Dataset, folder: Path) -> None:
    """Write the downloads to a folder of their own; a format that cannot be written here is left out."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    version = re.sub(r"[^\w.+-]", "_", ds.package["version"])
    lines = (ds.folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    files = ["SHA256SUMS", *(line.split(None, 1)[1] for line in lines)]
    _zip(folder / f"unreplies-{version}-csv.zip", ds.folder, files)
    for to in ("xlsx", "sqlite", "parquet"):
        try:
            made = ur.export(ds, to, folder)
        except ModuleNotFoundError:
            continue
        except ur.DataError as error:
            logging.getLogger(__name__).warning("no download as %s: %s", to, error)
            continue
        if made.is_dir():
            _zip(folder / f"{made.name}.zip", made, sorted(path.name for path in made.iterdir()))
            shutil.rmtree(made)


def _zip(target: Path, folder: Path, names: list[str]) -> None:
    """Files of a folder in an archive that says nothing of when and where it was made."""
    with zipfile.ZipFile(target, "w") as archive:
        for name in names:
            about = zipfile.ZipInfo(f"{target.stem}/{name}", (1980, 1, 1, 0, 0, 0))
            about.compress_type, about.create_system, about.external_attr = zipfile.ZIP_DEFLATED, 3, 0o644 << 16
            archive.writestr(about, (folder / name).read_bytes())
