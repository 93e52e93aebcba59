"""The hashes of the data files: whether a file is the one that was checked and released.

Rules and the text of the report cannot prove every cell: that a treaty is `supported` and not `promoted` is a reading.
``SHA256SUMS`` in the data folder, which ``sha256sum -c`` reads too, names every file with its hash, so that no change
goes unseen. Loading does not ask for it, since a corrected copy is to be usable at once; validating does.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from .descriptor import DataError, Fault, read_descriptor

NAME = "SHA256SUMS"
_LINE = re.compile(r"([0-9a-f]{64})  ([^/\\\0]+)")
_ADVICE = f"if it was changed on purpose, write {NAME} anew (make hashes)"


def _files(folder: Path) -> list[str]:
    return ["datapackage.json", *sorted(resource["path"] for resource in read_descriptor(folder)["resources"])]


def check(folder: Path) -> list[Fault]:
    """What differs between a data folder and its ``SHA256SUMS``: one fault for each file, none where all agree.

    A fault names the table, or ``datapackage.json``, or ``SHA256SUMS`` itself where it is missing or cannot be read.

    >>> from unreplies.dataset import data_folder
    >>> check(data_folder())
    []
    """
    folder, listed = Path(folder), {}

    def fault(name, message, rule="hash"):
        return Fault(name.removesuffix(".csv"), None, "", "", rule, message)

    try:
        lines = (folder / NAME).read_bytes().decode("ascii").splitlines()
    except FileNotFoundError:
        return [
            fault(NAME, f"not found in {folder}; write it anew (make hashes) once the data is as it should be", "file")
        ]
    except (OSError, UnicodeDecodeError) as error:
        return [fault(NAME, f"cannot be read: {error}", "file")]
    for number, line in enumerate(lines, 1):
        match = _LINE.fullmatch(line)
        if not match:
            return [fault(NAME, f"line {number} is not a hash, two spaces and the name of a file in the folder")]
        listed[match[2]] = match[1]
    try:
        wanted = _files(folder)
    except DataError:
        wanted = []  # the descriptor is broken, which its own check says; the listed files are looked at all the same
    faults = [fault(NAME, f"does not list {name}; {_ADVICE}") for name in wanted if name not in listed]
    faults += [
        fault(NAME, f"lists {name}, which is no file of the data") for name in listed if wanted and name not in wanted
    ]
    for name, value in listed.items():
        try:
            found = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        except OSError as error:
            faults.append(fault(name, f"{name} cannot be read: {error.strerror}", "file"))
            continue
        if found != value:
            faults.append(fault(name, f"{name} is not the file that {NAME} names; {_ADVICE}, else restore it"))
    return faults


def write(folder: Path) -> None:
    """Write ``SHA256SUMS`` anew, after a deliberate change. Raises `DataError` where the descriptor is broken."""
    folder = Path(folder)
    lines = [f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n" for name in _files(folder)]
    beside = folder / f"{NAME}.part"
    beside.write_text("".join(lines), "ascii", newline="\n")
    beside.replace(folder / NAME)
